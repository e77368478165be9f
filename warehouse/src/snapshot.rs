//! What readers get: all tables of the lake at one position, never changing.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;

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
}

impl Snapshot {
    pub(crate) fn empty() -> Self {
        Self::new(Lsn::ZERO, BTreeMap::new())
    }

    pub(crate) fn new(lsn: Lsn, tables: BTreeMap<TableName, TableView>) -> Self {
        Self {
            lsn,
            published_at: Utc::now(),
            tables,
        }
    }

    /// Every transaction at or below is in, none above. One exception: when the lake was opened
    /// after a crash amid a flush, tables may be ahead of it until the source has caught up.
    pub fn lsn(&self) -> Lsn {
        self.lsn
    }

    pub fn published_at(&self) -> DateTime<Utc> {
        self.published_at
    }

    /// The copied tables, in order.
    pub fn table_names(&self) -> Vec<TableName> {
        self.tables.keys().cloned().collect()
    }

    /// The current rows of a table.
    pub fn current(&self, table: &TableName) -> Option<Arc<dyn TableProvider>> {
        Some(Arc::new(LakeTable::new(self.view(table)?.current.clone())))
    }

    /// Every change of a table: its columns and `valid_from`, `op`, `lsn`, `seq`, `txn_at`, `actor`, `via`.
    pub fn history(&self, table: &TableName) -> Option<Arc<dyn TableProvider>> {
        Some(Arc::new(LakeTable::new(self.view(table)?.history.clone())))
    }

    pub(crate) fn view(&self, table: &TableName) -> Option<&TableView> {
        self.tables.get(table)
    }
}
