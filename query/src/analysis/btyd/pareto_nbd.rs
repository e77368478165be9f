//! Pareto/NBD: customers buy at a rate of their own and drop out at any moment, also between purchases.
//!
//! D. Schmittlein, D. Morrison, R. Colombo, "Counting Your Customers", Management Science 33 (1987); likelihood
//! after P. Fader, B. Hardie, K. L. Lee (2005), "A Note on Deriving the Pareto/NBD Model".
//!
//! What a customer may have done after the last purchase is the integral of (α+u)^−(r+x) (β+u)^−(s+1)
//! over u from t_x to T, a difference of two 2F1. Both are taken after Euler's transformation, which makes
//! one parameter 1 and all terms positive, and in log space, so that long histories neither overflow nor cancel.

use serde::Serialize;

use super::history::{History, HistoryGroup, group};
use super::maximise::{Likelihood, maximise, standard_errors};
use super::special::{digamma, hypergeometric_slopes, ln_gamma, log_add_exp};
use super::{BtydError, FEWEST_REPEATERS, Fit};

/// A Pareto/NBD model. Time is in weeks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ParetoNbd {
    /// Shape of the gamma distribution of purchase rates.
    pub r: f64,
    /// Rate of that gamma distribution, in weeks.
    pub alpha: f64,
    /// Shape of the gamma distribution of drop-out rates.
    pub s: f64,
    /// Rate of that gamma distribution, in weeks.
    pub beta: f64,
}

impl ParetoNbd {
    /// Maximum-likelihood fit. Equal histories are grouped first, so that the work is by distinct history.
    ///
    /// # Errors
    ///
    /// Too few customers with a repeat purchase, or a likelihood without a maximum.
    pub fn fit(histories: &[History]) -> Result<Fit<Self, 4>, BtydError> {
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
            groups: group(histories, scale),
        };
        let starts = [
            [1.0, 1.0, 1.0, 1.0],
            [0.5, 2.5, 0.6, 3.0],
            [0.2, 1.0, 0.3, 5.0],
        ];
        let maximum = maximise(&data, &starts);
        if !maximum.converged {
            return Err(BtydError::NoMaximum {
                model: "Pareto/NBD",
            });
        }
        let [r, alpha, s, beta] = maximum.parameters;
        // The density of x purchase times scales by the unit of time to the power x.
        let purchases: f64 = data
            .groups
            .iter()
            .map(|group| group.customers * group.frequency)
            .sum();
        let errors = standard_errors(&data, &maximum.parameters)
            .map(|[er, ealpha, es, ebeta]| [er, ealpha / scale, es, ebeta / scale]);
        Ok(Fit {
            model: Self {
                r,
                alpha: alpha / scale,
                s,
                beta: beta / scale,
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
            groups: group(histories, 1.0),
        };
        data.value_and_gradient(&self.parameters()).0
    }

    /// Probability that a customer with this history is still active.
    pub fn probability_alive(&self, history: &History) -> f64 {
        let x = f64::from(history.frequency);
        let ways = Ways::of(&self.parameters(), x, history.recency, history.age);
        (ways.alive - log_add_exp(ways.alive, ways.gone)).exp()
    }

    /// Expected number of purchases of this customer in the next `weeks`.
    pub fn expected_purchases(&self, history: &History, weeks: f64) -> f64 {
        if weeks <= 0.0 {
            return 0.0;
        }
        let purchases = self.r + f64::from(history.frequency);
        let known = self.beta + history.age;
        let growth = (weeks / known).ln_1p();
        // (1 − e^(−(s−1) growth)) / (s − 1), whose limit at s = 1 is `growth`.
        let excess = self.s - 1.0;
        let active = if excess == 0.0 {
            growth
        } else {
            -(-excess * growth).exp_m1() / excess
        };
        purchases * known / (self.alpha + history.age) * active * self.probability_alive(history)
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

    fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.s, self.beta]
    }
}

/// The two ways to a history, as logarithms up to a common factor, with their slopes by r, α, s, β.
struct Ways {
    alive: f64,
    alive_slopes: [f64; 4],
    gone: f64,
    gone_slopes: [f64; 4],
}

impl Ways {
    fn of(parameters: &[f64; 4], x: f64, recency: f64, age: f64) -> Self {
        let [r, alpha, s, beta] = *parameters;
        let (a, b) = (alpha + age, beta + age);
        let (from, from_slopes) = ln_tail(parameters, x, recency);
        let (to, to_slopes) = ln_tail(parameters, x, age);
        let rest = (to - from).exp();
        let kept = -(to - from).exp_m1();
        let factor = [-1.0 / (r + s + x), 0.0, 1.0 / s - 1.0 / (r + s + x), 0.0];
        // Nobody is gone before the last purchase: without time after it there is nothing to integrate.
        let (gone, gone_slopes) = if kept > 0.0 {
            (
                s.ln() - (r + s + x).ln() + from + kept.ln(),
                std::array::from_fn(|i| factor[i] + (from_slopes[i] - rest * to_slopes[i]) / kept),
            )
        } else {
            (f64::NEG_INFINITY, [0.0; 4])
        };
        Self {
            alive: -(r + x) * a.ln() - s * b.ln(),
            alive_slopes: [-a.ln(), -(r + x) / a, -b.ln(), -s / b],
            gone,
            gone_slopes,
        }
    }
}

