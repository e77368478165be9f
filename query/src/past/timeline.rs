//! The moments that one session reads of, each opened once.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use basalt_model::policy::Principal;
use basalt_warehouse::{AsOf, Snapshot, TableName};
use datafusion::catalog::SchemaProvider;
use datafusion::datasource::TableProvider;
use datafusion::error::DataFusionError;
use tokio::sync::Mutex;

use super::{MARK, moment};
use crate::catalog::{self, Schemas};
use crate::engine::Engine;
use crate::error::{Error, Past, Result};

/// Opens the tables of past moments for one reader.
pub(crate) struct Timeline {
    engine: Engine,
    principal: Principal,
    /// What the reader's rights are judged by.
    now: Arc<Snapshot>,
    opened: Mutex<Vec<(AsOf, Arc<Schemas>)>>,
}

impl Timeline {
    pub(crate) fn new(engine: &Engine, principal: &Principal, now: &Arc<Snapshot>) -> Self {
        Self {
            engine: engine.clone(),
            principal: principal.clone(),
            now: now.clone(),
            opened: Mutex::default(),
        }
    }

    async fn table(
        &self,
        schema: &'static str,
        table: &str,
        at: AsOf,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        if let AsOf::Version(_) = at {
            return self.version(schema, table, at).await;
        }
        let opened = {
            let mut opened = self.opened.lock().await;
            let known = opened.iter().find(|(known, _)| *known == at);
            match known.map(|(_, schemas)| schemas.clone()) {
                Some(known) => known,
                None => {
                    let past = self.engine.lake().as_of(at).await?;
                    let reader = catalog::reader(&self.engine, &self.principal, &self.now, &past);
                    let schemas = Arc::new(reader.open()?);
                    opened.push((at, schemas.clone()));
                    schemas
                }
            }
        };
        let schema = opened.schema(schema);
        let found = schema.table(table).await;
        found.map_err(|error| Error::from_engine(error, self.engine.config().memory_limit))
    }

    /// A Delta version is a moment of one table of `crm`.
    async fn version(
        &self,
        schema: &'static str,
        table: &str,
        at: AsOf,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        if schema != catalog::CRM {
            return Err(Error::Past(Past::NoVersions(format!("{schema}.{table}"))));
        }
        let reader = catalog::reader(&self.engine, &self.principal, &self.now, &self.now);
        if !reader.sees(table) {
            return Ok(None);
        }
        let name = TableName::new(schema, table);
        let rows = self.engine.lake().table_as_of(&name, at).await?;
        reader.past_table(table, rows)
    }
}

impl fmt::Debug for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeline").finish_non_exhaustive()
    }
}

/// A schema whose tables can also be had under `<name>@<moment>`.
#[derive(Debug)]
pub(crate) struct WithPast {
    pub(crate) name: &'static str,
    pub(crate) now: Arc<dyn SchemaProvider>,
    pub(crate) timeline: Arc<Timeline>,
}

#[async_trait]
impl SchemaProvider for WithPast {
    fn table_names(&self) -> Vec<String> {
        self.now.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let Some((table, at)) = name.split_once(MARK) else {
            return self.now.table(name).await;
        };
        // What the reader does not find now is not found in the past either.
        if !self.now.table_exist(table) {
            return Ok(None);
        }
        let found = async {
            let at = moment::read(at, "UTC")?;
            let found = self.timeline.table(self.name, table, at).await?;
            found.map(Some).ok_or_else(|| {
                Error::Past(Past::NotThere {
                    table: format!("{}.{table}", self.name),
                    at: moment::write(at),
                })
            })
        };
        found.await.map_err(Error::into_engine)
    }

    fn table_exist(&self, name: &str) -> bool {
        self.now.table_exist(name)
    }
}
