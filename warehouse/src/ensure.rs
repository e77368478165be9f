//! Creates a table of the lake, or brings it to a changed definition.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

use crate::delta::log::Log;
use crate::hot::keys::KeyCodec;
use crate::open::half;
use crate::stash::Stash;
use crate::state::{Definition, Entry, Shared, Side, history_schema};
use crate::{Error, Result, TableDef, TableName, history, schema};

/// See [`Lake::ensure_table`](crate::Lake::ensure_table).
pub(crate) async fn ensure(lake: &Shared, def: &TableDef) -> Result<()> {
    if lake.follows {
        return Err(Error::Config(
            "this lake was opened to be read beside the process that writes it".to_owned(),
        ));
    }
    check_name(&def.name)?;
    history::check(def)?;
    def.key_columns()?;
    let wanted = def.schema()?;
    let _flushing = lake.flushing.lock().await;
    let _turn = lake.turn.lock().await;
    let known = {
        let state = lake.state();
        let twin = state
            .tables
            .keys()
            .find(|other| other.name == def.name.name && other.schema != def.name.schema);
        if let Some(twin) = twin {
            return Err(schema_error(
                &def.name,
                format!("{twin} keeps its history under the same name"),
            ));
        }
        state.tables.get(&def.name).map(|entry| {
            (
                entry.definition.clone(),
                entry.current.live.schema.clone(),
                entry.history.live.schema.clone(),
            )
        })
    };
    match known {
        None => create(lake, def, wanted).await,
        Some((definition, current, history)) => {
            evolve(lake, def, &wanted, &definition, &current, &history).await
        }
    }
}

async fn create(lake: &Shared, def: &TableDef, current: SchemaRef) -> Result<()> {
    let definition = Definition::of(def);
    let history = history_schema(None, &current);
    let shape = definition.shape(&def.name, &current, &history)?;
    let json = definition.to_json();
    let keyless = KeyCodec::new(Vec::new(), &history)?;
    // The current table comes last: a lake is known by it, so a crash in between is made good here.
    let history = open_or_create(lake, &def.name, Side::History, &history, &json).await?;
    let current = open_or_create(lake, &def.name, Side::Current, &current, &json).await?;
    let entry = Entry {
        current: half(
            &lake.config,
            &lake.store,
            &def.name,
            Side::Current,
            current,
            shape.codec.clone(),
            &def.key,
        ),
        history: half(
            &lake.config,
            &lake.store,
            &def.name,
            Side::History,
            history,
            keyless,
            &def.key,
        ),
        definition,
        shape,
        copying: false,
        since: None,
        renewing: false,
        stale: None,
        stash: Stash::default(),
    };
    lake.state().tables.insert(def.name.clone(), entry);
    Ok(())
}

async fn open_or_create(
    lake: &Shared,
    name: &TableName,
    side: Side,
    schema: &SchemaRef,
    definition: &str,
) -> Result<Log> {
    let (store, folder, app_id) = (
        lake.store.clone(),
        side.folder(name),
        side.app_id(&lake.config, name),
    );
    match Log::open(store.clone(), name.clone(), folder.clone(), app_id.clone()).await? {
        None => {
            let retention = lake.config.retention;
            Log::create(
                store,
                name.clone(),
                folder,
                app_id,
                schema,
                definition,
                retention,
            )
            .await
        }
        Some(log) if *log.schema() == **schema => Ok(log),
        Some(_) => Err(schema_error(
            name,
            format!("folder {folder} holds another Delta table"),
        )),
    }
}

