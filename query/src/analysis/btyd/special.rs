//! Special functions in double precision: log-gamma, digamma, log-beta, log-sum-exp and Gauss' 2F1.
//!
//! Sources: Stirling's series with upward recurrence (Abramowitz & Stegun 6.1.41, 6.3.18), the Gauss
//! series for 2F1 (A&S 15.1.1). Arguments are positive reals, as the purchase models need them.

/// Below this the argument is shifted upwards by the recurrence before Stirling's series is used.
const STIRLING_FROM: f64 = 10.0;

/// `ln Γ(x)` for `x > 0`; relative error about 1e-14.
pub fn ln_gamma(mut x: f64) -> f64 {
    let mut product = 1.0;
    while x < STIRLING_FROM {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square
                        * (1.0 / 1_260.0
                            - square
                                * (1.0 / 1_680.0
                                    - square * (1.0 / 1_188.0 - square * 691.0 / 360_360.0)))));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - product.ln()
}

/// The digamma function `ψ(x) = d/dx ln Γ(x)` for `x > 0`.
pub fn digamma(mut x: f64) -> f64 {
    let mut shift = 0.0;
    while x < STIRLING_FROM {
        shift += 1.0 / x;
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = square
        * (1.0 / 12.0
            - square
                * (1.0 / 120.0
                    - square
                        * (1.0 / 252.0
                            - square
                                * (1.0 / 240.0
                                    - square * (1.0 / 132.0 - square * 691.0 / 32_760.0)))));
    x.ln() - 0.5 * inverse - series - shift
}

/// `ln B(a, b)` for positive arguments.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// `ln(eᵃ + eᵇ)` without overflow; either side may be minus infinity.
pub fn log_add_exp(a: f64, b: f64) -> f64 {
    let (high, low) = if a >= b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY {
        high
    } else {
        high + (low - high).exp().ln_1p()
    }
}

/// `e^ln_factor · 2F1(a, b; c; z)` for `c > 0` and `0 ≤ z < 1`, by the Gauss series.
///
/// The factor is part of the call because either side alone may leave the range of doubles. The number of terms
/// grows with `min(|a|, |b|) z / (1 − z)`: callers choose the equivalent form (Euler's transformation) with the smaller parameters.
pub fn hypergeometric_scaled(ln_factor: f64, a: f64, b: f64, c: f64, z: f64) -> f64 {
    const MAX_TERMS: u32 = 1_000_000;
    const TOO_LARGE: f64 = 1e250;
    let mut ln_scale = ln_factor;
    let mut term = 1.0_f64;
    let mut sum = 1.0_f64;
    for n in 0..MAX_TERMS {
        let n = f64::from(n);
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        sum += term;
        if term.abs() <= f64::EPSILON * 0.25 * sum.abs() {
            break;
        }
        if sum.abs() > TOO_LARGE {
            sum /= TOO_LARGE;
            term /= TOO_LARGE;
            ln_scale += TOO_LARGE.ln();
        }
    }
    sum.signum() * (sum.abs().ln() + ln_scale).exp()
}

/// 2F1(1, b; c; z) and its slopes by b, c and z.
#[derive(Debug, Clone, Copy)]
pub struct HypergeometricSlopes {
    pub value: f64,
    pub by_b: f64,
    pub by_c: f64,
    pub by_z: f64,
}

impl HypergeometricSlopes {
    /// Slopes of the logarithm of the value, by b, c and z.
    pub fn ln_slopes(&self) -> [f64; 3] {
        [self.by_b, self.by_c, self.by_z].map(|slope| slope / self.value)
    }
}

/// 2F1(1, b; c; z) for positive `b` and `c` and `0 ≤ z < 1`, with its slopes, by the Gauss series and its
/// derivative term by term. All terms are positive; their number grows with `1 / (1 − z)`.
pub fn hypergeometric_slopes(b: f64, c: f64, z: f64) -> HypergeometricSlopes {
    const MAX_TERMS: u32 = 1_000_000;
    let (mut term, mut term_b, mut term_c, mut term_z) = (1.0_f64, 0.0, 0.0, 0.0_f64);
    let mut sum = HypergeometricSlopes {
        value: 1.0,
        by_b: 0.0,
        by_c: 0.0,
        by_z: 0.0,
    };
    for n in 0..MAX_TERMS {
        let n = f64::from(n);
        let ratio = (b + n) / (c + n);
        term_b = (term_b + term / (b + n)) * ratio * z;
        term_c = (term_c - term / (c + n)) * ratio * z;
        term_z = (term_z * z + term) * ratio;
        term *= ratio * z;
        sum.value += term;
        sum.by_b += term_b;
        sum.by_c += term_c;
        sum.by_z += term_z;
        // The slope by z converges last: its terms carry another factor n / z.
        if term <= f64::EPSILON * 0.25 * sum.value && term_z <= f64::EPSILON * sum.by_z {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64, tolerance: f64) {
        assert!(
            (actual - expected).abs() <= tolerance * expected.abs().max(1.0),
            "{actual} is not {expected}"
        );
    }

    #[test]
    fn log_gamma_matches_factorials_and_half_integers() {
        close(ln_gamma(1.0), 0.0, 1e-14);
        close(ln_gamma(5.0), 24f64.ln(), 1e-14);
        close(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln(), 1e-14);
        close(ln_gamma(1e-3), 6.907_178_885_383_853, 1e-13);
        for x in [0.1, 0.7, 3.3, 9.9, 25.0, 300.0] {
            close(ln_gamma(x + 1.0) - ln_gamma(x), f64::ln(x), 1e-12);
        }
    }

    #[test]
    fn digamma_is_the_derivative_of_log_gamma() {
        close(digamma(1.0), -0.577_215_664_901_532_9, 1e-14);
        for x in [0.05, 0.243, 1.7, 8.0, 40.0] {
            let step = 1e-6 * x;
            let slope = (ln_gamma(x + step) - ln_gamma(x - step)) / (2.0 * step);
            assert!(
                (digamma(x) - slope).abs() <= 1e-6 * slope.abs().max(1.0),
                "ψ({x})"
            );
        }
    }

    #[test]
    fn hypergeometric_matches_closed_forms() {
        // 2F1(1,1;2;z) = −ln(1−z)/z ; 2F1(a,b;b;z) = (1−z)^−a
        close(
            hypergeometric_scaled(0.0, 1.0, 1.0, 2.0, 0.5),
            2.0 * 2f64.ln(),
            1e-14,
        );
        close(
            hypergeometric_scaled(0.0, 0.7, 3.0, 3.0, 0.9),
            0.1f64.powf(-0.7),
            1e-12,
        );
        close(hypergeometric_scaled(0.0, 2.0, -0.2, 3.3, 0.0), 1.0, 0.0);
        // (1 − z)^900 · 2F1(900, 3; 3; z) = 1, though both factors leave the range of doubles.
        close(
            hypergeometric_scaled(900.0 * 0.4f64.ln(), 900.0, 3.0, 3.0, 0.6),
            1.0,
            1e-9,
        );
    }

    #[test]
    fn log_add_exp_neither_overflows_nor_loses_the_small_side() {
        close(log_add_exp(1_000.0, 1_000.0), 1_000.0 + 2f64.ln(), 1e-15);
        close(log_add_exp(f64::NEG_INFINITY, -3.0), -3.0, 0.0);
    }
}
