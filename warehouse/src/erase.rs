//! Erasure of a person: personal values go from the rows with certain keys, now and in the past, while
//! the rows and their figures stay.
//!
//! Every live file that holds such a key, in a live row or in a dead one, is written anew; then older
//! files, and the log entries that name them, are deleted. The moments before are shown from the
//! history from then on. What was asked is on the list of erasures first, so that a crash delays the
//! erasure but never loses it.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{and, is_not_null, nullif};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use chrono::{TimeDelta, Utc};
use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;

use crate::compact::is_at_rest;
use crate::delta::commit::Commit;
use crate::delta::file::DataFile;
use crate::delta::read;
use crate::erasures::{self, Done, Erasure};
use crate::flush::Attempt;
use crate::hot::keys::{KeyCodec, KeyIndex};
use crate::hot::position::Position;
use crate::merge::{Input, Merge};
use crate::plan::Gone;
use crate::state::{Entry, Half, Shared, Side};
use crate::{ErasureReport, Error, Result, TableName, renewal, schema};

/// What stands in the place of personal text that can't be null.
const ERASED: &str = "erased";

/// Takes personal values out of rows.
#[derive(Debug)]
pub(crate) struct Blank {
    codec: KeyCodec,
    keys: KeyIndex,
    /// The columns that lose their values, and what they get instead; none means null.
    columns: Vec<(usize, Option<ScalarValue>)>,
}

impl Shared {
    /// See [`Lake::erase`](crate::Lake::erase).
    pub(crate) async fn erase(
        &self,
        table: &TableName,
        keys: &RecordBatch,
        personal: &[&str],
    ) -> Result<ErasureReport> {
        let erasure = {
            let mut state = self.state();
            request(table, state.entry(table)?, keys, personal)?
        };
        let erasure = erasures::add(&self.store, erasure).await?;
        let done = Box::pin(self.carry_out(&erasure)).await;
        self.trouble("erase", done.as_ref().err());
        done
    }

    /// Carries out what is on the list and was not done, or was undone by a restore.
    pub(crate) async fn carry_out_rest(&self) -> Result<Vec<ErasureReport>> {
        let mut reports = Vec::new();
        for erasure in erasures::all(&self.store).await? {
            let stands = {
                let mut state = self.state();
                let Ok(entry) = state.entry(&erasure.table) else {
                    continue;
                };
                if !is_at_rest(entry) {
                    continue;
                }
                (entry.current.delta_version, entry.history.delta_version)
            };
            let done = erasures::done(&self.store, erasure.number).await?;
            if done.is_some_and(|done| done.current <= stands.0 && done.history <= stands.1) {
                continue;
            }
            reports.push(Box::pin(self.carry_out(&erasure)).await?);
        }
        Ok(reports)
    }

    async fn carry_out(&self, erasure: &Erasure) -> Result<ErasureReport> {
        let table = &erasure.table;
        let _flushing = self.flushing.lock().await;
        self.state().check_whole()?;
        // Everything, so that a manifest of the time after is possible at once.
        self.flush_tables(|_, _| true).await?;
        let mut report = ErasureReport {
            number: erasure.number,
            ..ErasureReport::default()
        };
        for side in [Side::History, Side::Current] {
            Box::pin(self.erase_half(table, side, erasure, &mut report)).await?;
        }
        let (current, history) = {
            let mut state = self.state();
            let entry = state.entry(table)?;
            (entry.current.disk.clone(), entry.history.disk.clone())
        };
        // Readers go over to the new files before the old ones are deleted.
        {
            let _turn = self.turn.lock().await;
            self.publish()?;
        }
        let later = Utc::now() + TimeDelta::days(1);
        for disk in [&current, &history] {
            let mut log = disk.log.lock().await;
            log.forget_versions().await?;
            report.files_deleted += log.vacuum(later, later).await?;
        }
        let done = Done {
            table: table.clone(),
            current: current.log.lock().await.version(),
            history: history.log.lock().await.version(),
            done_at: Utc::now(),
        };
        erasures::set_done(&self.store, erasure.number, &done).await?;
        self.note_manifest().await;
        tracing::info!(%table, number = erasure.number, files = report.files_rewritten, "erased");
        Ok(report)
    }

