//! The analysis side: lake, capture, engine, and what works on them in the background.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use basalt_ingest::{Capture, CaptureConfig, CaptureHandle, CaptureStatus, Phase};
use basalt_model::Principal;
use basalt_oltp::{Db, auth::Auth};
use basalt_outreach::{Mailbox, Outreach, OutreachConfig, Sender, SmtpConfig, SmtpTls};
use basalt_query::{
    CaptureState, Engine, EngineConfig, Freshness, Trouble,
    door::postgres::{Credentials, SqlCredentials},
};
use basalt_reports::{Reports, ReportsConfig};
use basalt_warehouse::{Lake, LakeConfig, Lsn, TableName};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{RecordSide, StartError, erasures::Erasures};
use crate::{app::Analysis, config::Config};

pub(super) async fn start(
    config: &Config,
    records: &RecordSide,
    public_url: &Url,
    mailbox: Option<&Mailbox>,
) -> Result<Analysis, StartError> {
    let source = Capture::identify(records.url()).await?;
    let root = match &config.lake_url {
        Some(url) => url.clone(),
        None => {
            Url::from_directory_path(records.data().lake()).expect("the data directory is absolute")
        }
    };
    let mut lake_config = LakeConfig::new(root);
    lake_config.storage_options = config.store_options().into_iter().collect();
    source.configure(&mut lake_config);
    let lake = Lake::open(lake_config).await?;

    let capture = Arc::new(Capture::start(capture_config(records), lake.clone()).await?);
    let db = records.db().clone();
    let engine_config = EngineConfig {
        memory_limit: config.query_memory,
        ..EngineConfig::default()
    };
    let engine = Engine::new(
        engine_config,
        lake.clone(),
        Arc::new(move || db.dictionary()),
        Arc::new(CaptureFreshness(capture.clone())),
    )?;

    let smtp = smtp(config, mailbox)?;
    let outreach_config = OutreachConfig::new(
        public_url.clone(),
        records.data().secret().to_vec(),
        smtp.clone(),
    );
    let outreach = Outreach::new(records.db().clone(), engine.clone(), outreach_config);
    let reports_config = ReportsConfig {
        font_dir: config.fonts.clone(),
        archive_dir: records.data().reports(),
        smtp: reports_smtp(&smtp, public_url),
        public_url: public_url.to_string(),
        organisation: "Basalt".into(),
        time_zone: chrono_tz::UTC,
    };
    let reports = Reports::new(records.db().clone(), engine.clone(), reports_config)
        .map_err(|e| StartError::Reports(e.to_string()))?;
    Ok(Analysis {
        lake,
        capture,
        erasures: Arc::new(Notify::new()),
        engine,
        outreach,
        reports,
    })
}

/// Every business table and what the system keeps beside them.
fn capture_config(records: &RecordSide) -> CaptureConfig {
    let dictionary = records.db().dictionary();
    let business = dictionary
        .objects()
        .iter()
        .map(|object| object.table.clone());
    let beside = dictionary
        .side_tables()
        .iter()
        .map(|side| side.table.clone());
    let tables = business
        .chain(beside)
        .map(|table| TableName::new("crm", table))
        .collect();
    let retained = dictionary
        .objects()
        .iter()
        .filter(|object| object.retained)
        .map(|object| TableName::new("crm", object.table.clone()))
        .collect();
    let name = slot(records.url());
    CaptureConfig {
        slot: name.clone(),
        publication: name,
        retained,
        spill_folder: records.data().root().to_owned(),
        ..CaptureConfig::new(records.url(), tables)
    }
}

/// Slots are known to a whole server: each database has its own.
fn slot(url: &str) -> String {
    let database = Url::parse(url)
        .map(|url| url.path().trim_start_matches('/').to_lowercase())
        .unwrap_or_default();
    let plain: String = database
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(50)
        .collect();
    if plain.is_empty() || plain == "basalt" {
        "basalt".to_owned()
    } else {
        format!("basalt_{plain}")
    }
}

pub(super) fn smtp(config: &Config, mailbox: Option<&Mailbox>) -> Result<SmtpConfig, StartError> {
    match (&config.smtp, mailbox) {
        (Some(url), _) => {
            SmtpConfig::from_url(url.as_str()).map_err(|e| StartError::Smtp(e.to_string()))
        }
        (None, Some(mailbox)) => Ok(SmtpConfig::plain(
            mailbox.address().ip().to_string(),
            mailbox.address().port(),
        )),
        (None, None) => Err(StartError::Smtp(
            "it is not set and the development mailbox is off".into(),
        )),
    }
}

/// The same server for reports.
fn reports_smtp(smtp: &SmtpConfig, public_url: &Url) -> basalt_reports::SmtpConfig {
    use basalt_reports::Security;
    let security = match smtp.tls {
        SmtpTls::None => Security::None,
        SmtpTls::StartTls => Security::StartTls,
        SmtpTls::Implicit => Security::Tls,
    };
    let domain = public_url.domain().unwrap_or("localhost");
    basalt_reports::SmtpConfig {
        host: smtp.host.clone(),
        port: smtp.port,
        security,
        credentials: smtp
            .login
            .as_ref()
            .map(|login| (login.user.clone(), login.password.clone())),
        from: format!("Basalt <reports@{domain}>"),
        timeout: smtp.timeout,
    }
}

