//! BG/NBD and modified BG/NBD: how often customers buy and whether they still do.
//!
//! BG/NBD: P. Fader, B. Hardie, K. L. Lee, "Counting Your Customers the Easy Way", Marketing Science
//! 24 (2005); with the stable form of brucehardie.com/notes/004. Modified BG/NBD (a customer may also drop
//! out right after the first purchase): E. Batislam, M. Denizel, A. Filiztekin, IJRM 24 (2007).
//!
//! Both share one formula; the modified model only shifts three counts by one (`shift` below).
//! Everything is computed in log space; 2F1 after Euler's transformation, so that long histories
//! (hundreds of purchases) neither overflow nor cancel.

use serde::{Deserialize, Serialize};

use super::history::{History, HistoryGroup, group};
use super::maximise::{Likelihood, maximise, standard_errors};
use super::special::{digamma, hypergeometric_scaled, ln_beta, ln_gamma, log_add_exp};
use super::{BtydError, Fit};

/// Fits need at least this many customers with a repeat purchase.
pub const FEWEST_REPEATERS: usize = 20;

/// Which of the two drop-out assumptions holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dropout {
    /// BG/NBD: a customer can only become inactive after a repeat purchase.
    AfterRepeat,
    /// Modified BG/NBD: also right after the first purchase.
    AfterAnyPurchase,
}

/// A (modified) BG/NBD model. Time is in weeks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BgNbd {
    pub dropout: Dropout,
    /// Shape of the gamma distribution of purchase rates.
    pub r: f64,
    /// Rate of that gamma distribution, in weeks.
    pub alpha: f64,
    /// First parameter of the beta distribution of drop-out probabilities.
    pub a: f64,
    /// Second parameter of that beta distribution.
    pub b: f64,
}

impl BgNbd {
    /// Maximum-likelihood fit. Equal histories are grouped first, so that the work is by distinct history.
    pub fn fit(dropout: Dropout, histories: &[History]) -> Result<Fit<Self, 4>, BtydError> {
        let repeaters = histories
            .iter()
            .filter(|history| history.frequency > 0)
            .count();
        if repeaters < FEWEST_REPEATERS {
            return Err(BtydError::TooFewRepeaters {
                found: repeaters,
                needed: FEWEST_REPEATERS,
            });
        }
        // Ages are brought to at most ten units, so that all four parameters are of order one.
        let oldest = histories
            .iter()
            .map(|history| history.age)
            .fold(0.0, f64::max);
        let scale = 10.0 / oldest;
        let data = Data {
            dropout,
            groups: group(histories, scale),
        };
        let starts = [
            [1.0, 1.0, 1.0, 1.0],
            [0.3, 1.5, 0.7, 2.5],
            [0.1, 0.3, 0.3, 5.0],
            [3.0, 10.0, 1.5, 1.5],
            [0.6, 3.0, 0.1, 10.0],
        ];
        let maximum = maximise(&data, &starts);
        if !maximum.converged {
            return Err(BtydError::NoMaximum { model: "BG/NBD" });
        }
        let [r, alpha, a, b] = maximum.parameters;
        // The density of x purchase times scales by the unit of time to the power x.
        let purchases: f64 = data
            .groups
            .iter()
            .map(|group| group.customers * group.frequency)
            .sum();
        let errors = standard_errors(&data, &maximum.parameters)
            .map(|[er, ealpha, ea, eb]| [er, ealpha / scale, ea, eb]);
        Ok(Fit {
            model: Self {
                dropout,
                r,
                alpha: alpha / scale,
                a,
                b,
            },
            standard_errors: errors,
            log_likelihood: maximum.value + purchases * scale.ln(),
            iterations: maximum.iterations,
            customers: histories.len(),
        })
    }

    /// Log-likelihood of these parameters for the given histories.
    pub fn log_likelihood(&self, histories: &[History]) -> f64 {
        let data = Data {
            dropout: self.dropout,
            groups: group(histories, 1.0),
        };
        data.value_and_gradient(&[self.r, self.alpha, self.a, self.b])
            .0
    }

