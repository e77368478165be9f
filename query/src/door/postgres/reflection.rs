//! `pg_catalog` for a connection. It lives as long as the connection, so that object ids stay the
//! same from statement to statement, and shows what the session at hand shows.

use std::sync::{Arc, LazyLock, PoisonError, RwLock, Weak};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::CatalogProviderList;
use datafusion::datasource::TableType;
use datafusion::error::DataFusionError;
use datafusion_pg_catalog::pg_catalog::catalog_info::CatalogInfo;
use datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_pg_catalog::pg_catalog::{PgCatalogSchemaProvider, PgCatalogStaticTables};

use crate::catalog::CATALOG;
use crate::error::{Error, Result};
use crate::session::Session;

type Provider = PgCatalogSchemaProvider<Visible, EmptyContextProvider>;

/// The parts of `pg_catalog` that are the same for everybody.
static STATIC: LazyLock<std::result::Result<Arc<PgCatalogStaticTables>, String>> =
    LazyLock::new(|| {
        PgCatalogStaticTables::try_new()
            .map(Arc::new)
            .map_err(|error| error.to_string())
    });

pub(super) struct Reflection {
    visible: Visible,
    provider: RwLock<Option<Arc<Provider>>>,
}

impl Reflection {
    pub(super) fn new() -> Self {
        Self {
            visible: Visible::default(),
            provider: RwLock::new(None),
        }
    }

    /// Adds `pg_catalog` to the session.
    pub(super) fn attach(&self, session: &Session) -> Result<()> {
        let state = session.context().state();
        self.visible.show(state.catalog_list());
        let provider = self.provider()?;
        let catalog = session
            .context()
            .catalog(CATALOG)
            .ok_or_else(|| internal("the catalog is missing"))?;
        catalog
            .register_schema("pg_catalog", provider)
            .map_err(|error| internal(error.to_string()))?;
        Ok(())
    }

    fn provider(&self) -> Result<Arc<Provider>> {
        let mut provider = self
            .provider
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = provider.as_ref() {
            return Ok(known.clone());
        }
        let tables = STATIC.as_ref().map_err(internal)?.clone();
        let made =
            PgCatalogSchemaProvider::try_new(self.visible.clone(), tables, EmptyContextProvider)
                .map_err(|error| internal(error.to_string()))?;
        Ok(provider.insert(Arc::new(made)).clone())
    }
}

fn internal(detail: impl std::fmt::Display) -> Error {
    Error::Internal(format!("pg_catalog: {detail}"))
}

/// The catalog of the session at hand. Weak, as that catalog holds `pg_catalog` itself.
#[derive(Clone, Default)]
struct Visible(Arc<RwLock<Option<Weak<dyn CatalogProviderList>>>>);

impl Visible {
    fn show(&self, list: &Arc<dyn CatalogProviderList>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::downgrade(list));
    }

    fn list(&self) -> std::result::Result<Arc<dyn CatalogProviderList>, DataFusionError> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .and_then(Weak::upgrade)
            .ok_or_else(|| {
                DataFusionError::Internal("the session of this catalog query is over".into())
            })
    }
}

impl std::fmt::Debug for Visible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Visible")
    }
}

#[async_trait]
impl CatalogInfo for Visible {
    async fn catalog_names(&self) -> std::result::Result<Vec<String>, DataFusionError> {
        CatalogInfo::catalog_names(&self.list()?).await
    }

    async fn schema_names(
        &self,
        catalog: &str,
    ) -> std::result::Result<Option<Vec<String>>, DataFusionError> {
        self.list()?.schema_names(catalog).await
    }

    async fn table_names(
        &self,
        catalog: &str,
        schema: &str,
    ) -> std::result::Result<Option<Vec<String>>, DataFusionError> {
        self.list()?.table_names(catalog, schema).await
    }

    async fn table_schema(
        &self,
        catalog: &str,
        schema: &str,
        table: &str,
    ) -> std::result::Result<Option<SchemaRef>, DataFusionError> {
        self.list()?.table_schema(catalog, schema, table).await
    }

    async fn table_type(
        &self,
        catalog: &str,
        schema: &str,
        table: &str,
    ) -> std::result::Result<Option<TableType>, DataFusionError> {
        self.list()?.table_type(catalog, schema, table).await
    }
}
