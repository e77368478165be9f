//! Schema changes: what a new `Relation` message means for the table in the lake.
//!
//! | change | what happens |
//! |---|---|
//! | column added, null in older rows | added to the table |
//! | column dropped | kept, null from there on |
//! | `smallint`→`integer`→`bigint`, `real`→`double precision`, more digits of a `numeric`, any text to any text | widened |
//! | column added with a default | added, and the table is copied again: older rows hold a value the stream does not send |
//! | anything else (renamed, other type, other key) | the table is copied again, with its new columns |
//!
//! What the lake has is served until the copy is complete; rows that are equal leave no trace in the
//! history. The other tables go on.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::SchemaRef;
use basalt_warehouse::ChangeBatch;

use crate::catalog::CapturedTable;
use crate::error::Malformed;
use crate::pgoutput::RelationColumn;
use crate::rows::Layout;
use crate::types::Codec;

/// How rows of a relation are read into a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub layout: Layout,
    /// How each column of the table is read; older than the table's own type after a widening.
    pub codecs: Vec<Codec>,
}

/// The shape of a relation whose columns the table all knows; `None`: the catalog must be asked.
pub(crate) fn known_shape(table: &CapturedTable, relation: &[RelationColumn]) -> Option<Shape> {
    let known = |column: &RelationColumn| {
        table
            .def
            .columns
            .iter()
            .zip(&table.sources)
            .any(|(def, source)| {
                def.name == column.name && *source == (column.type_oid, column.modifier)
            })
    };
    relation.iter().all(known).then(|| Shape {
        layout: layout(table, relation),
        codecs: table.codecs.clone(),
    })
}

/// The shape of a relation that differs in types; `codec` resolves a column of the relation.
///
/// # Errors
/// The values can't be read as what the table holds now.
pub(crate) fn shape(
    table: &CapturedTable,
    relation: &[RelationColumn],
    codec: impl Fn(&RelationColumn) -> Option<Codec>,
) -> Result<Shape, String> {
    let layout = layout(table, relation);
    let mut codecs = table.codecs.clone();
    for (position, place) in layout.iter().enumerate() {
        let Some(place) = place else { continue };
        let column = &relation[*place];
        let now = &table.codecs[position];
        match codec(column) {
            Some(sent) if widens(&sent, now) => codecs[position] = sent,
            _ => {
                return Err(format!(
                    "column {} changed its type in a way that can't be followed",
                    column.name
                ));
            }
        }
    }
    Ok(Shape { layout, codecs })
}

fn layout(table: &CapturedTable, relation: &[RelationColumn]) -> Layout {
    let place = |name: &str| relation.iter().position(|column| column.name == name);
    table
        .def
        .columns
        .iter()
        .map(|column| place(&column.name))
        .collect()
}

/// A table after a change of its columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evolved {
    pub table: CapturedTable,
    /// Older rows hold values the lake does not know.
    pub copy_again: bool,
}

/// The table after the catalog showed `now`: columns of `before` keep their places, new ones follow.
///
/// # Errors
/// Why the change can't be followed.
pub(crate) fn evolve(before: &CapturedTable, now: &CapturedTable) -> Result<Evolved, String> {
    let mut copy_again = false;
    if before.oid != now.oid {
        return Err("the table was dropped and created again".into());
    }
    let mut after = before.clone();
    after.estimated_rows = now.estimated_rows;
    for (position, old) in before.def.columns.iter().enumerate() {
        let found = now
            .def
            .columns
            .iter()
            .position(|new| new.source_id == old.source_id);
        let Some(found) = found else {
            if before.key.contains(&position) {
                return Err(format!("key column {} was dropped", old.name));
            }
            continue;
        };
        let new = &now.def.columns[found];
        if new.name != old.name {
            return Err(format!("column {} was renamed to {}", old.name, new.name));
        }
        if !widens(&before.codecs[position], &now.codecs[found]) {
            return Err(format!(
                "column {} changed its type from {} to {}",
                old.name, old.data_type, new.data_type
            ));
        }
        after.def.columns[position].data_type = new.data_type.clone();
        after.codecs[position] = now.codecs[found].clone();
        after.sources[position] = now.sources[found];
    }
    for (position, new) in now.def.columns.iter().enumerate() {
        if before
            .def
            .columns
            .iter()
            .any(|old| old.source_id == new.source_id)
        {
            continue;
        }
        copy_again |= now.with_default.contains(&new.source_id);
        if before.def.columns.iter().any(|old| old.name == new.name) {
            return Err(format!("column {} was dropped and added again", new.name));
        }
        let mut column = new.clone();
        column.nullable = true;
        after.def.columns.push(column);
        after.codecs.push(now.codecs[position].clone());
        after.sources.push(now.sources[position]);
    }
    if before.def.key != now.def.key {
        return Err(format!(
            "its key changed from ({}) to ({})",
            before.def.key.join(", "),
            now.def.key.join(", ")
        ));
    }
    Ok(Evolved {
        table: after,
        copy_again,
    })
}

