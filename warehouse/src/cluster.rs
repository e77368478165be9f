//! Clustering: the order of rows in compacted files, so that a filter needs few of them.

use std::sync::Arc;

use arrow::datatypes::Schema;

use crate::hot::keys::KeyCodec;
use crate::state::{Shared, Side};
use crate::{Error, Result, TableName};

/// The order of rows in compacted files.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) columns: Arc<[usize]>,
    /// The beginning of the names of files in this order; none when the order is what every flush
    /// leaves anyway.
    pub(crate) mark: Option<String>,
    /// The beginning of the names of files that are in order by the way they came.
    exempt: Option<&'static str>,
}

impl Cluster {
    /// By the chosen columns, then by key.
    pub(crate) fn current(chosen: &[String], schema: &Schema, codec: &KeyCodec) -> Self {
        let known: Vec<usize> = chosen
            .iter()
            .filter_map(|column| schema.index_of(column).ok())
            .collect();
        let mut columns = known.clone();
        columns.extend(codec.columns().iter().filter(|key| !known.contains(key)));
        Self {
            mark: (!known.is_empty()).then(|| mark(&columns, schema)),
            columns: columns.into(),
            exempt: None,
        }
    }

    /// By key, then in the order of the changes: the versions of a row lie together.
    pub(crate) fn history(key: &[String], schema: &Schema) -> Self {
        let columns: Vec<usize> = key
            .iter()
            .map(String::as_str)
            .chain(["lsn", "seq"])
            .filter_map(|column| schema.index_of(column).ok())
            .collect();
        Self {
            mark: (!key.is_empty()).then(|| mark(&columns, schema)),
            columns: columns.into(),
            // A copy comes sorted by key.
            exempt: Some("snapshot-"),
        }
    }

    /// Is the file in no need of being sorted?
    pub(crate) fn has(&self, path: &str) -> bool {
        let exempt = self.exempt.is_some_and(|exempt| path.starts_with(exempt));
        let marked = self.mark.as_ref().map(|mark| path.starts_with(mark));
        exempt || marked.unwrap_or(true)
    }

    /// The beginning of the names of compacted files.
    pub(crate) fn prefix(&self) -> String {
        self.mark.clone().unwrap_or_else(|| "part-".to_owned())
    }
}

/// Names an order of columns, so that files in another one are told apart.
fn mark(columns: &[usize], schema: &Schema) -> String {
    let names: Vec<_> = columns
        .iter()
        .map(|&column| schema.field(column).name().as_str())
        .collect();
    let hash = crc32fast::hash(names.join("\0").as_bytes());
    format!("sorted-{hash:08x}-")
}

impl Shared {
    /// See [`Lake::cluster_by`](crate::Lake::cluster_by).
    pub(crate) async fn cluster_by(&self, table: &TableName, columns: &[&str]) -> Result<()> {
        let _flushing = self.flushing.lock().await;
        let (disk, schema, codec) = {
            let mut state = self.state();
            let half = state.entry(table)?.half(Side::Current);
            let live = &half.live;
            (half.disk.clone(), live.schema.clone(), live.codec.clone())
        };
        if let Some(unknown) = columns
            .iter()
            .find(|column| schema.index_of(column).is_err())
        {
            return Err(Error::Schema {
                table: table.clone(),
                detail: format!("there is no column `{unknown}` to cluster by"),
            });
        }
        let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
        let mut log = disk.log.lock().await;
        log.set_cluster(&columns).await?;
        let version = log.version();
        drop(log);
        let mut state = self.state();
        let half = state.entry(table)?.half(Side::Current);
        half.cluster = Cluster::current(&columns, &schema, &codec);
        half.order = half.cluster.columns.clone();
        half.delta_version = version;
        Ok(())
    }
}
