//! Loads the import files through the ordinary import path, and waits for the lake.

use std::time::Duration;

use anyhow::Context as _;
use basalt_model::Principal;
use basalt_oltp::import::{ImportRequest, Importer};

use super::files::{self, Expected};
use super::log::PurchaseLog;
use super::screen::Screen;
use crate::{App, app::Analysis};

const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(600);

/// Imports what is not there yet: each file is one transaction, so a killed run left it out whole.
/// Returns what the system must show now; nothing when everything was there, since people may have
/// worked with it in the meantime.
///
/// # Errors
/// When a row of the demonstration's own files is refused, or the database refuses.
pub async fn run(
    app: &App,
    log: &PurchaseLog,
    screen: &Screen,
) -> anyhow::Result<Option<Expected>> {
    let folder = app.config().data.join("import");
    let (files, expected) = screen
        .step("Writing the import files", async {
            files::write(log, &folder)
        })
        .await?;
    let mut anything = false;
    for file in files {
        let table = &app
            .db()
            .dictionary()
            .object(file.object)
            .context("a known object")?
            .table
            .clone();
        let imported: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select exists (select from crm.{table} where import_id is not null)"
        )))
        .fetch_one(app.db().pool())
        .await?;
        if imported {
            continue;
        }
        anything = true;
        let bar = screen.bar(file.rows as u64, file.object);
        let seen = bar.clone();
        let name = format!("Importing {} rows of {}", file.rows, file.object);
        let report = screen
            .step(&name, async {
                let mut request = ImportRequest::from_file(file.object, &file.path)?;
                request.refused_path = Some(file.path.with_extension("refused.csv"));
                request.progress = Some(Box::new(move |progress| seen.set_position(progress.read)));
                Ok::<_, anyhow::Error>(
                    Importer::new(app.db().clone())
                        .run(&Principal::system(), request)
                        .await?,
                )
            })
            .await?;
        bar.finish_and_clear();
        anyhow::ensure!(
            report.refused == 0 && report.inserted == file.rows as u64,
            "{} of {} rows of {} were refused; see {}",
            report.refused,
            report.read,
            file.object,
            folder.display()
        );
    }
    Ok(anything.then_some(expected))
}

/// Waits until everything committed so far is in the lake, showing how far it is.
///
/// # Errors
/// When the capture fails or the time is over.
pub async fn caught_up(analysis: &Analysis, screen: &Screen) -> anyhow::Result<()> {
    let bar = screen.bar(0, "rows copied");
    let mut status = analysis.capture.subscribe();
    let shown = bar.clone();
    let progress = async move {
        loop {
            let (done, whole) = {
                let now = status.borrow_and_update();
                now.tables.iter().fold((0, 0), |(done, whole), table| {
                    (
                        done + table.rows,
                        whole + table.estimated_rows.max(table.rows),
                    )
                })
            };
            shown.set_length(whole);
            shown.set_position(done);
            if status.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let result = tokio::select! {
        reached = analysis.capture.caught_up(CAUGHT_UP_WITHIN) => reached.map(drop),
        () = progress => Ok(()),
    };
    bar.finish_and_clear();
    Ok(result?)
}
