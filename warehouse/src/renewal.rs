//! What a new copy makes of a table's columns, whatever became of them in the source.
//!
//! A column is known by the source's own number. Renamed or widened, it keeps its values under its
//! new name; of another type it begins anew, and the history keeps the older values in a column
//! `<name>_before_<n>`. A column the source has dropped stays, unless its name is needed.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

use crate::hot::prepare::Shape;
use crate::state::{Definition, Entry};
use crate::{Result, TableDef, history, schema};

/// A table as it will be, and where its columns have their values until then.
#[derive(Debug)]
pub(crate) struct Renewal {
    pub(crate) definition: Definition,
    pub(crate) shape: Shape,
    pub(crate) current: Columns,
    pub(crate) history: Columns,
    /// The Delta tables get new metadata.
    pub(crate) changes: bool,
}

/// A schema, and for each of its columns the name of the one that holds its values now.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) schema: SchemaRef,
    pub(crate) from: Vec<Option<String>>,
    /// Files must be written anew for readers to find the values: names or types change. (Added
    /// columns need none.)
    pub(crate) moves_values: bool,
}

impl Columns {
    fn same(schema: &SchemaRef) -> Self {
        let from = schema
            .fields()
            .iter()
            .map(|field| Some(field.name().clone()));
        Self {
            schema: schema.clone(),
            from: from.collect(),
            moves_values: false,
        }
    }

    fn of(columns: Vec<(Field, Option<String>)>, before: &Schema) -> Self {
        let moves = |(field, from): &(Field, Option<String>)| {
            from.as_ref().is_some_and(|from| {
                let before = before.field_with_name(from);
                from != field.name()
                    || before.is_ok_and(|before| before.data_type() != field.data_type())
            })
        };
        let moves_values = columns.iter().any(moves);
        let (fields, from): (Vec<_>, _) = columns.into_iter().unzip();
        Self {
            schema: Arc::new(Schema::new(fields)),
            from,
            moves_values,
        }
    }
}

impl Renewal {
    /// The table stays as it is.
    pub(crate) fn none(entry: &Entry) -> Self {
        Self {
            definition: entry.definition.clone(),
            shape: entry.shape.clone(),
            current: Columns::same(&entry.current.live.schema),
            history: Columns::same(&entry.history.live.schema),
            changes: false,
        }
    }

    /// The table becomes `def`.
    ///
    /// # Errors
    /// A definition no table can have.
    pub(crate) fn of(def: &TableDef, entry: &Entry) -> Result<Self> {
        history::check(def)?;
        def.key_columns()?;
        let wanted = def.schema()?;
        let known = &entry.definition;
        // The column of `def` that a present column of this name has become.
        let becomes = |name: &str| {
            let known = known.columns.iter().find(|column| column.name == name)?;
            let number = known.source_id;
            def.columns.iter().position(|column| {
                if number > 0 {
                    column.source_id == number
                } else {
                    column.name == name
                }
            })
        };
        let fits = |field: &Field, position: usize| {
            schema::widens(field.data_type(), wanted.field(position).data_type())
        };
        let mut current = Vec::new();
        let mut placed = BTreeSet::new();
        for field in entry.current.live.schema.fields() {
            match becomes(field.name()) {
                Some(position) => {
                    placed.insert(position);
                    let from = fits(field, position).then(|| field.name().clone());
                    current.push((wanted.field(position).clone(), from));
                }
                None if wanted.field_with_name(field.name()).is_err() => {
                    current.push((field.as_ref().clone(), Some(field.name().clone())));
                }
                None => {}
            }
        }
        let rest = (0..wanted.fields().len()).filter(|position| !placed.contains(position));
        current.extend(rest.map(|position| (wanted.field(position).clone(), None)));
        let current = Columns::of(current, &entry.current.live.schema);

        let history = history_columns(entry, &current.schema, &wanted, becomes);
        let definition = Definition::of(def);
        Ok(Self {
            shape: definition.shape(&def.name, &current.schema, &history.schema)?,
            changes: true,
            definition,
            current,
            history,
        })
    }
}

/// Does the history keep older values of a column under this name?
pub(crate) fn is_before(name: &str, column: &str) -> bool {
    let rest = name.strip_prefix(column);
    let number = rest.and_then(|rest| rest.strip_prefix("_before_"));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

fn history_columns(
    entry: &Entry,
    current: &SchemaRef,
    wanted: &SchemaRef,
    becomes: impl Fn(&str) -> Option<usize>,
) -> Columns {
    let before = &entry.history.live.schema;
    let own = history::schema(&Schema::empty());
    let is_own = |name: &str| own.field_with_name(name).is_ok();
    let mut columns: Vec<(Field, Option<String>)> = Vec::new();
    let mut placed = BTreeSet::new();
    for field in before.fields() {
        let name = field.name();
        // Without a known column: one of this name may be there from a renewal that was cut off.
        let target = if is_own(name) {
            None
        } else {
            becomes(name).or_else(|| wanted.index_of(name).ok())
        };
        let target = target.filter(|position| {
            schema::widens(field.data_type(), wanted.field(*position).data_type())
                && placed.insert(*position)
        });
        let new = match target {
            Some(position) => wanted.field(position).clone(),
            None => {
                let taken = |name: &str| {
                    !is_own(name)
                        && (wanted.field_with_name(name).is_ok()
                            || columns.iter().any(|(field, _)| field.name() == name))
                };
                let mut kept = name.clone();
                for n in 1.. {
                    if !taken(&kept) {
                        break;
                    }
                    kept = format!("{name}_before_{n}");
                }
                Field::new(kept, field.data_type().clone(), true)
            }
        };
        columns.push((new, Some(name.clone())));
    }
    for field in current.fields() {
        if !columns
            .iter()
            .any(|(known, _)| known.name() == field.name())
        {
            columns.push((field.as_ref().clone(), None));
        }
    }
    Columns::of(columns, before)
}