    /// Probability that a customer with this history is still active. Exactly 1 without a repeat
    /// purchase in BG/NBD.
    pub fn probability_alive(&self, history: &History) -> f64 {
        let x = f64::from(history.frequency);
        let shift = self.dropout.shift();
        if history.frequency == 0 && shift == 0.0 {
            return 1.0;
        }
        let growth =
            (self.r + x) * ((self.alpha + history.age) / (self.alpha + history.recency)).ln();
        let log_odds_gone = self.a.ln() - (self.b + x - 1.0 + shift).ln() + growth;
        1.0 / (1.0 + log_odds_gone.exp())
    }

    /// Expected number of purchases of this customer in the next `weeks`.
    pub fn expected_purchases(&self, history: &History, weeks: f64) -> f64 {
        if weeks <= 0.0 {
            return 0.0;
        }
        let x = f64::from(history.frequency);
        let shift = self.dropout.shift();
        // The formula has a removable singularity at a = 1; a step of 1e-7 aside is exact to ~1e-8.
        let a = if (self.a - 1.0).abs() < 1e-7 {
            1.0 + 1e-7
        } else {
            self.a
        };
        let z = weeks / (self.alpha + history.age + weeks);
        let top = a + self.b + x - 1.0 + shift;
        // (1−z)^(r+x) 2F1(r+x, b+x+s; top; z) = (1−z)^(a−1) 2F1(top−r−x, a−1; top; z): the form with fewer terms.
        let ln_rest = (-z).ln_1p();
        let purchases = self.r + x;
        let kept = if a - 1.0 > purchases {
            hypergeometric_scaled(purchases * ln_rest, purchases, self.b + x + shift, top, z)
        } else {
            hypergeometric_scaled((a - 1.0) * ln_rest, top - purchases, a - 1.0, top, z)
        };
        top / (a - 1.0) * (1.0 - kept) * self.probability_alive(history)
    }

    /// Expected number of repeat purchases of a random new customer in the first `weeks`.
    pub fn expected_purchases_of_new_customer(&self, weeks: f64) -> f64 {
        self.expected_purchases(
            &History {
                frequency: 0,
                recency: 0.0,
                age: 0.0,
            },
            weeks,
        )
    }

    /// Probability that a random new customer makes exactly `n` repeat purchases in the first `weeks`
    /// (Fader, Hardie, Lee 2005, equation 8; BG/NBD only, `None` for the modified model).
    pub fn probability_of_purchases(&self, n: u32, weeks: f64) -> Option<f64> {
        if self.dropout != Dropout::AfterRepeat {
            return None;
        }
        let Self { r, alpha, a, b, .. } = *self;
        let count = f64::from(n);
        let log_stay = r * (alpha / (alpha + weeks)).ln();
        let log_move = (weeks / (alpha + weeks)).ln();
        let log_count =
            |j: f64| ln_gamma(r + j) - ln_gamma(r) - ln_gamma(j + 1.0) + log_stay + j * log_move;
        let still_active = (ln_beta(a, b + count) - ln_beta(a, b) + log_count(count)).exp();
        if n == 0 {
            return Some(still_active);
        }
        let fewer: f64 = (0..n).map(|j| log_count(f64::from(j)).exp()).sum();
        let gone =
            (ln_beta(a + 1.0, b + count - 1.0) - ln_beta(a, b)).exp() * (1.0 - fewer).max(0.0);
        Some(still_active + gone)
    }
}

impl Dropout {
    /// 0 for BG/NBD, 1 for the modified model: one more "coin toss" per customer.
    fn shift(self) -> f64 {
        match self {
            Self::AfterRepeat => 0.0,
            Self::AfterAnyPurchase => 1.0,
        }
    }
}

/// The grouped histories, sorted by frequency: gamma functions are computed once a frequency.
struct Data {
    dropout: Dropout,
    groups: Vec<HistoryGroup>,
}