/// Background work on the analysis side.
pub(super) fn spawn_workers(
    db: &Db,
    analysis: &Analysis,
    stop: &CancellationToken,
) -> Vec<(&'static str, JoinHandle<()>)> {
    let (sender, stopped) = (Sender::new(&analysis.outreach), stop.clone());
    let (reports, ended) = (analysis.reports.clone(), stop.clone());
    let (erasures, over) = (
        Erasures {
            db: db.clone(),
            lake: analysis.lake.clone(),
            capture: analysis.capture.clone(),
            asked: analysis.erasures.clone(),
        },
        stop.clone(),
    );
    vec![
        (
            "erasures",
            super::spawn("erasures", async move { erasures.run(over).await }),
        ),
        (
            "sender",
            super::spawn("sender", async move { sender.run(stopped).await }),
        ),
        (
            "report schedule",
            super::spawn("report schedule", deliver_reports(reports, ended)),
        ),
    ]
}

/// Looks every minute for packs that are due.
async fn deliver_reports(reports: Reports, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(Duration::from_secs(60)))
        .await
        .is_some()
    {
        match reports.deliver_due(chrono::Utc::now()).await {
            Ok(delivered) if delivered.is_empty() => {}
            Ok(delivered) => tracing::info!(packs = delivered.len(), "report packs delivered"),
            Err(error) => {
                tracing::error!(%error, "report packs could not be delivered; tried again in a minute");
            }
        }
    }
}

/// How far Postgres is, by asking the stream, which then publishes at once.
struct CaptureFreshness(Arc<CaptureHandle>);

#[async_trait]
impl Freshness for CaptureFreshness {
    async fn fresh_lsn(&self) -> basalt_query::Result<Lsn> {
        self.0
            .nudge()
            .await
            .map_err(|e| basalt_query::Error::Freshness(e.to_string()))
    }

    fn capture(&self) -> Option<CaptureState> {
        let status = self.0.status();
        let (phase, detail) = phase_words(&status.phase);
        Some(CaptureState {
            phase: phase.to_owned(),
            troubles: troubles(&status, detail.as_ref()),
            detail,
            received: status.received,
            visible: status.visible,
            acknowledged: status.acknowledged,
            transactions: status.counters.transactions,
            stalls: status.counters.stalls,
            reconnects: status.counters.reconnects,
            resyncs: status.counters.resyncs,
        })
    }
}

/// What hinders the capture, as a whole and table by table.
pub fn troubles(status: &CaptureStatus, detail: Option<&String>) -> Vec<Trouble> {
    let of = |table: Option<&TableName>, what, message: &String| Trouble {
        table: table.cloned(),
        what,
        message: message.clone(),
    };
    let whole = detail.map(|why| of(None, "capture", why));
    let warning = status.warning.iter().map(|why| of(None, "warning", why));
    let tables = status.tables.iter().flat_map(|table| {
        let name = Some(&table.name);
        let error = table.error.iter().map(move |why| of(name, "capture", why));
        error.chain(table.stale.iter().map(move |why| of(name, "stale", why)))
    });
    whole.into_iter().chain(warning).chain(tables).collect()
}

/// Users of the SQL door: holders of SQL tokens.
pub(super) struct SqlUsers(pub Auth);

#[async_trait]
impl Credentials for SqlUsers {
    async fn lookup(&self, username: &str) -> basalt_query::Result<Option<SqlCredentials>> {
        let found = self.0.sql_credentials(username).await.map_err(refused)?;
        Ok(found.map(|c| SqlCredentials {
            user_id: c.user_id,
            salt: c.salt,
            iterations: c.iterations,
            stored_key: c.stored_key,
            server_key: c.server_key,
        }))
    }

    async fn principal(&self, user_id: i64) -> basalt_query::Result<Principal> {
        self.0
            .principal_of(user_id, basalt_model::Via::Sql)
            .await
            .map_err(refused)
    }
}

fn refused(error: basalt_oltp::auth::AuthError) -> basalt_query::Error {
    basalt_query::Error::Forbidden(error.message(basalt_model::Locale::En))
}

/// The phase of capture as a word, with the reason when there is one.
pub fn phase_words(phase: &Phase) -> (&'static str, Option<String>) {
    match phase {
        Phase::Starting => ("starting", None),
        Phase::Copying => ("copying", None),
        Phase::Streaming => ("streaming", None),
        Phase::Paused(why) => ("paused", Some(why.clone())),
        Phase::Failed(why) => ("failed", Some(why.clone())),
        Phase::Stopped => ("stopped", None),
    }
}

impl Analysis {
    /// Capture gave up; figures no longer follow.
    pub fn has_failed(&self) -> bool {
        matches!(
            self.capture.status().phase,
            Phase::Failed(_) | Phase::Stopped
        )
    }
}
