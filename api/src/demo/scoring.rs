//! RFM and lifetime value of every customer, computed on the lake, written back beside the customers.

use anyhow::Context as _;
use basalt_model::Principal;
use basalt_oltp::scores;
use basalt_query::ReadAt;
use basalt_query::analysis::{self, btyd::BgNbd, clv::BacktestOutcome};
use chrono::NaiveDate;

use crate::{App, app::Analysis};

/// # Errors
/// When the models can't be fitted or the scores can't be written.
pub async fn run(app: &App, analysis: &Analysis, as_of: NaiveDate) -> anyhow::Result<String> {
    let system = Principal::system();
    let session = analysis.engine.session(&system, ReadAt::Fresh).await?;
    let run = analysis::score_customers(&session, as_of).await?;
    let written = scores::write(app.db(), &system, &run.scores).await?;
    let clv = run.clv.context("lifetime value")?;
    let BgNbd { r, alpha, a, b, .. } = clv.purchase_fit.model;
    let backtest = match &clv.backtest {
        BacktestOutcome::Done(backtest) => format!(
            "back-test: {:.0} purchases predicted, {:.0} made, {:+.1} %",
            backtest.predicted_purchases,
            backtest.actual_purchases,
            100.0 * (backtest.predicted_purchases / backtest.actual_purchases - 1.0)
        ),
        BacktestOutcome::Impossible { reason } => format!("no back-test: {reason}"),
    };
    Ok(format!(
        "{} customers scored, {} scores new or changed\nBG/NBD r = {r:.3}, α = {alpha:.3}, a = {a:.3}, b = {b:.3}; {backtest}",
        run.scores.len(),
        written.written,
    ))
}
