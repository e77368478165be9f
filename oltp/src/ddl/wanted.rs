//! What the dictionary wants, as the statements that are missing.

use basalt_model::{Dictionary, Field, Object, SqlType, Trait};
use sha2::{Digest, Sha256};

use super::Step;
use super::computed;
use super::definition::{self, literal};
use super::existing::Existing;
use crate::error::{Error, Result};
use crate::sql::{crm, quoted, type_name};

/// The steps from what exists to what is wanted: tables and columns, then what spans tables.
pub(super) fn steps(dictionary: &Dictionary, existing: &Existing) -> Result<Vec<Step>> {
    let mut steps = Steps {
        list: Vec::new(),
        existing,
    };
    for object in dictionary.in_reference_order() {
        steps.table(object)?;
    }
    for object in dictionary.objects() {
        steps.constraints(dictionary, object)?;
        steps.indexes(object);
        steps.triggers(object);
    }
    steps.side_tables(dictionary);
    for object in dictionary.objects() {
        steps.formulas(object)?;
    }
    for object in dictionary.objects() {
        steps.roll_ups(dictionary, object)?;
    }
    Ok(steps.list)
}

struct Steps<'a> {
    list: Vec<Step>,
    existing: &'a Existing,
}

impl Steps<'_> {
    fn push(&mut self, summary: impl Into<String>, sql: impl Into<String>) {
        self.list.push(Step {
            summary: summary.into(),
            sql: sql.into(),
        });
    }

    fn table(&mut self, object: &Object) -> Result<()> {
        let sequence = definition::sequence(object);
        if object.number.is_some() && !self.existing.sequences.contains(&sequence) {
            self.push(
                format!("create sequence crm.{sequence}"),
                format!("create sequence {}", crm(&sequence)),
            );
        }
        if self.existing.tables.contains_key(&object.table) {
            self.columns(object)?;
        } else {
            let mut lines = Vec::new();
            for field in &object.fields {
                for (at, column) in field.columns().iter().enumerate() {
                    lines.push(format!(
                        "  {}",
                        definition::column(object, field, column, at)?
                    ));
                }
            }
            self.push(
                format!("create table crm.{}", object.table),
                format!(
                    "create table {} (\n{}\n){}",
                    crm(&object.table),
                    lines.join(",\n"),
                    if object.retained {
                        " partition by range (id)"
                    } else {
                        ""
                    }
                ),
            );
            if object.retained {
                self.push(
                    format!("make the first partitions of crm.{}", object.table),
                    format!("select sys.extend_partitions({})", literal(&object.table)),
                );
            }
        }
        self.numbering(object);
        if !self.existing.tables.contains_key(&object.table) {
            self.presets(object);
        }
        Ok(())
    }

    /// What a new table begins with.
    fn presets(&mut self, object: &Object) {
        for preset in &object.presets {
            let columns: Vec<String> = preset
                .keys()
                .filter_map(|name| object.field(name))
                .map(Field::column)
                .collect();
            let values: Vec<String> = preset
                .values()
                .map(|value| match value {
                    serde_json::Value::String(text) => literal(text),
                    other => other.to_string(),
                })
                .collect();
            self.push(
                format!("begin crm.{} with {}", object.table, values.join(", ")),
                format!(
                    "insert into {} ({}) values ({})",
                    crm(&object.table),
                    quoted_list(&columns),
                    values.join(", ")
                ),
            );
        }
    }

    fn columns(&mut self, object: &Object) -> Result<()> {
        let table = crm(&object.table);
        for field in &object.fields {
            for (at, column) in field.columns().iter().enumerate() {
                let place = format!("crm.{}.{}", object.table, column.name);
                let name = quoted(&column.name);
                let Some(there) = self.existing.column(&object.table, &column.name) else {
                    let definition = definition::column(object, field, column, at)?;
                    self.push(
                        format!("add column {place}"),
                        format!("alter table {table} add column {definition}"),
                    );
                    continue;
                };
                let wanted = type_name(column.sql_type);
                if there.type_name != wanted {
                    if !widens(&there.type_name, column.sql_type) {
                        let reason = format!(
                            "{place} is {} and can't become {wanted} without a migration",
                            there.type_name
                        );
                        return Err(Error::Migration(reason));
                    }
                    self.push(
                        format!("widen column {place} to {wanted}"),
                        format!(
                            "alter table {table} alter column {name} type {}",
                            definition::column_type(column)
                        ),
                    );
                }
                if there.not_null && column.nullable {
                    self.push(
                        format!("allow {place} to be empty"),
                        format!("alter table {table} alter column {name} drop not null"),
                    );
                }
                if !there.not_null && !column.nullable {
                    let reason = format!(
                        "{place} may be empty and can't become required without a migration"
                    );
                    return Err(Error::Migration(reason));
                }
            }
        }
        Ok(())
    }

    /// The rule that made the column's default is noted in its comment, so that a changed rule is seen.
    fn numbering(&mut self, object: &Object) {
        let Some(rule) = &object.number else { return };
        let noted = self
            .existing
            .column(&object.table, "number")
            .and_then(|column| column.comment.as_deref());
        let note = format!("numbering: {rule}");
        if noted != Some(note.as_str()) {
            let table = crm(&object.table);
            self.push(
                format!("set numbering of crm.{} to {rule}", object.table),
                format!(
                    "alter table {table} alter column number set default {};\ncomment on column {table}.number is {}",
                    definition::number(object, rule),
                    literal(&note)
                ),
            );
        }
    }

    fn constraint(&mut self, table: &str, constraint: &str, definition: &str) {
        if !self
            .existing
            .constraints
            .contains(&format!("{table}.{constraint}"))
        {
            self.push(
                format!("add constraint {constraint} to crm.{table}"),
                format!(
                    "alter table {} add constraint {} {definition}",
                    crm(table),
                    quoted(constraint)
                ),
            );
        }
    }

    fn constraints(&mut self, dictionary: &Dictionary, object: &Object) -> Result<()> {
        let table = object.table.as_str();
        for field in &object.fields {
            let column = field.column();
            if field.unique {
                self.constraint(
                    table,
                    &name(&[table, &column, "key"]),
                    &format!("unique ({})", quoted(&column)),
                );
            }
            // Rows in great number are facts of their time: they don't keep what they name from being removed.
            if let Some(target) = refers(field).and_then(|target| dictionary.object(target))
                && !object.retained
            {
                let definition = format!(
                    "foreign key ({}) references {} (id)",
                    quoted(&column),
                    crm(&target.table)
                );
                self.constraint(table, &name(&[table, &column, "fkey"]), &definition);
            }
            let check = match &field.check {
                Some(check) => {
                    let predicate = definition::check(dictionary, object, check)?;
                    let constraint = name(&[table, &field.name, "check", &fingerprint(&predicate)]);
                    self.constraint(table, &constraint, &format!("check ({predicate})"));
                    Some(constraint)
                }
                None => None,
            };
            self.drop_former_checks(object, field, check.as_deref());
        }
        for together in &object.unique {
            let columns = columns_of(object, together);
            let definition = format!("unique ({})", quoted_list(&columns));
            self.constraint(table, &name_of(table, &columns, "key"), &definition);
        }
        Ok(())
    }

    /// A check that was changed leaves its former self behind, which would still refuse.
    fn drop_former_checks(&mut self, object: &Object, field: &Field, current: Option<&str>) {
        let prefix = format!("{0}.{0}_{1}_check_", object.table, field.name);
        let former: Vec<String> = self
            .existing
            .constraints
            .iter()
            .filter(|found| found.starts_with(&prefix))
            .map(|found| found[object.table.len() + 1..].to_owned())
            .filter(|constraint| current != Some(constraint))
            .collect();
        for constraint in former {
            self.push(
                format!("drop former check {constraint} of crm.{}", object.table),
                format!(
                    "alter table {} drop constraint {}",
                    crm(&object.table),
                    quoted(&constraint)
                ),
            );
        }
    }

    fn indexes(&mut self, object: &Object) {
        let references = object
            .fields
            .iter()
            .filter(|field| refers(field).is_some())
            .map(|field| vec![field.column()]);
        let named = object
            .indexes
            .iter()
            .map(|together| columns_of(object, together));
        for columns in references.chain(named) {
            let index = name_of(&object.table, &columns, "idx");
            if !self.existing.indexes.contains(&index) {
                self.push(
                    format!("create index crm.{index}"),
                    format!(
                        "create index {} on {} ({})",
                        quoted(&index),
                        crm(&object.table),
                        quoted_list(&columns)
                    ),
                );
            }
        }
    }

    fn triggers(&mut self, object: &Object) {
        let table = crm(&object.table);
        let mut wanted = vec![(
            "touch",
            format!(
                "before update on {table} for each row when (old.* is distinct from new.*) execute function sys.touch()"
            ),
        )];
        if object.has(Trait::Audit) {
            let run = "for each statement execute function sys.audit_change()";
            wanted.extend([
                ("audit_insert", format!("after insert on {table} referencing new table as new_rows {run}")),
                (
                    "audit_update",
                    format!("after update on {table} referencing old table as old_rows new table as new_rows {run}"),
                ),
                ("audit_delete", format!("after delete on {table} referencing old table as old_rows {run}")),
                ("audit_truncate", format!("after truncate on {table} {run}")),
            ]);
        }
        if object.has(Trait::Pooled) {
            wanted.push((
                "b_pooled",
                format!("before insert or update on {table} for each row execute function sys.keep_pooled()"),
            ));
        }
        // Users and departments decide on rights.
        if matches!(object.name.as_str(), "user" | "department") {
            wanted.push((
                "access_changed",
                format!("after insert or update or delete or truncate on {table} for each statement execute function sys.access_changed()"),
            ));
        }
        // What customers do in other objects is noted among their behaviour.
        match object.name.as_str() {
            "customer" => wanted.push((
                "forget_behaviour",
                format!("after delete on {table} referencing old table as old_rows for each statement execute function sys.forget_customers()"),
            )),
            "order" => wanted.extend([
                (
                    "note_behaviour",
                    format!("after insert on {table} referencing new table as new_rows for each statement execute function sys.note_orders()"),
                ),
                (
                    "forget_behaviour",
                    format!("after delete on {table} referencing old table as old_rows for each statement execute function sys.forget_orders()"),
                ),
            ]),
            "message" => wanted.push((
                "note_behaviour",
                format!(
                    "after update on {table} for each row \
                     when (old.first_open_at is null and new.first_open_at is not null \
                        or old.first_click_at is null and new.first_click_at is not null) \
                     execute function sys.note_mail_read()"
                ),
            )),
            _ => {}
        }
        for (trigger, definition) in wanted {
            if !self
                .existing
                .triggers
                .contains(&format!("{}.{trigger}", object.table))
            {
                self.push(
                    format!("add trigger {trigger} to crm.{}", object.table),
                    format!("create trigger {trigger} {definition}"),
                );
            }
        }
    }

    /// One trigger fills all formulas of an object; its name tells which version of them it is.
    fn formulas(&mut self, object: &Object) -> Result<()> {
        let table = object.table.as_str();
        let prefix = format!("{table}.a_formula_");
        let former: Vec<String> = self
            .existing
            .triggers
            .iter()
            .filter(|found| found.starts_with(&prefix))
            .map(|found| found[table.len() + 1..].to_owned())
            .collect();
        let wanted = computed::formulas(object)?;
        let trigger = wanted
            .as_ref()
            .map(|wanted| format!("a_formula_{}", fingerprint(&wanted.body)));
        if former.as_slice() == trigger.as_slice() {
            return Ok(());
        }
        for old in &former {
            self.push(
                format!("drop former formulas of crm.{table}"),
                format!("drop trigger {} on {}", quoted(old), crm(table)),
            );
        }
        if let (Some(wanted), Some(trigger)) = (wanted, trigger) {
            let mut sql = vec![
                wanted.create,
                format!(
                    "create trigger {} before insert or update on {} for each row execute function sys.{}()",
                    quoted(&trigger),
                    crm(table),
                    quoted(&wanted.name)
                ),
            ];
            if self.existing.tables.contains_key(table) {
                // The trigger computes every row anew.
                sql.push(computed::derived(&format!(
                    "update {} set id = id",
                    crm(table)
                )));
            }
            self.push(
                format!("compute {} of crm.{table}", wanted.fields.join(", ")),
                sql.join(";\n"),
            );
        }
        Ok(())
    }

    fn roll_ups(&mut self, dictionary: &Dictionary, object: &Object) -> Result<()> {
        for field in &object.fields {
            let Some(roll_up) = &field.roll_up else {
                continue;
            };
            let triggers = computed::roll_up(dictionary, object, field, roll_up)?;
            let place = format!("{}.{}", triggers.child, triggers.marker);
            if !self.existing.triggers.contains(&place) {
                self.push(
                    format!(
                        "keep crm.{}.{} from crm.{}",
                        object.table,
                        field.column(),
                        triggers.child
                    ),
                    triggers.statements.join(";\n"),
                );
            }
        }
        Ok(())
    }

    /// Side tables come from migrations, which run before the business tables exist; their
    /// reference to the parent is added here.
    fn side_tables(&mut self, dictionary: &Dictionary) {
        for side in dictionary.side_tables() {
            let parent = side
                .parent_object
                .as_deref()
                .and_then(|name| dictionary.object(name));
            let (Some(column), Some(parent)) = (&side.parent_column, parent) else {
                continue;
            };
            let definition = format!(
                "foreign key ({}) references {} (id)",
                quoted(column),
                crm(&parent.table)
            );
            self.constraint(
                &side.table,
                &name(&[&side.table, column, "fkey"]),
                &definition,
            );
        }
    }
}

