//! What readers get: all tables of the lake at one position, never changing.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;

use crate::archive::Facts;
use crate::scan::provider::LakeTable;
use crate::scan::version::TableVersion;
use crate::{Lsn, TableName};

/// All tables at one LSN. Cheap to hold and to share; scanning it takes no locks.
#[derive(Debug)]
pub struct Snapshot {
    lsn: Lsn,
    published_at: DateTime<Utc>,
    tables: BTreeMap<TableName, TableView>,
}

#[derive(Clone, Debug)]
pub(crate) struct TableView {
    pub(crate) current: Arc<TableVersion>,
    pub(crate) history: Arc<TableVersion>,
    pub(crate) facts: Facts,
    /// The current rows and the changes as of the moment of a snapshot of the past.
    pub(crate) past: Option<(Arc<dyn TableProvider>, Arc<dyn TableProvider>)>,
}

impl Snapshot {
    pub(crate) fn empty() -> Self {
        Self::new(Lsn::ZERO, BTreeMap::new())
    }

    pub(crate) fn new(lsn: Lsn, tables: BTreeMap<TableName, TableView>) -> Self {
        Self::at(lsn, Utc::now(), tables)
    }

    pub(crate) fn at(
        lsn: Lsn,
        published_at: DateTime<Utc>,
        tables: BTreeMap<TableName, TableView>,
    ) -> Self {
        Self {
            lsn,
            published_at,
            tables,
        }
    }

    /// Every transaction at or below is in, none above. One exception: when the lake was opened
    /// after a crash amid a flush, tables may be ahead of it until the source has caught up.
    pub fn lsn(&self) -> Lsn {
        self.lsn
    }

    /// When it was published; of a snapshot of the past, the moment asked for or that of its manifest.
    pub fn published_at(&self) -> DateTime<Utc> {
        self.published_at
    }

    /// The copied tables, in order.
    pub fn table_names(&self) -> Vec<TableName> {
        self.tables.keys().cloned().collect()
    }

    /// The current rows of a table.
    pub fn current(&self, table: &TableName) -> Option<Arc<dyn TableProvider>> {
        let view = self.view(table)?;
        Some(match &view.past {
            Some((current, _)) => current.clone(),
            None => Arc::new(LakeTable::new(view.current.clone())),
        })
    }

    /// The columns that name a row of a table; none when it has no key.
    pub fn key(&self, table: &TableName) -> &[String] {
        self.view(table)
            .map_or(&[], |view| view.facts.definition.key.as_slice())
    }

    /// Every change of a table: its columns and `valid_from`, `op`, `lsn`, `seq`, `txn_at`, `actor`, `via`.
    pub fn history(&self, table: &TableName) -> Option<Arc<dyn TableProvider>> {
        let view = self.view(table)?;
        Some(match &view.past {
            Some((_, history)) => history.clone(),
            None => Arc::new(LakeTable::new(view.history.clone())),
        })
    }

    pub(crate) fn view(&self, table: &TableName) -> Option<&TableView> {
        self.tables.get(table)
    }
}
