//! Maximum likelihood by BFGS on log-parameters, with restarts and standard errors.
//!
//! All parameters of the purchase models are positive, so the search runs over their logarithms
//! and can't leave the valid region. A box on the logarithms keeps a likelihood without a maximum
//! (too little data) from running away; a fit that ends on the box is reported as not converged.

/// What a likelihood can be asked for: its value and its gradient by the natural parameters.
pub trait Likelihood<const N: usize> {
    /// Log-likelihood and its partial derivatives at `parameters` (all positive).
    fn value_and_gradient(&self, parameters: &[f64; N]) -> (f64, [f64; N]);
}

/// A maximum found by [`maximise`].
#[derive(Debug, Clone, Copy)]
pub struct Maximum<const N: usize> {
    pub parameters: [f64; N],
    pub value: f64,
    /// Iterations of the best start.
    pub iterations: u32,
    pub converged: bool,
}

/// The box on log-parameters: e⁻¹⁴ … e¹⁴, in the scaled units of the fit.
const LOG_BOUND: f64 = 14.0;
const MAX_ITERATIONS: u32 = 400;
const MAX_HALVINGS: u32 = 30;
/// We stop where the model of the hill promises a gain below this share of the likelihood: 1e-14 of
/// −173,000 moves no parameter by more than a ten-thousandth of its standard error.
const GAIN_TOLERANCE: f64 = 1e-14;

/// Maximises from each start and keeps the best. Further starts are tried until two of them agree.
pub fn maximise<const N: usize>(
    likelihood: &impl Likelihood<N>,
    starts: &[[f64; N]],
) -> Maximum<N> {
    let mut best: Option<Maximum<N>> = None;
    for start in starts {
        let found = climb(likelihood, start.map(f64::ln));
        let agrees = best.is_some_and(|known| {
            known.converged
                && found.converged
                && (known.value - found.value).abs() <= 1e-6 * known.value.abs()
        });
        let better = best.is_none_or(|known| {
            (found.converged, found.value) > (known.converged, known.value)
                || found.value > known.value + 1e-6
        });
        if better {
            best = Some(found);
        }
        if agrees {
            break;
        }
    }
    best.expect("the caller gives at least one start")
}

/// Standard errors from the inverse of the observed information (central differences of the gradient).
/// `None` where the information matrix is singular or not positive, so that no error can be given.
pub fn standard_errors<const N: usize>(
    likelihood: &impl Likelihood<N>,
    at: &[f64; N],
) -> Option<[f64; N]> {
    let mut information = [[0.0; N]; N];
    for column in 0..N {
        let step = 1e-5 * at[column];
        let (mut above, mut below) = (*at, *at);
        above[column] += step;
        below[column] -= step;
        let (_, gradient_above) = likelihood.value_and_gradient(&above);
        let (_, gradient_below) = likelihood.value_and_gradient(&below);
        for row in 0..N {
            information[row][column] = -(gradient_above[row] - gradient_below[row]) / (2.0 * step);
        }
    }
    let covariance = inverse(information)?;
    let mut errors = [0.0; N];
    for (row, error) in errors.iter_mut().enumerate() {
        let variance = covariance[row][row];
        if !(variance > 0.0 && variance.is_finite()) {
            return None;
        }
        *error = variance.sqrt();
    }
    Some(errors)
}

/// One BFGS ascent from `position` (logarithms); the inverse Hessian is kept dense, N is 3 or 4.
fn climb<const N: usize>(likelihood: &impl Likelihood<N>, mut position: [f64; N]) -> Maximum<N> {
    // We minimise the negative log-likelihood by the log-parameters (chain rule: ∂/∂ln θ = θ ∂/∂θ).
    let descend = |position: &[f64; N]| -> (f64, [f64; N]) {
        let parameters = position.map(f64::exp);
        let (value, gradient) = likelihood.value_and_gradient(&parameters);
        let mut by_log = [0.0; N];
        for i in 0..N {
            by_log[i] = -gradient[i] * parameters[i];
        }
        (-value, by_log)
    };
    let (mut value, mut gradient) = descend(&position);
    let mut curvature = identity::<N>();
    let mut iterations = 0;
    let mut converged = false;
    let mut fresh = true;
    while iterations < MAX_ITERATIONS && value.is_finite() {
        iterations += 1;
        let mut direction = [0.0; N];
        for (row, target) in direction.iter_mut().enumerate() {
            *target = -dot(&curvature[row], &gradient);
        }
        let mut slope = dot(&direction, &gradient);
        if fresh || slope >= 0.0 {
            let length = norm(&gradient).max(1.0);
            direction = gradient.map(|g| -g / length);
            slope = dot(&direction, &gradient);
            curvature = identity();
        }
        if !fresh && -slope <= GAIN_TOLERANCE * value.abs().max(1.0) {
            converged = true;
            break;
        }
        let longest = direction
            .iter()
            .fold(0.0_f64, |longest, d| longest.max(d.abs()));
        let mut step = if longest > 3.0 { 3.0 / longest } else { 1.0 };
        let mut accepted = None;
        for _ in 0..MAX_HALVINGS {
            let mut candidate = position;
            for i in 0..N {
                candidate[i] = (position[i] + step * direction[i]).clamp(-LOG_BOUND, LOG_BOUND);
            }
            let (candidate_value, candidate_gradient) = descend(&candidate);
            if candidate_value.is_finite() && candidate_value <= value + 1e-4 * step * slope {
                accepted = Some((candidate, candidate_value, candidate_gradient));
                break;
            }
            step *= 0.5;
        }
        let Some((next, next_value, next_gradient)) = accepted else {
            if fresh {
                // Not even steepest descent gets lower: this is the maximum as far as doubles can tell.
                converged = norm(&gradient) <= 1e-6 * value.abs().max(1.0);
                break;
            }
            fresh = true;
            continue;
        };
        let (moved, changed) = (
            difference(&next, &position),
            difference(&next_gradient, &gradient),
        );
        if fresh {
            // Scale the first guess of the curvature by what the first step has shown (Nocedal & Wright 6.20).
            let scale = (dot(&moved, &changed) / dot(&changed, &changed)).clamp(1e-12, 1e3);
            curvature = identity::<N>().map(|row| row.map(|cell| cell * scale));
        }
        fresh = false;
        update_inverse_hessian(&mut curvature, &moved, &changed);
        (position, value, gradient) = (next, next_value, next_gradient);
    }
    let inside = position.iter().all(|p| p.abs() < LOG_BOUND - 1e-9);
    Maximum {
        parameters: position.map(f64::exp),
        value: -value,
        iterations,
        converged: converged && inside,
    }
}