/// The object a column refers to by a foreign key. Who created or changed a row may be Basalt
/// itself, which is no user.
fn refers(field: &Field) -> Option<&str> {
    field
        .target()
        .filter(|_| !(field.system && field.name.ends_with("_by")))
}

fn columns_of(object: &Object, names: &[String]) -> Vec<String> {
    names
        .iter()
        .filter_map(|name| object.field(name))
        .map(Field::column)
        .collect()
}

fn quoted_list(columns: &[String]) -> String {
    columns
        .iter()
        .map(|column| quoted(column))
        .collect::<Vec<_>>()
        .join(", ")
}

fn name_of(table: &str, columns: &[String], ending: &str) -> String {
    let mut parts = vec![table];
    parts.extend(columns.iter().map(String::as_str));
    parts.push(ending);
    name(&parts)
}

/// Names of constraints and indexes, shortened to what Postgres takes without losing difference.
fn name(parts: &[&str]) -> String {
    let name = parts.join("_");
    if name.len() <= 63 {
        name
    } else {
        format!("{}_{}", &name[..54], fingerprint(&name))
    }
}

pub(super) fn fingerprint(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether every value of the old type is a value of the new one.
fn widens(old: &str, new: SqlType) -> bool {
    match new {
        SqlType::BigInt => old == "integer",
        SqlType::Text => old.starts_with("character varying"),
        SqlType::Numeric { precision, scale } => {
            let whole = precision - scale;
            match old {
                "integer" => whole >= 10,
                "bigint" => whole >= 19,
                _ => old
                    .strip_prefix("numeric(")
                    .and_then(|rest| rest.strip_suffix(')')?.split_once(','))
                    .and_then(|(p, s)| Some((p.parse::<u8>().ok()?, s.parse::<u8>().ok()?)))
                    .is_some_and(|(p, s)| scale >= s && whole >= p.saturating_sub(s)),
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_widening_types_pass() {
        let numeric = |precision, scale| SqlType::Numeric { precision, scale };
        assert!(widens("integer", SqlType::BigInt));
        assert!(widens("numeric(12,2)", numeric(18, 2)));
        assert!(widens("numeric(12,2)", numeric(18, 8)));
        assert!(!widens("numeric(18,2)", numeric(18, 8)));
        assert!(!widens("bigint", SqlType::Integer));
        assert!(!widens("text", SqlType::Date));
    }

    #[test]
    fn an_empty_database_gets_every_table() {
        let dictionary = Dictionary::standard();
        let steps = steps(&dictionary, &Existing::default()).unwrap();
        let tables = steps
            .iter()
            .filter(|step| step.summary.starts_with("create table"))
            .count();
        assert_eq!(tables, dictionary.objects().len());
        assert!(
            steps
                .iter()
                .any(|step| step.sql.contains(r#"check (("amount" >= 0))"#))
        );
    }
}
