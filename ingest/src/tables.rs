//! The tables a stream follows, and how its row messages find their builders.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use basalt_warehouse::{Lsn, TableName};

use crate::catalog::CapturedTable;
use crate::error::Malformed;
use crate::pgoutput::{RelationColumn, RowMessage, Tuple};
use crate::relation::{Shape, conform, known_shape};
use crate::rows::{self, Layout, Row, RowBuffer};
use crate::transaction::{OpenTransaction, SEAL_BYTES, SEAL_ROWS};

/// One table of the stream.
#[derive(Debug)]
pub(crate) struct FollowedTable {
    pub captured: CapturedTable,
    /// What the lake's batches look like.
    pub schema: SchemaRef,
    /// The columns as the stream announced them last; rows before that can't be read.
    pub relation: Option<Vec<RelationColumn>>,
    layout: Layout,
    buffer: RowBuffer,
    /// Transactions that end at or below are in the lake already.
    pub after: Lsn,
    /// While the table is being copied: where the stream was when the copy was asked for. The
    /// source must not forget what follows.
    pub copying_since: Option<Lsn>,
    /// Where the source was when `captured` was read from its catalog.
    pub seen_at: Lsn,
    /// Its rows can't be read as what `captured` says; they are in the copy that is under way, or in
    /// the one after it.
    pub covered: bool,
    /// Why it has to be copied once more when the copy under way has ended.
    pub again: Option<String>,
    /// No longer followed.
    pub failed: bool,
}

impl FollowedTable {
    pub fn new(captured: CapturedTable, after: Lsn) -> Self {
        Self {
            schema: rows::schema(&captured),
            relation: None,
            layout: Layout::new(),
            buffer: RowBuffer::new(&captured, &captured.codecs),
            captured,
            after,
            copying_since: None,
            seen_at: Lsn::ZERO,
            covered: false,
            again: None,
            failed: false,
        }
    }

    pub fn name(&self) -> &TableName {
        self.captured.name()
    }

    /// Follows the table as `captured` from now on, which begins with a copy. Rows that still come
    /// in columns of before are in it.
    pub fn renew(&mut self, captured: CapturedTable, seen_at: Lsn, since: Lsn) {
        let relation = self.relation.take();
        *self = Self::new(captured, self.after);
        self.seen_at = seen_at;
        self.copying_since = Some(since);
        self.take_relation(relation.unwrap_or_default());
    }

    /// While the table is copied: its rows come with these columns from now on.
    /// `false`: they are not those it is copied with.
    pub fn take_relation(&mut self, relation: Vec<RelationColumn>) -> bool {
        // Without columns nothing was announced yet, and no row comes before that.
        match known_shape(&self.captured, &relation) {
            Some(shape) => self.reshape(self.captured.clone(), shape, relation),
            None => {
                self.covered = true;
                self.relation = Some(relation);
            }
        }
        !self.covered
    }

    /// Rows come in `shape` from now on; the table is as `captured`.
    pub fn reshape(
        &mut self,
        captured: CapturedTable,
        shape: Shape,
        relation: Vec<RelationColumn>,
    ) {
        self.schema = rows::schema(&captured);
        self.buffer = RowBuffer::new(&captured, &shape.codecs);
        self.layout = shape.layout;
        self.captured = captured;
        self.relation = Some(relation);
        self.covered = false;
    }
}

/// What a row message did.
pub(crate) enum Taken {
    /// It went to its builder, or concerns nothing that is captured.
    Done,
    /// The table at this place can't be followed any more.
    Broken(usize, Malformed),
}

/// All tables of a stream. Places never change; a table that fails keeps its own.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    list: Vec<FollowedTable>,
    by_name: HashMap<TableName, usize>,
    by_oid: HashMap<u32, usize>,
}

impl Tables {
    /// Adds a table and returns its place; one that is there already is followed anew.
    pub fn add(&mut self, table: FollowedTable) -> usize {
        if let Some(place) = self.place(table.name()) {
            self.list[place] = table;
            return place;
        }
        let place = self.list.len();
        self.by_name.insert(table.name().clone(), place);
        self.list.push(table);
        place
    }

    pub fn place(&self, name: &TableName) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub fn place_of(&self, oid: u32) -> Option<usize> {
        self.by_oid.get(&oid).copied()
    }

    /// The stream calls the table at `place` by this oid.
    pub fn announce(&mut self, oid: u32, place: usize) {
        self.by_oid.insert(oid, place);
    }

    pub fn get(&self, place: usize) -> &FollowedTable {
        &self.list[place]
    }

    pub fn get_mut(&mut self, place: usize) -> &mut FollowedTable {
        &mut self.list[place]
    }