/// Can every value of `from` be held as `to`?
fn widens(from: &Codec, to: &Codec) -> bool {
    match (from, to) {
        _ if from == to => true,
        (Codec::Int16, Codec::Int32 | Codec::Int64)
        | (Codec::Int32, Codec::Int64)
        | (Codec::Float32, Codec::Float64) => true,
        (
            Codec::Decimal { precision, scale },
            Codec::Decimal {
                precision: to_precision,
                scale: to_scale,
            },
        ) => {
            let whole = |precision: u8, scale: i8| i16::from(precision) - i16::from(scale);
            to_scale >= scale && whole(*to_precision, *to_scale) >= whole(*precision, *scale)
        }
        _ => false,
    }
}

/// Brings a batch read under an older shape into the table's present schema.
///
/// # Errors
/// A value that does not fit, which a widening excludes.
pub(crate) fn conform(batch: ChangeBatch, schema: &SchemaRef) -> Result<ChangeBatch, Malformed> {
    if batch.rows.schema() == *schema {
        return Ok(batch);
    }
    let rows = batch.rows.num_rows();
    let columns = schema
        .fields()
        .iter()
        .enumerate()
        .map(
            |(position, field)| -> Result<ArrayRef, arrow::error::ArrowError> {
                match batch.rows.columns().get(position) {
                    Some(array) if array.data_type() == field.data_type() => Ok(Arc::clone(array)),
                    Some(array) => {
                        let options = CastOptions {
                            safe: false,
                            ..CastOptions::default()
                        };
                        cast_with_options(array, field.data_type(), &options)
                    }
                    None => Ok(new_null_array(field.data_type(), rows)),
                }
            },
        )
        .collect::<Result<Vec<_>, _>>();
    let rows = columns
        .and_then(|columns| RecordBatch::try_new(Arc::clone(schema), columns))
        .map_err(|error| Malformed::new(error.to_string()))?;
    Ok(ChangeBatch { rows, ..batch })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::two_columns;
    use basalt_warehouse::ColumnDef;

    fn with(table: &CapturedTable, name: &str, number: i32, codec: Codec) -> CapturedTable {
        let mut table = table.clone();
        table.def.columns.push(ColumnDef {
            name: name.into(),
            data_type: codec.data_type(),
            nullable: true,
            source_id: number,
        });
        table.codecs.push(codec);
        table.sources.push((20, -1));
        table
    }

    #[test]
    fn an_added_column_follows_the_old_ones() {
        let before = two_columns();
        let Evolved {
            table: after,
            copy_again,
        } = evolve(&before, &with(&before, "more", 3, Codec::Int64)).unwrap();
        assert!(!copy_again);
        assert_eq!(after.def.columns[2].name, "more");
        assert_eq!(after.codecs[2], Codec::Int64);
    }

    #[test]
    fn a_default_needs_a_copy() {
        let before = two_columns();
        let mut now = with(&before, "more", 3, Codec::Int64);
        now.with_default = vec![3];
        assert!(evolve(&before, &now).unwrap().copy_again);
    }

    #[test]
    fn a_dropped_column_stays_and_a_key_can_not_go() {
        let before = two_columns();
        let mut now = before.clone();
        now.def.columns.pop();
        now.codecs.pop();
        now.sources.pop();
        assert_eq!(evolve(&before, &now).unwrap().table.def.columns.len(), 2);
        let mut now = before.clone();
        now.def.columns.remove(0);
        now.codecs.remove(0);
        now.sources.remove(0);
        assert!(evolve(&before, &now).is_err());
    }

    #[test]
    fn renames_and_other_types_are_refused() {
        let before = two_columns();
        let mut now = before.clone();
        now.def.columns[1].name = "memo".into();
        assert!(evolve(&before, &now).unwrap_err().contains("renamed"));
        let mut now = before.clone();
        now.codecs[0] = Codec::Text;
        assert!(evolve(&before, &now).unwrap_err().contains("type"));
        let mut now = before.clone();
        now.codecs[0] = Codec::Int64;
        assert_eq!(evolve(&before, &now).unwrap().table.codecs[0], Codec::Int64);
    }
}