/// Logarithm of (r+s+x) times the integral from `u` to infinity, with its slopes by r, α, s, β.
fn ln_tail(parameters: &[f64; 4], x: f64, u: f64) -> (f64, [f64; 4]) {
    let [r, alpha, s, beta] = *parameters;
    let (a, b, c) = (alpha + u, beta + u, r + s + x + 1.0);
    if alpha >= beta {
        let series = hypergeometric_slopes(r + x, c, (alpha - beta) / a);
        let [by_b, by_c, by_z] = series.ln_slopes();
        (
            -(r + x) * a.ln() - s * b.ln() + series.value.ln(),
            [
                -a.ln() + by_b + by_c,
                -(r + x) / a + by_z * b / (a * a),
                -b.ln() + by_c,
                -s / b - by_z / a,
            ],
        )
    } else {
        let series = hypergeometric_slopes(s + 1.0, c, (beta - alpha) / b);
        let [by_b, by_c, by_z] = series.ln_slopes();
        (
            -(r + x - 1.0) * a.ln() - (s + 1.0) * b.ln() + series.value.ln(),
            [
                -a.ln() + by_c,
                -(r + x - 1.0) / a - by_z / b,
                -b.ln() + by_b + by_c,
                -(s + 1.0) / b + by_z * a / (b * b),
            ],
        )
    }
}

struct Data {
    groups: Vec<HistoryGroup>,
}

impl Likelihood<4> for Data {
    fn value_and_gradient(&self, parameters: &[f64; 4]) -> (f64, [f64; 4]) {
        let [r, alpha, s, beta] = *parameters;
        let (psi_r, ln_gamma_r) = (digamma(r), ln_gamma(r));
        let mut value = 0.0;
        let mut gradient = [0.0; 4];
        for same_frequency in self
            .groups
            .chunk_by(|left, right| left.frequency == right.frequency)
        {
            let x = same_frequency[0].frequency;
            let known = ln_gamma(r + x) - ln_gamma_r + r * alpha.ln() + s * beta.ln();
            let slopes = [
                digamma(r + x) - psi_r + alpha.ln(),
                r / alpha,
                beta.ln(),
                s / beta,
            ];
            for group in same_frequency {
                let ways = Ways::of(parameters, x, group.recency, group.age);
                let either = log_add_exp(ways.alive, ways.gone);
                let weight_gone = (ways.gone - either).exp();
                let weight_alive = (ways.alive - either).exp();
                value += group.customers * (known + either);
                for (i, total) in gradient.iter_mut().enumerate() {
                    *total += group.customers
                        * (slopes[i]
                            + weight_alive * ways.alive_slopes[i]
                            + weight_gone * ways.gone_slopes[i]);
                }
            }
        }
        (value, gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_the_slopes_of_the_likelihood() {
        let histories: Vec<History> = (0..60u32)
            .map(|i| {
                let age = 20.0 + f64::from(i % 7);
                let frequency = i % 5;
                let share = f64::from(1 + i % 4) / 4.0;
                History {
                    frequency,
                    recency: if frequency == 0 { 0.0 } else { age * share },
                    age,
                }
            })
            .collect();
        let data = Data {
            groups: group(&histories, 1.0),
        };
        for at in [[0.6, 5.0, 0.9, 2.0], [0.6, 2.0, 0.9, 5.0]] {
            let (_, gradient) = data.value_and_gradient(&at);
            for i in 0..4 {
                let (mut above, mut below) = (at, at);
                let step = 1e-5 * at[i];
                above[i] += step;
                below[i] -= step;
                let slope = (data.value_and_gradient(&above).0 - data.value_and_gradient(&below).0)
                    / (2.0 * step);
                assert!(
                    (gradient[i] - slope).abs() <= 1e-5 * slope.abs().max(1.0),
                    "parameter {i} at {at:?}: {} is not {slope}",
                    gradient[i]
                );
            }
        }
    }

    #[test]
    fn both_forms_meet_where_alpha_is_beta_and_s_may_be_one() {
        let history = History {
            frequency: 300,
            recency: 40.0,
            age: 200.0,
        };
        let model = |alpha, s| ParetoNbd {
            r: 0.5,
            alpha,
            s,
            beta: 10.0,
        };
        let (above, below) = (model(10.0 + 1e-9, 0.6), model(10.0 - 1e-9, 0.6));
        assert!(model(10.0, 0.6).probability_alive(&history).is_finite());
        assert!(
            (above.expected_purchases(&history, 5.0) - below.expected_purchases(&history, 5.0))
                .abs()
                < 1e-6
        );
        let newcomer = |s| model(8.0, s).expected_purchases_of_new_customer(30.0);
        assert!((newcomer(1.0) - 0.5 * 10.0 / 8.0 * 4f64.ln()).abs() < 1e-12);
        assert!((newcomer(1.0) - newcomer(1.0 + 1e-9)).abs() < 1e-6);
    }
}
