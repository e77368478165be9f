//! The data dictionary: the single description of business objects from which tables, validation,
//! REST resources, forms, rights and the lake's tables follow.

mod catalog;
mod extension;
mod field;
mod object;
mod read;

use std::collections::{BTreeMap, BTreeSet};

pub use extension::{Entry, EntryKind};
pub use field::{
    ADDRESS_PARTS, Choice, Column, Field, FieldKind, GEO_PARTS, RollUp, RollUpFunction, SqlType,
};
pub use object::{
    Group, NumberPart, NumberRule, Object, Ownership, ParentOf, RightsFrom, Rule, Trait,
};
pub use read::{DictionaryError, Source};

use crate::formula::Type;
use crate::label::Label;

/// A list of choices that several fields share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionSet {
    pub name: String,
    pub label: Label,
    /// Its values exclude each other: no field may hold several.
    pub single: bool,
    pub options: Vec<Choice>,
}

/// A captured table that the system keeps beside an object: scores, members, events. Made by
/// migrations, not by the dictionary; listed here so that rights and conditions reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideTable {
    /// Table name in schema `crm`.
    pub table: String,
    /// Column that refers to the parent object; its rows' rights are those of the parent row.
    pub parent_column: Option<String>,
    pub parent_object: Option<String>,
    /// For a table without parent: readable by who may update this object.
    pub readable_with: Option<String>,
    /// Name in dotted condition paths (`customer.score.p_alive`); only for tables with at most
    /// one row a parent row.
    pub path: Option<String>,
    pub columns: Vec<SideColumn>,
}

/// A column of a side table that conditions may test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideColumn {
    pub name: String,
    pub label: Label,
    pub sql_type: SqlType,
}

/// All business objects and what they share.
#[derive(Debug, Clone)]
pub struct Dictionary {
    objects: Vec<Object>,
    by_name: BTreeMap<String, usize>,
    groups: Vec<Group>,
    option_sets: BTreeMap<String, OptionSet>,
    side_tables: Vec<SideTable>,
}

impl Dictionary {
    /// The objects that come with Basalt, embedded at build.
    ///
    /// # Panics
    /// Never in a build that passed its tests: the embedded catalog is read by one of them.
    pub fn standard() -> Self {
        Self::read(catalog::SHARED, catalog::OBJECTS)
            .unwrap_or_else(|error| unreachable!("the embedded catalog is tested: {error}"))
    }