async fn evolve(
    lake: &Shared,
    def: &TableDef,
    wanted: &SchemaRef,
    known: &Definition,
    current: &SchemaRef,
    history: &SchemaRef,
) -> Result<()> {
    let definition = Definition::of(def);
    if known.key != definition.key {
        return Err(schema_error(
            &def.name,
            format!(
                "its key changed from {:?} to {:?}",
                known.key, definition.key
            ),
        ));
    }
    check_renames(def, known)?;
    if let Some(again) = definition.columns.iter().find(|column| {
        current.field_with_name(&column.name).is_ok()
            && !known.columns.iter().any(|known| known.name == column.name)
    }) {
        return Err(schema_error(
            &def.name,
            format!("column `{}` was dropped and added again", again.name),
        ));
    }
    let new_current = merge(&def.name, current, wanted)?;
    let new_history = history_schema(Some(history), &new_current);
    if new_current == *current && definition == *known {
        return Ok(());
    }
    let shape = definition.shape(&def.name, &new_current, &new_history)?;
    let keyless = KeyCodec::new(Vec::new(), &new_history)?;
    let widened = current
        .fields()
        .iter()
        .zip(new_current.fields())
        .any(|(before, after)| before.data_type() != after.data_type());
    let (current_disk, history_disk) = {
        let mut state = lake.state();
        let entry = state.entry(&def.name)?;
        (entry.current.disk.clone(), entry.history.disk.clone())
    };
    // Widened types are declared by the flush that rewrites the files, so that no reader meets
    // files of another type than the table's.
    if !widened {
        let json = definition.to_json();
        history_disk
            .log
            .lock()
            .await
            .evolve(&new_history, &json)
            .await?;
        current_disk
            .log
            .lock()
            .await
            .evolve(&new_current, &json)
            .await?;
    }
    let mut state = lake.state();
    let entry = state.entry(&def.name)?;
    entry.history.live.evolve(new_history, keyless)?;
    entry
        .current
        .live
        .evolve(new_current, shape.codec.clone())?;
    for half in [&mut entry.history, &mut entry.current] {
        half.rewrite |= widened;
    }
    entry.definition = definition;
    entry.shape = shape;
    Ok(())
}

/// Known columns keep their places, in widened types where asked for; new ones follow.
fn merge(table: &TableName, known: &SchemaRef, wanted: &SchemaRef) -> Result<SchemaRef> {
    let mut fields = Vec::new();
    for field in known.fields() {
        let Ok(new) = wanted.field_with_name(field.name()) else {
            fields.push(field.as_ref().clone());
            continue;
        };
        if !schema::widens(field.data_type(), new.data_type()) {
            return Err(schema_error(
                table,
                format!(
                    "column `{}` changed from {} to {}",
                    field.name(),
                    field.data_type(),
                    new.data_type()
                ),
            ));
        }
        fields.push(Field::new(field.name(), new.data_type().clone(), true));
    }
    let new = wanted
        .fields()
        .iter()
        .filter(|field| known.field_with_name(field.name()).is_err());
    fields.extend(new.map(|field| field.as_ref().clone()));
    Ok(Arc::new(Schema::new(fields)))
}

/// Old rows would show the wrong values under a reused name, and none under a new one.
fn check_renames(def: &TableDef, known: &Definition) -> Result<()> {
    for column in &def.columns {
        let same_id = known
            .columns
            .iter()
            .find(|known| column.source_id > 0 && known.source_id == column.source_id);
        let same_name = known.columns.iter().find(|known| known.name == column.name);
        match (same_id, same_name) {
            (Some(before), None) => {
                return Err(schema_error(
                    &def.name,
                    format!("column `{}` was renamed to `{}`", before.name, column.name),
                ));
            }
            (_, Some(before)) if before.source_id != column.source_id => {
                return Err(schema_error(
                    &def.name,
                    format!("column `{}` was dropped and added again", column.name),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Names become folders, so they are kept to characters that every store and URL takes as they are.
fn check_name(name: &TableName) -> Result<()> {
    let plain = |text: &str| {
        !text.is_empty()
            && !text.starts_with(['_', '.'])
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    if name.schema == crate::delta::store::HISTORY || !plain(&name.schema) || !plain(&name.name) {
        return Err(schema_error(
            name,
            "its name can't be a folder of the lake (ASCII letters, digits, `_`, `-`; the schema `history` is taken)".to_owned(),
        ));
    }
    Ok(())
}

fn schema_error(table: &TableName, detail: String) -> Error {
    Error::Schema {
        table: table.clone(),
        detail,
    }
}