    /// Rewrites the files of one Delta table that hold the keys. Needs `flushing`.
    async fn erase_half(
        &self,
        table: &TableName,
        side: Side,
        erasure: &Erasure,
        report: &mut ErasureReport,
    ) -> Result<()> {
        let (disk, blank, files, merge, epoch) = {
            let mut state = self.state();
            let entry = state.entry(table)?;
            let named = |half: &Half| half.live.files.values().all(|live| live.committed);
            if !is_at_rest(entry) || !named(entry.half(side)) {
                return Err(Error::Change {
                    table: table.clone(),
                    detail: "it is being copied or rewritten; its erasure follows".to_owned(),
                });
            }
            let schema = entry.half(side).live.schema.clone();
            let blank = Arc::new(Blank::new(erasure, entry, &schema)?);
            let half = entry.half(side);
            let live = half.live.files.iter();
            let files: Vec<_> = live.map(|(no, live)| (*no, live.file.clone())).collect();
            let merge = Merge {
                codec: half.live.codec.clone(),
                order: half.order.clone(),
                prefix: "part-".to_owned(),
                groups: Vec::new(),
                blank: Some(blank.clone()),
                schema,
            };
            (half.disk.clone(), blank, files, merge, half.live.epoch)
        };
        let mut gone = Gone::default();
        let mut groups = Vec::new();
        for (no, file) in files {
            if !blank.is_in(&self.store, &file, &merge.schema).await? {
                continue;
            }
            gone.files.push(no);
            gone.paths.insert(file.path.clone());
            let dead = file.vector.as_ref().map(|vector| vector.dead.clone());
            groups.push(vec![Input::File {
                no,
                dead: dead.unwrap_or_default(),
                file,
            }]);
        }
        if groups.is_empty() {
            return Ok(());
        }
        let written = Merge { groups, ..merge }
            .run(&self.store, &disk.writer)
            .await?;
        report.files_rewritten += gone.files.len();
        let rows_after = disk.log.lock().await.rows();
        let attempt = Attempt {
            commit: Commit {
                remove: gone.paths.clone(),
                add: written.iter().map(|new| new.file.clone()).collect(),
                rows_after,
                ..Commit::default()
            },
            written,
            named: Vec::new(),
            gone,
            redrawn: Vec::new(),
            epoch,
            at: None,
        };
        self.attempt(table, side, &disk, attempt).await
    }
}

/// Checks a wish and puts it into the form the list keeps.
fn request(
    table: &TableName,
    entry: &Entry,
    keys: &RecordBatch,
    personal: &[&str],
) -> Result<Erasure> {
    let refused = |detail: String| Error::Change {
        table: table.clone(),
        detail,
    };
    let key = entry.definition.key.clone();
    if key.is_empty() {
        return Err(refused("without a key nothing can be erased".to_owned()));
    }
    let schema = &entry.current.live.schema;
    for column in personal {
        if schema.index_of(column).is_err() {
            return Err(refused(format!("there is no column `{column}` to erase")));
        }
        if key.iter().any(|key| key == column) {
            return Err(refused(format!(
                "column `{column}` is part of the key and can't be erased; delete the rows in the source"
            )));
        }
    }
    let columns = key
        .iter()
        .map(|key| {
            let values = keys
                .column_by_name(key)
                .ok_or_else(|| refused(format!("the keys lack column `{key}`")))?;
            if values.null_count() > 0 {
                return Err(refused(format!("a key has no value for column `{key}`")));
            }
            let text = schema::cast(values, &DataType::Utf8)?;
            Ok(text)
        })
        .collect::<Result<Vec<ArrayRef>>>()?;
    let value = |column: &ArrayRef, row| {
        arrow::array::AsArray::as_string::<i32>(column)
            .value(row)
            .to_owned()
    };
    let keys = (0..keys.num_rows())
        .map(|row| columns.iter().map(|column| value(column, row)).collect())
        .collect();
    Ok(Erasure {
        number: 0,
        table: table.clone(),
        personal: personal.iter().map(|&column| column.to_owned()).collect(),
        key,
        keys,
        asked_at: Utc::now(),
    })
}

