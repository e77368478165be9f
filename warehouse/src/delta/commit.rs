//! A change of a table's files, to be committed as one, and what the Delta log is told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};
use deltalake_core::kernel::{Action, Add, DeletionVectorDescriptor, LogicalFileView};
use deltalake_core::table::state::DeltaTableState;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use super::file::DataFile;
use super::vector::{self, Vector};
use crate::Lsn;

/// Changes of a table's files, to be committed as one.
#[derive(Debug, Default)]
pub(crate) struct Commit {
    /// The position of the content afterwards; none when the commit leaves the content as it is.
    pub(crate) lsn: Option<Lsn>,
    /// Paths of live files to be revoked.
    pub(crate) remove: BTreeSet<String>,
    pub(crate) add: Vec<Arc<DataFile>>,
    /// Live files that get a new deletion vector.
    pub(crate) redraw: Vec<Redraw>,
    /// The files that hold these vectors.
    pub(crate) vectors: Vec<Path>,
    /// The same rows in other files: readers that follow the table's changes need not look.
    pub(crate) rearranges: bool,
    /// Rows that live in the table afterwards, by the lake's own count.
    pub(crate) rows_after: u64,
    /// A changed schema and definition.
    pub(crate) metadata: Option<(SchemaRef, String)>,
    /// The commit replaces what an unfinished copy left, whatever position that claims.
    pub(crate) restart: bool,
    /// The commit is the table's first snapshot: nothing is known of the time before.
    pub(crate) since: Option<Since>,
}

/// A live file and the vector it gets.
#[derive(Debug)]
pub(crate) struct Redraw {
    /// The file as it is, with its present vector.
    pub(crate) file: Arc<DataFile>,
    pub(crate) vector: Arc<Vector>,
}

/// Where the knowledge of a table begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Since {
    pub(crate) lsn: Lsn,
    pub(crate) at: DateTime<Utc>,
    /// The history tells every row there was then. A copy over the content of another source (or
    /// under another key) leaves no trace of rows that are equal, so only Delta versions do.
    #[serde(default = "yes")]
    pub(crate) told: bool,
}

fn yes() -> bool {
    true
}

/// What became of a commit whose answer was an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Landed,
    Lost,
}

impl Commit {
    /// Every new file the commit names.
    pub(crate) fn locations(&self) -> Vec<Path> {
        let data = self.add.iter().map(|file| file.location.clone());
        data.chain(self.vectors.iter().cloned()).collect()
    }

    /// Are the files of the table those the commit leaves?
    pub(crate) fn is_in(&self, state: &DeltaTableState) -> bool {
        let live: BTreeMap<_, _> = state
            .log_data()
            .iter()
            .map(|view| {
                let id = view
                    .deletion_vector_descriptor()
                    .map(|descriptor| vector::id(&descriptor));
                (view.path().into_owned(), id)
            })
            .collect();
        self.add.iter().all(|file| live.contains_key(&file.path))
            && self.remove.iter().all(|path| !live.contains_key(path))
            && self
                .redraw
                .iter()
                .all(|redraw| live.get(&redraw.file.path) == Some(&Some(redraw.vector.id())))
    }

    /// The actions on files: at most one `remove` and one `add` a path, each `remove` built from the
    /// live `add` it revokes, vector included.
    ///
    /// # Errors
    /// The reason why the commit would ruin the table.
    pub(crate) fn actions(&self, state: &DeltaTableState) -> Result<Vec<Action>, String> {
        let mut redraw = BTreeMap::new();
        for wanted in &self.redraw {
            let path = wanted.file.path.as_str();
            if self.remove.contains(path) || redraw.insert(path, wanted).is_some() {
                return Err(format!("file {path} would be removed twice in one commit"));
            }
        }
        let mut missing: BTreeSet<&str> = self.remove.iter().map(String::as_str).collect();
        missing.extend(redraw.keys());
        let mut actions = Vec::with_capacity(missing.len() + self.redraw.len() + self.add.len());
        let mut added: BTreeSet<&str> = redraw.keys().copied().collect();
        for view in state.log_data().iter() {
            let path = view.path();
            if !missing.remove(path.as_ref()) {
                continue;
            }
            actions.push(Action::Remove(view.remove_action(!self.rearranges)));
            if let Some(redraw) = redraw.get(path.as_ref()) {
                actions.push(Action::Add(redraw.add(&view)?));
            }
        }
        if let Some(gone) = missing.first() {
            return Err(format!("file {gone} is no longer live in the Delta log"));
        }
        for file in &self.add {
            if self.remove.contains(&file.path) || !added.insert(&file.path) {
                return Err(format!(
                    "file {} would be named twice in one commit",
                    file.path
                ));
            }
            actions.push(Action::Add(Add {
                data_change: !self.rearranges,
                ..file.add()
            }));
        }
        Ok(actions)
    }
}

impl Redraw {
    fn add(&self, live: &LogicalFileView) -> Result<Add, String> {
        let path = &self.file.path;
        let descriptor = |vector: &Arc<Vector>| vector.descriptor.clone();
        let known: Option<DeletionVectorDescriptor> = self.file.vector.as_ref().map(descriptor);
        if live.deletion_vector_descriptor() != known {
            return Err(format!(
                "file {path} has another deletion vector in the Delta log"
            ));
        }
        if let Some(old) = &self.file.vector {
            if old.id() == self.vector.id() {
                return Err(format!("file {path} would get the vector it has"));
            }
            if !self.vector.dead.is_superset(&old.dead) {
                return Err(format!("dead rows of file {path} would live again"));
            }
        }
        if self.vector.dead.len() >= u64::from(self.file.rows) {
            return Err(format!("file {path} would have no live row"));
        }
        Ok(Add {
            path: path.clone(),
            partition_values: live.partition_values_map(),
            size: live.size(),
            modification_time: live.modification_time(),
            data_change: true,
            stats: live.stats().map(|stats| loose(&stats)),
            deletion_vector: Some(self.vector.descriptor.clone()),
            ..Add::default()
        })
    }
}

/// The same statistics, said to be no longer exact. The text is kept: numbers would lose digits
/// if it were parsed and written anew.
fn loose(stats: &str) -> String {
    const LOOSE: &str = r#"{"tightBounds":false"#;
    match stats.strip_prefix('{') {
        Some(rest) if !stats.starts_with(LOOSE) => format!("{LOOSE},{rest}"),
        _ => stats.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::loose;

    #[test]
    fn statistics_are_loosened_once() {
        let stats = r#"{"numRecords":3,"minValues":{"amount":90071992547409.93}}"#;
        let once = loose(stats);
        assert_eq!(
            once,
            r#"{"tightBounds":false,"numRecords":3,"minValues":{"amount":90071992547409.93}}"#
        );
        assert_eq!(loose(&once), once);
    }
}
