//! The way in: renders packs for a reader; the other operations are beside their subjects.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use basalt_model::Principal;
use basalt_oltp::Db;
use basalt_query::{Engine, ReadAt};
use chrono_tz::Tz;
use sqlx::PgPool;

use crate::archive::Archive;
use crate::definition::Definition;
use crate::fill;
use crate::mail::SmtpConfig;
use crate::report::Report;
use crate::{Error, Format, Rendered, Result, html, pdf, xlsx};

/// What reports need of the outside.
#[derive(Debug, Clone)]
pub struct ReportsConfig {
    /// Folder with NotoSansCJK-Regular.ttc and -Bold.ttc.
    pub font_dir: PathBuf,
    /// Where what was sent is kept.
    pub archive_dir: PathBuf,
    pub smtp: SmtpConfig,
    /// Address of the application, for the domain of message ids.
    pub public_url: String,
    /// Name on the reports.
    pub organisation: String,
    /// Zone of times shown in reports that are rendered on demand.
    pub time_zone: Tz,
}

/// Renders and delivers report packs. Cheap to clone.
#[derive(Clone)]
pub struct Reports {
    shared: Arc<Shared>,
}

struct Shared {
    db: Db,
    engine: Engine,
    config: ReportsConfig,
    archive: Archive,
    definitions: BTreeMap<String, Definition>,
    /// Forty megabytes of fonts, read at the first PDF.
    fonts: Mutex<Option<pdf::Fonts>>,
}

impl Reports {
    /// With the standard packs.
    pub fn new(db: Db, engine: Engine, config: ReportsConfig) -> Result<Self> {
        let definitions = Definition::standard()?
            .into_iter()
            .map(|definition| (definition.name.clone(), definition))
            .collect();
        let archive = Archive::new(&config.archive_dir);
        Ok(Self {
            shared: Arc::new(Shared {
                db,
                engine,
                config,
                archive,
                definitions,
                fonts: Mutex::new(None),
            }),
        })
    }

    /// The definitions at hand, by name.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.shared.definitions.values()
    }

    /// Renders a pack with the principal's rights and in the principal's language.
    pub async fn render(
        &self,
        principal: &Principal,
        pack: &str,
        format: Format,
        at: ReadAt,
    ) -> Result<Rendered> {
        let report = self
            .fill(principal, pack, self.shared.config.time_zone, at)
            .await?;
        self.write(&report, format).await
    }

    /// Fills a pack from one snapshot.
    pub(crate) async fn fill(
        &self,
        principal: &Principal,
        pack: &str,
        time_zone: Tz,
        at: ReadAt,
    ) -> Result<Report> {
        let definition = self.definition(pack)?;
        let session = self.shared.engine.session(principal, at).await?;
        fill::fill(
            definition,
            &session,
            time_zone,
            &self.shared.config.organisation,
        )
        .await
    }

    /// Writes a filled report; the work is off the async threads.
    pub(crate) async fn write(&self, report: &Report, format: Format) -> Result<Rendered> {
        let file_name = format!(
            "{}-{}.{}",
            report.pack,
            report.as_of.format("%Y-%m-%d"),
            format.extension()
        );
        let (reports, report) = (self.clone(), report.clone());
        let work = tokio::task::spawn_blocking(move || match format {
            Format::Pdf => pdf::render(&report, &reports.fonts()?),
            Format::Xlsx => xlsx::render(&report),
            Format::Html => html::render(&report).map(String::into_bytes),
        });
        let bytes = work
            .await
            .map_err(|error| Error::Render(format!("the rendering broke off: {error}")))??;
        Ok(Rendered {
            bytes,
            file_name,
            media_type: format.media_type(),
        })
    }

    pub(crate) fn definition(&self, pack: &str) -> Result<&Definition> {
        self.shared
            .definitions
            .get(pack)
            .ok_or_else(|| Error::UnknownPack(pack.to_owned()))
    }

    pub(crate) fn db(&self) -> &Db {
        &self.shared.db
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.shared.db.pool()
    }

    pub(crate) fn archive(&self) -> &Archive {
        &self.shared.archive
    }

    pub(crate) fn smtp(&self) -> &SmtpConfig {
        &self.shared.config.smtp
    }

    /// The right-hand side of message ids.
    pub(crate) fn mail_domain(&self) -> &str {
        let url = self.shared.config.public_url.as_str();
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = host.split(['/', ':', '?']).next().unwrap_or_default();
        if host.is_empty() { "localhost" } else { host }
    }

    fn fonts(&self) -> Result<pdf::Fonts> {
        let mut fonts = self
            .shared
            .fonts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(fonts) = &*fonts {
            return Ok(fonts.clone());
        }
        let loaded = pdf::Fonts::load(&self.shared.config.font_dir)?;
        *fonts = Some(loaded.clone());
        Ok(loaded)
    }
}
