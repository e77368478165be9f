//! What a reader finds under which name.
//!
//! | schema | content | who |
//! |---|---|---|
//! | `crm` | business tables as they are now, without recycled rows | by the reader's rights |
//! | `history` | every version of every row | rows whose current record the reader may see |
//! | `mart` | the star schema, see [`crate::mart`] | by the reader's rights |
//! | `lake` | state of the lake itself, see [`lake`] | administrators |

pub(crate) mod functions;
mod history;
mod lake;
mod tables;

use lake::LakeSchema;
pub(crate) use tables::Reader;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use basalt_model::policy::Principal;
use basalt_warehouse::{AsOf, Snapshot};
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    SchemaProvider,
};
use datafusion::datasource::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::SessionContext;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::past::{Timeline, WithPast};
use crate::session::Session;

/// The one catalog.
pub const CATALOG: &str = "basalt";

/// The schema of the business tables.
pub(crate) const CRM: &str = "crm";
const HISTORY: &str = "history";
const MART: &str = "mart";
const LAKE: &str = "lake";

/// What a reader finds at one moment, without `lake`.
pub(crate) struct Schemas {
    crm: Arc<dyn SchemaProvider>,
    history: Arc<dyn SchemaProvider>,
    mart: Arc<dyn SchemaProvider>,
}

impl Schemas {
    /// One of [`CRM`], `history` and `mart`.
    pub(crate) fn schema(&self, name: &'static str) -> &Arc<dyn SchemaProvider> {
        match name {
            CRM => &self.crm,
            HISTORY => &self.history,
            _ => &self.mart,
        }
    }
}

/// Opens the reader's session: the rights as `now` tells them, the tables as of `past`, or of now as well.
pub(crate) fn open(
    engine: &Engine,
    principal: &Principal,
    now: &Arc<Snapshot>,
    past: Option<(AsOf, Arc<Snapshot>)>,
) -> Result<Session> {
    let shown = past.as_ref().map_or(now, |(_, past)| past);
    let schemas = reader(engine, principal, now, shown).open()?;
    let timeline = Arc::new(Timeline::new(engine, principal, now));
    let mut visible: Vec<(&str, Arc<dyn SchemaProvider>)> = Vec::new();
    for name in [CRM, HISTORY, MART] {
        let with_past = WithPast {
            name,
            now: schemas.schema(name).clone(),
            timeline: timeline.clone(),
        };
        visible.push((name, Arc::new(with_past)));
    }
    if principal.is_admin() && principal.scopes.is_none() {
        visible.push((LAKE, Arc::new(LakeSchema::new(engine, now))));
    }
    let context = context(engine, visible)?;
    functions::register_reader(&context, principal);
    if let Some((AsOf::Instant(instant), _)) = &past {
        functions::stop_the_clock(&context, *instant);
    }
    Ok(Session::new(
        context,
        shown.lsn(),
        principal.clone(),
        engine.dictionary(),
        engine.config().clone(),
    )
    .with_as_of(past.map(|(at, _)| at)))
}

/// A reader whose rights `now` tells, in front of the tables of `shown`.
pub(crate) fn reader<'a>(
    engine: &'a Engine,
    principal: &'a Principal,
    now: &'a Snapshot,
    shown: &'a Snapshot,
) -> Reader<'a> {
    Reader {
        engine,
        principal,
        dictionary: engine.dictionary(),
        now,
        shown,
    }
}

fn context(
    engine: &Engine,
    schemas: Vec<(&str, Arc<dyn SchemaProvider>)>,
) -> Result<SessionContext> {
    let catalog = MemoryCatalogProvider::new();
    for (name, schema) in schemas {
        catalog.register_schema(name, schema).map_err(|error| {
            Error::Internal(format!("cannot register the schema {name}: {error}"))
        })?;
    }
    let list = MemoryCatalogProviderList::new();
    list.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
    let state = SessionStateBuilder::new_from_existing(engine.base_state())
        .with_catalog_list(Arc::new(list))
        .build();
    Ok(SessionContext::new_with_state(state))
}

/// A fixed set of tables.
#[derive(Debug, Default)]
pub(crate) struct Tables(pub(crate) BTreeMap<String, Arc<dyn TableProvider>>);

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        Ok(self.0.get(name).cloned())
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