/// The BFGS update of the inverse Hessian; skipped where the curvature condition does not hold.
fn update_inverse_hessian<const N: usize>(
    inverse_hessian: &mut [[f64; N]; N],
    step: &[f64; N],
    change: &[f64; N],
) {
    let curvature = dot(step, change);
    if curvature <= 1e-14 {
        return;
    }
    let mut product = [0.0; N];
    for (row, target) in product.iter_mut().enumerate() {
        *target = dot(&inverse_hessian[row], change);
    }
    let quadratic = dot(change, &product);
    for row in 0..N {
        for column in 0..N {
            inverse_hessian[row][column] +=
                (1.0 + quadratic / curvature) * step[row] * step[column] / curvature
                    - (product[row] * step[column] + step[row] * product[column]) / curvature;
        }
    }
}

fn identity<const N: usize>() -> [[f64; N]; N] {
    let mut matrix = [[0.0; N]; N];
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    matrix
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm<const N: usize>(vector: &[f64; N]) -> f64 {
    dot(vector, vector).sqrt()
}

fn difference<const N: usize>(a: &[f64; N], b: &[f64; N]) -> [f64; N] {
    let mut out = *a;
    for (out, b) in out.iter_mut().zip(b) {
        *out -= b;
    }
    out
}

/// Gauss-Jordan with partial pivoting; `None` when singular.
fn inverse<const N: usize>(mut matrix: [[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let mut out = identity::<N>();
    for column in 0..N {
        let pivot = (column..N)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))?;
        let size = matrix[pivot][column].abs();
        if size.is_nan() || size <= 1e-300 {
            return None;
        }
        matrix.swap(column, pivot);
        out.swap(column, pivot);
        let scale = 1.0 / matrix[column][column];
        for k in 0..N {
            matrix[column][k] *= scale;
            out[column][k] *= scale;
        }
        for row in 0..N {
            let factor = matrix[row][column];
            if row != column && factor != 0.0 {
                for k in 0..N {
                    matrix[row][k] -= factor * matrix[column][k];
                    out[row][k] -= factor * out[column][k];
                }
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ln of a hill with its top at (2, 0.5).
    struct Hill;
    impl Likelihood<2> for Hill {
        fn value_and_gradient(&self, p: &[f64; 2]) -> (f64, [f64; 2]) {
            let (u, v) = (p[0].ln() - 2f64.ln(), p[1].ln() - 0.5f64.ln());
            let value = -(u * u + 10.0 * v * v + u * v);
            (value, [-(2.0 * u + v) / p[0], -(20.0 * v + u) / p[1]])
        }
    }

    #[test]
    fn finds_the_top_and_its_curvature() {
        let found = maximise(&Hill, &[[1.0, 1.0], [9.0, 0.01]]);
        assert!(found.converged);
        assert!(
            (found.parameters[0] - 2.0).abs() < 1e-6 && (found.parameters[1] - 0.5).abs() < 1e-6
        );
        // By ln θ the information is [[2, 1], [1, 20]]; its inverse scaled by θ² gives the variances.
        let errors = standard_errors(&Hill, &found.parameters).expect("regular information");
        assert!((errors[0] - (20.0 / 39.0_f64).sqrt() * 2.0).abs() < 1e-4);
        assert!((errors[1] - (2.0 / 39.0_f64).sqrt() * 0.5).abs() < 1e-4);
    }

    /// Grows without bound: there is no maximum to find.
    struct Slope;
    impl Likelihood<2> for Slope {
        fn value_and_gradient(&self, p: &[f64; 2]) -> (f64, [f64; 2]) {
            (p[0].ln() - p[1], [1.0 / p[0], -1.0])
        }
    }

    #[test]
    fn says_so_when_there_is_no_maximum() {
        assert!(!maximise(&Slope, &[[1.0, 1.0]]).converged);
    }
}
