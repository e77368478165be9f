//! Gamma-Gamma: what customers spend per purchase.
//!
//! P. Fader, B. Hardie, "The Gamma-Gamma Model of Monetary Value" (2013), brucehardie.com/notes/025.
//! Only customers with a repeat purchase inform the fit; the model assumes that spend and frequency are independent.

use serde::Serialize;

use super::bg_nbd::FEWEST_REPEATERS;
use super::maximise::{Likelihood, maximise, standard_errors};
use super::special::{digamma, ln_gamma};
use super::{BtydError, Fit};

/// A Gamma-Gamma model; money is in the unit of the data it was fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GammaGamma {
    /// Shape of the gamma distribution of one purchase's value.
    pub p: f64,
    /// Shape of the gamma distribution of its scale over customers; the mean exists for q > 1 only.
    pub q: f64,
    /// Scale of that distribution.
    pub v: f64,
}

/// Repeat purchases of one customer: how many, and their mean value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spend {
    pub frequency: u32,
    pub mean: f64,
}

impl GammaGamma {
    /// Maximum-likelihood fit over the customers with repeat purchases of positive value; others are left out.
    pub fn fit(spends: &[Spend]) -> Result<Fit<Self, 3>, BtydError> {
        let mut useful: Vec<Spend> = spends
            .iter()
            .copied()
            .filter(|spend| spend.frequency > 0 && spend.mean > 0.0)
            .collect();
        if useful.len() < FEWEST_REPEATERS {
            return Err(BtydError::TooFewRepeaters {
                found: useful.len(),
                needed: FEWEST_REPEATERS,
            });
        }
        useful.sort_by_key(|spend| spend.frequency);
        let mean = useful.iter().map(|spend| spend.mean).sum::<f64>() / useful.len() as f64;
        let scale = 1.0 / mean;
        let data = Data {
            spends: useful
                .iter()
                .map(|spend| (f64::from(spend.frequency), spend.mean * scale))
                .collect(),
        };
        let starts = [
            [6.0, 4.0, 0.5],
            [1.0, 2.0, 1.0],
            [20.0, 10.0, 0.5],
            [2.0, 1.5, 0.3],
        ];
        let maximum = maximise(&data, &starts);
        if !maximum.converged {
            return Err(BtydError::NoMaximum {
                model: "Gamma-Gamma",
            });
        }
        let [p, q, v] = maximum.parameters;
        if q <= 1.0 {
            return Err(BtydError::NoMeanSpend { q });
        }
        let errors =
            standard_errors(&data, &maximum.parameters).map(|[ep, eq, ev]| [ep, eq, ev / scale]);
        Ok(Fit {
            model: Self { p, q, v: v / scale },
            standard_errors: errors,
            // The density of one mean value scales by its unit once per customer.
            log_likelihood: maximum.value + useful.len() as f64 * scale.ln(),
            iterations: maximum.iterations,
            customers: useful.len(),
        })
    }

    /// Mean value of a purchase of a random customer: `p v / (q − 1)`.
    pub fn mean_spend(&self) -> f64 {
        self.p * self.v / (self.q - 1.0)
    }

    /// Expected value of this customer's next purchase: the own mean, drawn towards the
    /// population's the more, the fewer purchases there are.
    pub fn expected_spend(&self, spend: &Spend) -> f64 {
        let x = f64::from(spend.frequency);
        self.p * (self.v + x * spend.mean.max(0.0)) / (self.p * x + self.q - 1.0)
    }
}

/// (repeat purchases, scaled mean value), sorted by the first.
struct Data {
    spends: Vec<(f64, f64)>,
}

impl Likelihood<3> for Data {
    fn value_and_gradient(&self, parameters: &[f64; 3]) -> (f64, [f64; 3]) {
        let [p, q, v] = *parameters;
        let ln_v = v.ln();
        let (ln_gamma_q, psi_q) = (ln_gamma(q), digamma(q));
        let mut value = 0.0;
        let mut gradient = [0.0; 3];
        for same_frequency in self.spends.chunk_by(|left, right| left.0 == right.0) {
            let x = same_frequency[0].0;
            let known =
                ln_gamma(p * x + q) - ln_gamma(p * x) - ln_gamma_q + q * ln_v + p * x * x.ln();
            let psi_total = digamma(p * x + q);
            let d_p = x * (psi_total - digamma(p * x) + x.ln());
            let d_q = psi_total - psi_q + ln_v;
            for (_, mean) in same_frequency {
                let total = v + x * mean;
                let (ln_total, ln_mean) = (total.ln(), mean.ln());
                value += known + (p * x - 1.0) * ln_mean - (p * x + q) * ln_total;
                gradient[0] += d_p + x * (ln_mean - ln_total);
                gradient[1] += d_q - ln_total;
                gradient[2] += q / v - (p * x + q) / total;
            }
        }
        (value, gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_spend_of_the_first_ten_customers_is_as_published() {
        let model = GammaGamma {
            p: 6.25,
            q: 3.74,
            v: 15.44,
        };
        let customers = [
            (2, 22.35),
            (1, 11.77),
            (0, 0.0),
            (0, 0.0),
            (0, 0.0),
            (7, 73.74),
            (1, 11.77),
            (0, 0.0),
            (2, 25.55),
            (0, 0.0),
        ];
        let published = [
            24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17,
        ];
        for ((frequency, mean), expected) in customers.into_iter().zip(published) {
            let actual = model.expected_spend(&Spend { frequency, mean });
            assert!(
                (actual - expected).abs() < 0.1,
                "{frequency} × {mean}: {actual}, published {expected}"
            );
        }
        assert!((model.mean_spend() - 35.2).abs() < 0.1);
    }

    #[test]
    fn gradients_are_the_slopes_of_the_likelihood() {
        let data = Data {
            spends: vec![(1.0, 0.4), (1.0, 1.9), (2.0, 1.1), (5.0, 0.8)],
        };
        let at = [3.0, 2.5, 0.7];
        let (_, gradient) = data.value_and_gradient(&at);
        for i in 0..3 {
            let (mut above, mut below) = (at, at);
            let step = 1e-6 * at[i];
            above[i] += step;
            below[i] -= step;
            let slope = (data.value_and_gradient(&above).0 - data.value_and_gradient(&below).0)
                / (2.0 * step);
            assert!(
                (gradient[i] - slope).abs() < 1e-5 * slope.abs().max(1.0),
                "parameter {i}"
            );
        }
    }
}
