//! "Buy till you die": probability models of repeat purchasing and spending, fitted by maximum likelihood.
//!
//! The input of all is a customer's purchase history in weeks (see [`History`]); the models say how
//! likely a customer is still active, how many purchases to expect, and what each is worth.

mod bg_nbd;
mod gamma_gamma;
mod history;
mod maximise;
mod pareto_nbd;
mod special;

use serde::{Serialize, Serializer};

pub use bg_nbd::{BgNbd, Dropout, FEWEST_REPEATERS};
pub use gamma_gamma::{GammaGamma, Spend};
pub use history::History;
pub use pareto_nbd::ParetoNbd;

/// A fitted model with what is known of the quality of the fit.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Fit<M, const PARAMETERS: usize> {
    pub model: M,
    /// Standard errors in the order of the model's parameters; absent where the data don't determine them.
    #[serde(serialize_with = "as_list")]
    pub standard_errors: Option<[f64; PARAMETERS]>,
    pub log_likelihood: f64,
    pub iterations: u32,
    /// Customers that informed the fit.
    pub customers: usize,
}

/// Why a model can't be fitted to the data at hand.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BtydError {
    #[error(
        "only {found} customers bought more than once; a purchase model needs at least {needed}"
    )]
    TooFewRepeaters { found: usize, needed: usize },
    #[error(
        "the {model} likelihood of these purchases has no maximum, so no parameters can be given"
    )]
    NoMaximum { model: &'static str },
    #[error(
        "spend varies so much between customers that it has no mean (Gamma-Gamma q = {q:.3}, must exceed 1)"
    )]
    NoMeanSpend { q: f64 },
}

fn as_list<S: Serializer, const N: usize>(
    errors: &Option<[f64; N]>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    errors
        .as_ref()
        .map(<[f64; N]>::as_slice)
        .serialize(serializer)
}