    pub fn is_copying(&self) -> bool {
        self.list.iter().any(|table| table.copying_since.is_some())
    }

    /// The lowest position a copy still needs from the source.
    pub fn needed_by_copies(&self) -> Option<Lsn> {
        self.list
            .iter()
            .filter_map(|table| table.copying_since)
            .min()
    }

    /// A new session: oids and columns will be announced again, half a transaction is void.
    pub fn forget_session(&mut self) {
        self.by_oid.clear();
        for table in &mut self.list {
            table.buffer = RowBuffer::new(&table.captured, &table.captured.codecs);
            table.relation = None;
            table.covered = false;
        }
    }

    /// The places of the tables that are followed.
    pub fn followed(&self) -> Vec<usize> {
        let places = (0..self.list.len()).filter(|place| !self.list[*place].failed);
        places.collect()
    }

    /// Takes in a row message whose tuples are `old` and `new`.
    pub fn take(
        &mut self,
        transaction: &mut OpenTransaction,
        message: &[u8],
        row: &RowMessage,
        old: &Tuple,
        new: &Tuple,
    ) -> Taken {
        let (old, new) = (
            Row {
                message,
                cells: old,
            },
            Row {
                message,
                cells: new,
            },
        );
        let (place, result) = match row {
            RowMessage::Insert { relation } => {
                let Some(place) = self.active(*relation, transaction) else {
                    return Taken::Done;
                };
                let table = &mut self.list[place];
                (place, table.buffer.insert(&table.layout, new))
            }
            RowMessage::Update { relation, has_old } => {
                let Some(place) = self.active(*relation, transaction) else {
                    return Taken::Done;
                };
                let table = &mut self.list[place];
                (
                    place,
                    table
                        .buffer
                        .update(&table.layout, new, has_old.then_some(old)),
                )
            }
            RowMessage::Delete { relation } => {
                let Some(place) = self.active(*relation, transaction) else {
                    return Taken::Done;
                };
                let table = &mut self.list[place];
                (place, table.buffer.delete(&table.layout, old))
            }
            RowMessage::Truncate { relations } => {
                for relation in relations {
                    if let Some(place) = self.active(*relation, transaction) {
                        self.list[place].buffer.truncate();
                        transaction.touch(place);
                    }
                }
                return Taken::Done;
            }
            RowMessage::Relation(_) | RowMessage::Type => return Taken::Done,
        };
        transaction.touch(place);
        transaction.buffer(message.len());
        let result = result.and_then(|()| {
            let buffer = &self.list[place].buffer;
            if buffer.rows() >= SEAL_ROWS || buffer.bytes() >= SEAL_BYTES {
                self.seal(place, transaction)
            } else {
                Ok(())
            }
        });
        match result {
            Ok(()) => Taken::Done,
            Err(error) => Taken::Broken(place, error),
        }
    }

    /// The place of a relation that is followed and for which this transaction is new.
    fn active(&self, oid: u32, transaction: &OpenTransaction) -> Option<usize> {
        let place = self.place_of(oid)?;
        let table = &self.list[place];
        (!table.failed && !table.covered && transaction.commit_record >= table.after)
            .then_some(place)
    }

    /// Moves the rows in a table's builders into the transaction.
    pub fn seal(
        &mut self,
        place: usize,
        transaction: &mut OpenTransaction,
    ) -> Result<(), Malformed> {
        let table = &mut self.list[place];
        if table.buffer.is_empty() {
            return Ok(());
        }
        let bytes = table.buffer.bytes();
        let batch = conform(table.buffer.take()?, &table.schema)?;
        transaction.unrepresentable(place, table.buffer.take_unrepresentable());
        transaction.seal(place, bytes, batch);
        Ok(())
    }

    /// Brings what a transaction holds of a table into the table's present schema.
    pub fn conform_sealed(
        &self,
        place: usize,
        transaction: &mut OpenTransaction,
    ) -> Result<(), Malformed> {
        let schema: &Arc<_> = &self.list[place].schema;
        for (owner, batch) in &mut transaction.sealed {
            if *owner == place {
                *batch = conform(batch.clone(), schema)?;
            }
        }
        Ok(())
    }

    /// The table is no longer followed; its rows in the open transaction are dropped.
    pub fn fail(&mut self, place: usize, transaction: Option<&mut OpenTransaction>) {
        let table = &mut self.list[place];
        table.failed = true;
        table.copying_since = None;
        table.buffer = RowBuffer::new(&table.captured, &table.captured.codecs);
        if let Some(transaction) = transaction {
            transaction.forget(place);
        }
    }
}
