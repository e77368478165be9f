//! The report pack: scheduled for two managers of different regions, delivered once now; each gets the
//! figures of their own rights by mail, and what was sent is kept.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use basalt_model::Principal;
use basalt_reports::{Delivery, DeliveryState, Format, PackInput, Reports};

use super::company::Company;
use crate::{App, app::Analysis};

const MANAGERS: [&str; 2] = ["manager.east", "manager.south"];
const LABEL: &str = "Monday overview · 周一报表";
const SENT_WITHIN: Duration = Duration::from_secs(120);
const ARRIVED_WITHIN: Duration = Duration::from_secs(60);

/// # Errors
/// When a delivery fails, a mail does not arrive, or both managers got the same figures.
pub async fn run(app: &App, analysis: &Analysis, company: &Company) -> anyhow::Result<String> {
    let system = Principal::system();
    let reports = &analysis.reports;
    let pack = match reports
        .packs(&system)
        .await?
        .into_iter()
        .find(|pack| pack.label == LABEL)
    {
        Some(pack) => pack,
        None => {
            let recipients = MANAGERS
                .iter()
                .map(|login| company.user(login))
                .collect::<anyhow::Result<Vec<_>>>()?;
            let input = PackInput {
                definition: "sales-overview".into(),
                label: LABEL.into(),
                cron: Some("0 8 * * MON".into()),
                time_zone: "Asia/Shanghai".into(),
                active: true,
                recipients,
            };
            reports.save_pack(&system, &input).await?
        }
    };
    let mailbox = app.mailbox().context("the development mailbox is off")?;
    let before = mailbox.arrived();
    let mut deliveries = Vec::new();
    for planned in reports.deliver(&system, pack.id).await? {
        deliveries.push(settled(reports, planned.id).await?);
    }
    mailbox
        .wait_for(before + deliveries.len(), ARRIVED_WITHIN)
        .await?;
    let mut pages = Vec::new();
    let mut told = Vec::new();
    for delivery in &deliveries {
        pages.push(
            reports
                .open(&system, delivery.id, Format::Html)
                .await?
                .bytes,
        );
        let files = delivery
            .files
            .iter()
            .map(|file| format!("{} ({} kB)", file.file_name, file.bytes / 1024))
            .collect::<Vec<_>>()
            .join(", ");
        told.push(format!(
            "{}: {files}",
            delivery.address.as_deref().unwrap_or_default()
        ));
    }
    anyhow::ensure!(
        pages.windows(2).all(|pair| pair[0] != pair[1]),
        "two managers of different regions got the same figures"
    );
    Ok(told.join("\n"))
}

/// The delivery once it was sent. The schedule's worker may have taken it, or a retry may be due.
async fn settled(reports: &Reports, id: i64) -> anyhow::Result<Delivery> {
    let deadline = Instant::now() + SENT_WITHIN;
    loop {
        let delivery = reports.delivery(&Principal::system(), id).await?;
        match delivery.state {
            DeliveryState::Sent => return Ok(delivery),
            DeliveryState::Planned | DeliveryState::Rendered if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            state => anyhow::bail!(
                "the pack for {} is {state:?}: {}",
                delivery.recipient.as_deref().unwrap_or("a manager"),
                delivery.error.as_deref().unwrap_or("it took too long")
            ),
        }
    }
}