impl Likelihood<4> for Data {
    fn value_and_gradient(&self, parameters: &[f64; 4]) -> (f64, [f64; 4]) {
        let [r, alpha, a, b] = *parameters;
        let shift = self.dropout.shift();
        let (ln_alpha, ln_a) = (alpha.ln(), a.ln());
        let (psi_r, psi_ab, psi_b) = (digamma(r), digamma(a + b), digamma(b));
        let constant = r * ln_alpha - ln_gamma(r) + ln_gamma(a + b) - ln_gamma(b);
        let mut value = 0.0;
        let mut gradient = [0.0; 4];
        for same_frequency in self
            .groups
            .chunk_by(|left, right| left.frequency == right.frequency)
        {
            let x = same_frequency[0].frequency;
            let known =
                constant + ln_gamma(r + x) + ln_gamma(b + x + shift) - ln_gamma(a + b + x + shift);
            let d_r = digamma(r + x) - psi_r + ln_alpha;
            let psi_total = digamma(a + b + x + shift);
            let d_a = psi_ab - psi_total;
            let d_b = psi_ab - psi_total + digamma(b + x + shift) - psi_b;
            let tosses = b + x - 1.0 + shift;
            let may_be_gone = tosses > 0.0 && (x > 0.0 || shift > 0.0);
            let ln_odds = if may_be_gone {
                ln_a - tosses.ln()
            } else {
                f64::NEG_INFINITY
            };
            for group in same_frequency {
                let ln_age = (alpha + group.age).ln();
                let ln_recency = (alpha + group.recency).ln();
                let alive = -(r + x) * ln_age;
                let gone = ln_odds - (r + x) * ln_recency;
                let either = log_add_exp(alive, gone);
                let weight_gone = (gone - either).exp();
                let weight_alive = 1.0 - weight_gone;
                let n = group.customers;
                value += n * (known + either);
                gradient[0] += n * (d_r - weight_alive * ln_age - weight_gone * ln_recency);
                gradient[1] += n
                    * (r / alpha
                        - (r + x)
                            * (weight_alive / (alpha + group.age)
                                + weight_gone / (alpha + group.recency)));
                gradient[2] += n * (d_a + weight_gone / a);
                gradient[3] += n
                    * (d_b
                        - if may_be_gone {
                            weight_gone / tosses
                        } else {
                            0.0
                        });
            }
        }
        (value, gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fit to CDNOW as the paper rounds it, and unrounded as its spreadsheets use it.
    const PUBLISHED: BgNbd = BgNbd {
        dropout: Dropout::AfterRepeat,
        r: 0.243,
        alpha: 4.414,
        a: 0.793,
        b: 2.426,
    };

    const UNROUNDED: BgNbd = BgNbd {
        dropout: Dropout::AfterRepeat,
        r: 0.242_593,
        alpha: 4.413_532,
        a: 0.792_886,
        b: 2.425_752,
    };

    fn histories() -> Vec<History> {
        (0..60u32)
            .map(|i| {
                let age = 20.0 + f64::from(i % 7);
                let frequency = i % 5;
                let recency = if frequency == 0 {
                    0.0
                } else {
                    age * f64::from(1 + i % 3) / 4.0
                };
                History {
                    frequency,
                    recency,
                    age,
                }
            })
            .collect()
    }

    #[test]
    fn expectations_match_the_paper() {
        let history = History {
            frequency: 2,
            recency: 30.43,
            age: 38.86,
        };
        assert!((PUBLISHED.expected_purchases(&history, 39.0) - 1.226).abs() < 1e-3);
        for (weeks, expected) in [
            (0.1429, 0.0078),
            (1.0, 0.0532),
            (3.0, 0.1506),
            (31.8571, 1.0405),
            (32.0, 1.0437),
            (78.0, 1.8576),
        ] {
            let actual = UNROUNDED.expected_purchases_of_new_customer(weeks);
            assert!(
                (actual - expected).abs() < 5e-4,
                "{weeks} weeks: {actual}, published {expected}"
            );
        }
    }

    #[test]
    fn purchase_counts_match_the_published_manual() {
        let fitted = PUBLISHED;
        assert!(
            (fitted.probability_of_purchases(0, 39.0).expect("BG/NBD") - 0.573_786_4).abs() < 1e-7
        );
        assert!(
            (fitted.probability_of_purchases(10, 2.0).expect("BG/NBD") - 1.078_69e-7).abs() < 1e-10
        );
        for (n, expected) in [
            (11, 0.001_999_521_4),
            (12, 0.001_517_023_6),
            (13, 0.001_163_315_0),
        ] {
            assert!(
                (fitted.probability_of_purchases(n, 30.0).expect("BG/NBD") - expected).abs() < 1e-9
            );
        }
        let total: f64 = (0..400)
            .filter_map(|n| fitted.probability_of_purchases(n, 39.0))
            .sum();
        assert!((total - 1.0).abs() < 1e-6);
    }

    #[test]
    fn nobody_without_a_repeat_purchase_is_gone_in_the_original_model() {
        let newcomer = History {
            frequency: 0,
            recency: 0.0,
            age: 38.86,
        };
        assert_eq!(PUBLISHED.probability_alive(&newcomer), 1.0);
        let modified = BgNbd {
            dropout: Dropout::AfterAnyPurchase,
            ..PUBLISHED
        };
        assert!(modified.probability_alive(&newcomer) < 1.0);
    }

    #[test]
    fn gradients_are_the_slopes_of_the_likelihood() {
        for dropout in [Dropout::AfterRepeat, Dropout::AfterAnyPurchase] {
            let data = Data {
                dropout,
                groups: group(&histories(), 1.0),
            };
            let at = [0.6, 5.0, 0.9, 2.0];
            let (_, gradient) = data.value_and_gradient(&at);
            for i in 0..4 {
                let (mut above, mut below) = (at, at);
                let step = 1e-5 * at[i];
                above[i] += step;
                below[i] -= step;
                let slope = (data.value_and_gradient(&above).0 - data.value_and_gradient(&below).0)
                    / (2.0 * step);
                assert!(
                    (gradient[i] - slope).abs() < 1e-4 * slope.abs().max(1.0),
                    "{dropout:?} parameter {i}"
                );
            }
        }
    }

    #[test]
    fn long_histories_stay_finite() {
        let busy = History {
            frequency: 900,
            recency: 300.0,
            age: 301.0,
        };
        for dropout in [Dropout::AfterRepeat, Dropout::AfterAnyPurchase] {
            let model = BgNbd {
                dropout,
                ..PUBLISHED
            };
            let expected = model.expected_purchases(&busy, 52.0);
            assert!(expected > 50.0 && expected < 200.0, "{expected}");
            assert!(model.log_likelihood(&[busy]).is_finite());
        }
        let at_one = BgNbd {
            a: 1.0,
            ..PUBLISHED
        };
        let beside = BgNbd {
            a: 1.000_1,
            ..PUBLISHED
        };
        let history = History {
            frequency: 3,
            recency: 20.0,
            age: 30.0,
        };
        assert!(
            (at_one.expected_purchases(&history, 20.0) - beside.expected_purchases(&history, 20.0))
                .abs()
                < 1e-3
        );
    }

    #[test]
    fn both_forms_of_the_expectation_agree_and_extreme_fits_stay_finite() {
        let history = History {
            frequency: 4,
            recency: 20.0,
            age: 30.0,
        };
        let below = BgNbd {
            a: 5.242_999,
            ..PUBLISHED
        };
        let above = BgNbd {
            a: 5.243_001,
            ..PUBLISHED
        };
        let difference =
            below.expected_purchases(&history, 26.0) - above.expected_purchases(&history, 26.0);
        assert!(difference.abs() < 1e-5, "{difference}");
        let constant_dropout = BgNbd {
            r: 1.2,
            alpha: 9.1,
            a: 21_825.0,
            b: 1_199_241.0,
            ..PUBLISHED
        };
        let expected = constant_dropout.expected_purchases(&history, 26.0);
        assert!(expected > 0.5 && expected < 10.0, "{expected}");
    }

    #[test]
    fn refuses_to_fit_almost_nothing() {
        let few = vec![
            History {
                frequency: 1,
                recency: 3.0,
                age: 9.0
            };
            5
        ];
        assert!(matches!(
            BgNbd::fit(Dropout::AfterRepeat, &few),
            Err(BtydError::TooFewRepeaters { found: 5, .. })
        ));
    }
}