impl Blank {
    /// For rows in `schema`, which is that of the current table or of the history.
    fn new(erasure: &Erasure, entry: &Entry, schema: &SchemaRef) -> Result<Self> {
        let key = erasure
            .key
            .iter()
            .map(|key| Ok(schema.index_of(key)?))
            .collect::<Result<Vec<_>>>()?;
        let codec = KeyCodec::new(key.clone(), schema)?;
        let values = key
            .iter()
            .enumerate()
            .map(|(part, &column)| {
                let text = erasure.keys.iter().map(|key| Some(key[part].as_str()));
                let text: ArrayRef = Arc::new(text.collect::<arrow::array::StringArray>());
                Ok(schema::cast(&text, schema.field(column).data_type())?)
            })
            .collect::<Result<Vec<_>>>()?;
        let mut keys = codec.index();
        if let Some(encoded) = codec.encode(&values)? {
            for row in 0..encoded.len() {
                keys.insert(&encoded, row, Position::file(0, 0));
            }
        }
        let columns = (0..schema.fields().len())
            .filter(|&column| {
                let name = schema.field(column).name();
                let mut personal = erasure.personal.iter();
                personal.any(|personal| name == personal || renewal::is_before(name, personal))
            })
            .map(|column| {
                let field = schema.field(column);
                let known = entry.definition.columns.iter();
                let required = known
                    .filter(|defined| defined.name == *field.name())
                    .any(|defined| !defined.nullable);
                let instead = required.then(|| placeholder(field.data_type())).flatten();
                (column, instead)
            })
            .collect();
        Ok(Self {
            codec,
            keys,
            columns,
        })
    }

    /// Does the file hold one of the keys, be it in a dead row?
    async fn is_in(
        &self,
        store: &crate::delta::store::LakeStore,
        file: &DataFile,
        schema: &SchemaRef,
    ) -> Result<bool> {
        let key = self.codec.columns().iter();
        let key: Vec<_> = key.map(|&column| schema.field(column).clone()).collect();
        let mut batches = read::stream(store, file, Arc::new(Schema::new(key)), None).await?;
        while let Some(batch) = batches.try_next().await? {
            if self.matches(batch.columns())?.true_count() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn matches(&self, key: &[ArrayRef]) -> Result<BooleanArray> {
        let rows = key.first().map_or(0, Array::len);
        let Some(keys) = self.codec.encode(key)? else {
            return Ok(BooleanArray::from(vec![false; rows]));
        };
        // The row of a truncation has no key.
        let known = |row| {
            key.iter().all(|column| column.is_valid(row)) && self.keys.get(&keys, row).is_some()
        };
        Ok((0..rows).map(|row| Some(known(row))).collect())
    }

    /// The rows without personal values.
    pub(crate) fn apply(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        let key = self.codec.columns().iter();
        let key: Vec<_> = key.map(|&column| rows.column(column).clone()).collect();
        let hit = self.matches(&key)?;
        let mut columns = rows.columns().to_vec();
        for (column, instead) in &self.columns {
            let values = &columns[*column];
            columns[*column] = match instead {
                None => nullif(values, &hit)?,
                Some(instead) => {
                    let hit = and(&hit, &is_not_null(values)?)?;
                    zip(&hit, &instead.to_scalar()?, values)?
                }
            };
        }
        Ok(RecordBatch::try_new(rows.schema(), columns)?)
    }
}

fn placeholder(data_type: &DataType) -> Option<ScalarValue> {
    match data_type {
        DataType::Utf8View => Some(ScalarValue::Utf8View(Some(ERASED.to_owned()))),
        nested if nested.is_nested() => None,
        other => ScalarValue::new_default(other).ok(),
    }
}
