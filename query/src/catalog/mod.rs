//! What a reader finds under which name.
//!
//! | schema | content | who |
//! |---|---|---|
//! | `crm` | business tables as they are now, without recycled rows | by the reader's rights |
//! | `history` | every version of every row | rows whose current record the reader may see |
//! | `mart` | the star schema, see [`crate::mart`] | by the reader's rights |
//! | `lake` | tables and state of the lake itself | administrators |

pub(crate) mod functions;
mod lake;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use basalt_model::policy::Principal;
use basalt_warehouse::Snapshot;
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
use crate::mart;
use crate::session::Session;

/// The one catalog.
pub const CATALOG: &str = "basalt";

/// Opens the reader's session on `snapshot`.
pub(crate) fn open(
    engine: &Engine,
    principal: &Principal,
    snapshot: &Arc<Snapshot>,
) -> Result<Session> {
    let dictionary = engine.dictionary();
    let reader = tables::Reader {
        principal,
        dictionary: &dictionary,
        snapshot,
    };
    let inner = |error: DataFusionError| Error::from_engine(error, engine.config().memory_limit);
    let schemas = reader.schemas().map_err(inner)?;

    let known = schemas.mart_source.keys().cloned().collect();
    let mart_context = context(engine, vec![("crm", Arc::new(Tables(schemas.mart_source)))])?;
    let mart = mart::MartSchema::new(mart_context.state(), &schemas.crm, &known);
    let mut visible: Vec<(&str, Arc<dyn SchemaProvider>)> = vec![
        ("crm", Arc::new(Tables(schemas.crm))),
        ("history", Arc::new(Tables(schemas.history))),
        ("mart", Arc::new(mart)),
    ];
    if principal.is_admin() && principal.scopes.is_none() {
        visible.push((
            "lake",
            Arc::new(Tables(
                lake::tables(engine.lake(), snapshot).map_err(inner)?,
            )),
        ));
    }
    let context = context(engine, visible)?;
    functions::register_reader(&context, principal);
    Ok(Session::new(
        context,
        snapshot.lsn(),
        principal.clone(),
        dictionary,
        engine.config().clone(),
    ))
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