    /// Reads a dictionary from TOML: one shared file and one file an object.
    ///
    /// # Errors
    /// Names the file and the key that is wrong, missing or unknown.
    pub fn read(shared: Source<'_>, objects: &[Source<'_>]) -> Result<Self, DictionaryError> {
        read::dictionary(shared, objects)
    }

    /// This dictionary with what administrators defined at run time.
    ///
    /// # Errors
    /// Names the definition and the key that make no sense.
    pub fn extended(&self, entries: &[Entry]) -> Result<Self, DictionaryError> {
        extension::extend(self, entries)
    }

    /// Adds an object whose names are free.
    fn add(&mut self, object: Object) -> Result<(), DictionaryError> {
        let clash = self.objects.iter().find(|other| {
            other.name == object.name
                || other.table == object.table
                || other.resource == object.resource
        });
        if let Some(other) = clash {
            return Err(read::meaning(
                &object.file,
                "object",
                format!("name, table or resource is taken by {}", other.file),
            ));
        }
        if let Some(side) = self
            .side_tables
            .iter()
            .find(|side| side.table == object.table)
        {
            return Err(read::meaning(
                &object.file,
                "object.table",
                format!("{} is a side table", side.table),
            ));
        }
        self.by_name.insert(object.name.clone(), self.objects.len());
        self.objects.push(object);
        Ok(())
    }

    /// The standard objects and further ones.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn standard_and(further: &[Source<'_>]) -> Result<Self, DictionaryError> {
        let mut all = catalog::OBJECTS.to_vec();
        all.extend_from_slice(further);
        Self::read(catalog::SHARED, &all)
    }

    /// Currency of `base` amounts.
    pub fn base_currency(&self) -> &'static str {
        crate::money::BASE_CURRENCY
    }

    /// The object with this dictionary name, such as `order`.
    pub fn object(&self, name: &str) -> Option<&Object> {
        self.by_name.get(name).map(|&at| &self.objects[at])
    }

    /// The object with this REST name, such as `orders`.
    pub fn by_resource(&self, resource: &str) -> Option<&Object> {
        self.objects
            .iter()
            .find(|object| object.resource == resource)
    }

    /// The object that lives in this table of schema `crm`, such as `sales_order`.
    pub fn by_table(&self, table: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.table == table)
    }

    /// All objects, in the catalog's order.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Groups of fields on forms, in order.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Shared lists of choices.
    pub fn option_sets(&self) -> impl Iterator<Item = &OptionSet> {
        self.option_sets.values()
    }

    /// Captured tables that the dictionary doesn't describe field by field.
    pub fn side_tables(&self) -> &[SideTable] {
        &self.side_tables
    }

    /// The side table that conditions reach from the object under this name, such as `score`.
    pub fn side_path(&self, object: &str, name: &str) -> Option<&SideTable> {
        self.side_tables.iter().find(|side| {
            side.path.as_deref() == Some(name) && side.parent_object.as_deref() == Some(object)
        })
    }

    /// Objects in an order in which every object comes after those its tables refer to, as far as
    /// there is one; references within a cycle point forward.
    pub fn in_reference_order(&self) -> Vec<&Object> {
        let mut done = BTreeSet::new();
        let mut order = Vec::with_capacity(self.objects.len());
        while order.len() < self.objects.len() {
            let ready: Vec<&Object> = self
                .objects
                .iter()
                .filter(|object| !done.contains(object.name.as_str()))
                .filter(|object| {
                    object
                        .references()
                        .all(|(_, target)| target == object.name || done.contains(target))
                })
                .collect();
            let next = if ready.is_empty() {
                self.objects
                    .iter()
                    .filter(|object| !done.contains(object.name.as_str()))
                    .take(1)
                    .collect()
            } else {
                ready
            };
            for object in next {
                done.insert(object.name.as_str());
                order.push(object);
            }
        }
        order
    }

    /// Checks what a single file can't know: references, parents, titles, lists, conditions.
    fn check(&self) -> Result<(), DictionaryError> {
        for object in &self.objects {
            let refuse = |key: String, reason: String| {
                Err(DictionaryError::Meaning {
                    file: object.file.clone(),
                    key,
                    reason,
                })
            };
            if object.field(&object.title).is_none() {
                return refuse(
                    "object.title".into(),
                    format!("there is no field {:?}", object.title),
                );
            }
            for ParentOf {
                field,
                object: parent,
            } in object.rights.parents()
            {
                let Some(found) = object.field(&field) else {
                    return refuse(
                        "object.rights.field".into(),
                        format!("there is no field {field:?}"),
                    );
                };
                if found.target() != Some(parent.as_str()) {
                    return refuse(
                        "object.rights.parent".into(),
                        format!("{field:?} does not refer to {parent:?}"),
                    );
                }
            }
            if self.parent_circle(object, &object.name, 0) {
                return refuse("object.rights".into(), "the parents form a circle".into());
            }
            for path in &object.list_columns {
                if let Err(error) = crate::condition::resolve(self, object, path, None) {
                    return refuse("object.list".into(), error.message.en);
                }
            }
            for name in object.unique.iter().chain(&object.indexes).flatten() {
                if object.field(name).is_none() {
                    return refuse(
                        "object.unique or index".into(),
                        format!("there is no field {name:?}"),
                    );
                }
            }
            for field in &object.fields {
                if let Some(target) = field.target()
                    && self.object(target).is_none()
                {
                    return refuse(
                        format!("field.{}.reference", field.name),
                        format!("there is no object {target:?}"),
                    );
                }
                if !self.groups.iter().any(|group| group.name == field.group) {
                    return refuse(
                        format!("field.{}.group", field.name),
                        format!("there is no group {:?}", field.group),
                    );
                }
                for (key, condition) in [
                    ("check", &field.check),
                    ("required_when", &field.required_when),
                    ("shown_when", &field.shown_when),
                ] {
                    if let Some(condition) = condition
                        && let Err(error) = condition.check(self, &object.name)
                    {
                        return refuse(format!("field.{}.{key}", field.name), error.to_string());
                    }
                }
            }
            for field in &object.fields {
                if let Err(reason) = self.check_computed(object, field) {
                    return refuse(format!("field.{}", field.name), reason);
                }
            }
            if let Some(archive) = &object.archive {
                match archive.check(self, &object.name) {
                    Ok(checked) if checked.joins().is_empty() => {}
                    Ok(_) => return refuse("object.archive".into(), "stays within the row".into()),
                    Err(error) => return refuse("object.archive".into(), error.to_string()),
                }
            }
            for (name, value) in object.presets.iter().flatten() {
                let fits = object.field(name).is_some_and(|field| {
                    field.columns().len() == 1 && field.read_json(value).is_ok()
                });
                if !fits {
                    return refuse(
                        "object.preset".into(),
                        format!("{value} does not go into a field {name:?}"),
                    );
                }
            }
            for rule in &object.rules {
                let key = format!("rule.{}", rule.name);
                if let Err(error) = rule.when.check(self, &object.name) {
                    return refuse(format!("{key}.when"), error.to_string());
                }
                if let Some(field) = &rule.field
                    && object.field(field).is_none()
                {
                    return refuse(
                        format!("{key}.field"),
                        format!("there is no field {field:?}"),
                    );
                }
            }
        }
        Ok(())
    }

    /// Formulas and roll-ups give what their field holds.
    fn check_computed(&self, object: &Object, field: &Field) -> Result<(), String> {
        let fits = |found: Type| {
            let wanted = match field.sql_type() {
                SqlType::Text => Type::Text,
                SqlType::Bool => Type::Bool,
                SqlType::Date => Type::Date,
                SqlType::Instant => Type::Instant,
                _ => Type::Number,
            };
            // Anything can be shown as text.
            if found == wanted || found == Type::Nothing || wanted == Type::Text {
                Ok(())
            } else {
                Err(format!("gives {found:?} where the field holds {wanted:?}"))
            }
        };
        if let Some(formula) = &field.formula {
            if formula.columns().contains(&field.name.as_str()) {
                return Err("the formula refers to its own field".to_owned());
            }
            fits(formula.check(object)?)?;
            // Set by the database after the formulas.
            let late = ["updated_at", "updated_by", "version"];
            if let Some(name) = formula.columns().iter().find(|name| late.contains(name)) {
                return Err(format!("{name} can't be computed with"));
            }
        }
        if let Some(roll_up) = &field.roll_up {
            let child = self
                .object(&roll_up.object)
                .ok_or_else(|| format!("there is no object {:?}", roll_up.object))?;
            let refers = child
                .field(&roll_up.field)
                .is_some_and(|field| field.target() == Some(object.name.as_str()));
            if !refers {
                return Err(format!(
                    "{}.{} does not refer to {}",
                    child.name, roll_up.field, object.name
                ));
            }
            let of = match &roll_up.of {
                None => None,
                Some(of) => Some(
                    crate::formula::column_of(child, of)
                        .ok_or_else(|| format!("there is no field {of:?} to compute over"))?
                        .1,
                ),
            };
            match (roll_up.function, of) {
                (RollUpFunction::Count, _) => fits(Type::Number)?,
                (RollUpFunction::Sum | RollUpFunction::Average, Some(Type::Number)) => {
                    fits(Type::Number)?;
                }
                (RollUpFunction::Min | RollUpFunction::Max, Some(found)) => fits(found)?,
                (function, _) => return Err(format!("{function:?} needs a fitting field in `of`")),
            }
            if let Some(when) = &roll_up.when {
                let checked = when
                    .check(self, &child.name)
                    .map_err(|error| error.to_string())?;
                if !checked.joins().is_empty() {
                    return Err("the condition of a roll-up stays within the row".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Whether a way over the parents of `at` leads back to `start`.
    fn parent_circle(&self, at: &Object, start: &str, depth: usize) -> bool {
        depth <= self.objects.len()
            && at.rights.parents().iter().any(|parent| {
                parent.object == start
                    || self
                        .object(&parent.object)
                        .is_some_and(|next| self.parent_circle(next, start, depth + 1))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_dictionary_is_sound() {
        let dictionary =
            Dictionary::read(catalog::SHARED, catalog::OBJECTS).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(dictionary.objects().len(), catalog::OBJECTS.len());
        for object in dictionary.objects() {
            assert!(
                !object.label.en.is_empty() && !object.label.zh.is_empty(),
                "{}",
                object.name
            );
            for field in &object.fields {
                assert!(
                    !field.label.en.is_empty() && !field.label.zh.is_empty(),
                    "{}.{}",
                    object.name,
                    field.name
                );
            }
        }
    }

    #[test]
    fn referred_objects_come_first() {
        let dictionary = Dictionary::standard();
        let order: Vec<&str> = dictionary
            .in_reference_order()
            .iter()
            .map(|o| o.name.as_str())
            .collect();
        let at = |name: &str| order.iter().position(|n| *n == name).unwrap();
        assert!(
            at("customer") < at("contact")
                && at("order") < at("order_line")
                && at("order") < at("payment")
        );
        assert_eq!(order.len(), dictionary.objects().len());
    }

    fn read_with(object: &str) -> Result<Dictionary, DictionaryError> {
        let mut all = catalog::OBJECTS.to_vec();
        all.push(Source {
            file: "x/thing.toml",
            text: object,
        });
        Dictionary::read(catalog::SHARED, &all)
    }

    const HEAD: &str = "[object]\nname='thing'\ntable='thing'\nresource='things'\narea='x'\ntitle='name'\nownership='user'\n\
        rights='own'\nlabel={en='T',zh='物'}\nlabel_plural={en='T',zh='物'}\nlist=['name']\n[[field]]\nname='name'\nlabel={en='N',zh='名'}\n";

    #[test]
    fn errors_name_file_and_key() {
        let message = |tail: &str| read_with(&format!("{HEAD}{tail}")).unwrap_err().to_string();
        assert!(read_with(&format!("{HEAD}type='text'\n")).is_ok());
        let unknown = message("type='text'\ncolour='red'\n");
        assert!(
            unknown.contains("x/thing.toml") && unknown.contains("colour"),
            "{unknown}"
        );
        let kind = message("type='texts'\n");
        assert!(
            kind.contains("x/thing.toml") && kind.contains("field.name.type"),
            "{kind}"
        );
        let reference = message(
            "type='text'\n[[field]]\nname='b'\nlabel={en='B',zh='乙'}\ntype='reference'\nreference='nothing'\n",
        );
        assert!(reference.contains("field.b.reference"), "{reference}");
        let reserved = message(
            "type='text'\n[[field]]\nname='version'\nlabel={en='B',zh='乙'}\ntype='integer'\n",
        );
        assert!(reserved.contains("version"), "{reserved}");
        let check = message("type='text'\ncheck={field='nome',op='eq',value='x'}\n");
        assert!(check.contains("field.name.check"), "{check}");
    }
}
