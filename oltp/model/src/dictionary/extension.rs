//! What administrators define at run time: objects, fields and option sets in the catalog's own
//! vocabulary, and adjustments (labels, lists, rules, demands) of what comes with Basalt.

use serde::Deserialize;
use serde_json::Value as Json;

use super::Dictionary;
use super::field::{Choice, Field, FieldKind};
use super::object::{NumberRule, Object, Rule};
use super::read::{self, DictionaryError, FieldEntry, ObjectFile, OptionSetEntry, meaning};
use crate::condition::Condition;
use crate::label::Label;

/// The most fields that administrators may add to one object, and options to one list.
const MAX_FIELDS: usize = 300;
const MAX_OPTIONS: usize = 1000;

/// One definition made at run time.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub kind: EntryKind,
    /// The object a field belongs to; empty for objects and option sets.
    pub object: String,
    pub name: String,
    /// In the vocabulary of the catalog; of a standard object or field only what is adjusted.
    pub definition: Json,
}

/// What a definition is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    OptionSet,
    Object,
    Field,
}

impl EntryKind {
    /// As it is stored: `option_set`, `object`, `field`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::OptionSet => "option_set",
            Self::Object => "object",
            Self::Field => "field",
        }
    }

    /// The kind with this tag.
    pub fn of_tag(tag: &str) -> Option<Self> {
        [Self::OptionSet, Self::Object, Self::Field]
            .into_iter()
            .find(|kind| kind.tag() == tag)
    }
}

impl Entry {
    /// Stands for the catalog file in errors.
    fn place(&self) -> String {
        match self.kind {
            EntryKind::Field => format!("{}.{}", self.object, self.name),
            _ => self.name.clone(),
        }
    }

    fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, DictionaryError> {
        serde_json::from_value(self.definition.clone()).map_err(|error| DictionaryError::Syntax {
            file: self.place(),
            reason: error.to_string(),
        })
    }
}

/// What may be changed of an object that comes with Basalt.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectAdjustment {
    label: Option<Label>,
    label_plural: Option<Label>,
    list: Option<Vec<String>>,
    number: Option<String>,
    search: Option<bool>,
    #[serde(default)]
    rule: Vec<Rule>,
}

/// What may be changed of a field that comes with Basalt.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldAdjustment {
    label: Option<Label>,
    help: Option<Label>,
    group: Option<String>,
    /// May only demand more than the catalog does.
    #[serde(default)]
    required: bool,
    required_when: Option<Condition>,
    shown_when: Option<Condition>,
    search: Option<bool>,
}

pub(super) fn extend(base: &Dictionary, entries: &[Entry]) -> Result<Dictionary, DictionaryError> {
    let mut dictionary = base.clone();
    let of_kind = |kind| entries.iter().filter(move |entry| entry.kind == kind);
    for entry in of_kind(EntryKind::OptionSet) {
        option_set(&mut dictionary, entry)?;
    }
    for entry in of_kind(EntryKind::Object) {
        match dictionary.by_name.get(&entry.name).copied() {
            Some(at) => adjust_object(&mut dictionary.objects[at], entry)?,
            None => {
                let definition: ObjectFile = entry.read()?;
                let object = read::object(&entry.place(), definition, &dictionary.option_sets)?;
                if object.name != entry.name {
                    return Err(meaning(&entry.place(), "object.name", "can't be changed"));
                }
                dictionary.add(Object {
                    custom: true,
                    ..object
                })?;
            }
        }
    }
    for entry in of_kind(EntryKind::Field) {
        let Some(at) = dictionary.by_name.get(&entry.object).copied() else {
            let reason = format!("there is no object {:?}", entry.object);
            return Err(meaning(&entry.place(), "object", reason));
        };
        if dictionary.objects[at].field(&entry.name).is_some() {
            adjust_field(&mut dictionary.objects[at], entry)?;
        } else {
            add_field(&mut dictionary, at, entry)?;
        }
    }
    dictionary.check()?;
    Ok(dictionary)
}

fn option_set(dictionary: &mut Dictionary, entry: &Entry) -> Result<(), DictionaryError> {
    let definition: OptionSetEntry = entry.read()?;
    let mut set = read::option_set(&entry.place(), definition)?;
    if set.options.is_empty() || set.options.len() > MAX_OPTIONS {
        let reason = format!("a list has 1 to {MAX_OPTIONS} options");
        return Err(meaning(&entry.place(), "options", reason));
    }
    if let Some(before) = dictionary.option_sets.get(&entry.name) {
        set.single |= before.single;
        still_there(&entry.place(), &before.options, &set.options)?;
    }
    for field in dictionary
        .objects
        .iter_mut()
        .flat_map(|object| &mut object.fields)
        .filter(|field| field.option_set.as_deref() == Some(entry.name.as_str()))
    {
        if let FieldKind::Choice { options } | FieldKind::MultiChoice { options } = &mut field.kind
        {
            options.clone_from(&set.options);
        }
    }
    dictionary.option_sets.insert(entry.name.clone(), set);
    Ok(())
}

/// Rows may hold any value that was ever offered: options are switched off, never taken away.
fn still_there(place: &str, before: &[Choice], after: &[Choice]) -> Result<(), DictionaryError> {
    let gone = before
        .iter()
        .find(|old| !after.iter().any(|new| new.value == old.value));
    match gone {
        Some(gone) => Err(meaning(
            place,
            "options",
            format!(
                "{:?} may be in use: switch it off instead of leaving it out",
                gone.value
            ),
        )),
        None => Ok(()),
    }
}

fn adjust_object(object: &mut Object, entry: &Entry) -> Result<(), DictionaryError> {
    let change: ObjectAdjustment = entry.read()?;
    if let Some(label) = change.label {
        object.label = label;
    }
    if let Some(label) = change.label_plural {
        object.label_plural = label;
    }
    if let Some(list) = change.list {
        object.list_columns = list;
    }
    if let Some(rule) = change.number {
        if object.number.is_none() {
            return Err(meaning(
                &entry.place(),
                "number",
                "its records have no number",
            ));
        }
        object.number = Some(number(&entry.place(), &rule)?);
    }
    object.search = change.search.unwrap_or(object.search);
    object.rules.extend(change.rule);
    Ok(())
}

fn number(place: &str, rule: &str) -> Result<NumberRule, DictionaryError> {
    rule.parse()
        .map_err(|reason: String| meaning(place, "number", reason))
}

fn adjust_field(object: &mut Object, entry: &Entry) -> Result<(), DictionaryError> {
    let change: FieldAdjustment = entry.read()?;
    let title = object.title == entry.name;
    let Some(field) = object
        .fields
        .iter_mut()
        .find(|field| field.name == entry.name)
    else {
        return Ok(());
    };
    if field.system && (change.required || change.required_when.is_some()) {
        return Err(meaning(
            &entry.place(),
            "required",
            "is set by Basalt and can't be demanded",
        ));
    }
    if title && change.shown_when.is_some() {
        return Err(meaning(
            &entry.place(),
            "shown_when",
            "names the record and is always shown",
        ));
    }
    if let Some(label) = change.label {
        field.label = label;
    }
    if let Some(help) = change.help {
        field.help = Some(help);
    }
    if let Some(group) = change.group {
        field.group = group;
    }
    if change.required && !field.required {
        // The column stays as it is: older rows may be empty.
        field.required = true;
        field.sparse = true;
    }
    field.required_when = change.required_when.or(field.required_when.take());
    field.shown_when = change.shown_when.or(field.shown_when.take());
    field.search = change.search.unwrap_or(field.search);
    Ok(())
}

fn add_field(dictionary: &mut Dictionary, at: usize, entry: &Entry) -> Result<(), DictionaryError> {
    let place = entry.place();
    let definition: FieldEntry = entry.read()?;
    if definition.name != entry.name {
        return Err(meaning(&place, "name", "can't be changed"));
    }
    read::check_name(&place, "name", &entry.name)?;
    let field = read::field(&place, "field", definition, &dictionary.option_sets)?;
    if field.choices().len() > MAX_OPTIONS {
        let reason = format!("a list has 1 to {MAX_OPTIONS} options");
        return Err(meaning(&place, "field.options", reason));
    }
    let object = &mut dictionary.objects[at];
    if object.fields.iter().filter(|field| field.custom).count() >= MAX_FIELDS {
        let reason = format!("{} has {MAX_FIELDS} fields of its own already", object.name);
        return Err(meaning(&place, "object", reason));
    }
    // After the object's own fields, before those that every object has.
    let after = object
        .fields
        .iter()
        .rposition(|field| !field.system)
        .map_or(object.fields.len(), |last| last + 1);
    object.fields.insert(
        after,
        Field {
            custom: true,
            sparse: true,
            ..field
        },
    );
    read::columns_are_distinct(&place, &object.fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(kind: EntryKind, object: &str, name: &str, definition: Json) -> Entry {
        Entry {
            kind,
            object: object.into(),
            name: name.into(),
            definition,
        }
    }

    fn refused(entries: &[Entry]) -> String {
        Dictionary::standard()
            .extended(entries)
            .unwrap_err()
            .to_string()
    }

    fn label(text: &str) -> Json {
        json!({"en": text, "zh": text})
    }

    #[test]
    fn a_field_joins_the_object_before_the_system_fields() {
        let field = json!({"name":"x_size","label":label("Size"),"type":"integer","required":true});
        let dictionary = Dictionary::standard()
            .extended(&[entry(EntryKind::Field, "customer", "x_size", field)])
            .unwrap();
        let customer = dictionary.object("customer").unwrap();
        let size = customer.field("x_size").unwrap();
        assert!(size.custom && size.nullable());
        let at = |name: &str| customer.fields.iter().position(|f| f.name == name).unwrap();
        assert!(at("origin") < at("x_size") && at("x_size") < at("owner"));
    }

    #[test]
    fn columns_can_not_be_shared_and_options_not_be_lost() {
        let money = json!({"name":"x_fee","label":label("Fee"),"type":"money"});
        let clash = json!({"name":"x_fee_rate","label":label("Rate"),"type":"percent"});
        let message = refused(&[
            entry(EntryKind::Field, "order", "x_fee", money),
            entry(EntryKind::Field, "order", "x_fee_rate", clash),
        ]);
        assert!(message.contains("x_fee_rate"), "{message}");
        let fewer = json!({"name":"region","label":label("Region"),"options":[{"value":"north","label":label("N")}]});
        let message = refused(&[entry(EntryKind::OptionSet, "", "region", fewer)]);
        assert!(message.contains("switch it off"), "{message}");
        let several =
            json!({"name":"x_r","label":label("R"),"type":"multi_choice","option_set":"region"});
        let message = refused(&[entry(EntryKind::Field, "customer", "x_r", several)]);
        assert!(message.contains("exclude each other"), "{message}");
    }

    #[test]
    fn standard_fields_may_be_renamed_and_demanded_but_not_loosened() {
        let change = json!({"label":{"en":"Account name","zh":"账户名称"}});
        let city = json!({"required":true});
        let dictionary = Dictionary::standard()
            .extended(&[
                entry(EntryKind::Field, "customer", "name", change),
                entry(EntryKind::Field, "customer", "city", city),
            ])
            .unwrap();
        let customer = dictionary.object("customer").unwrap();
        assert_eq!(customer.field("name").unwrap().label.en, "Account name");
        let city = customer.field("city").unwrap();
        assert!(city.required && city.nullable());
        let type_change = json!({"type":"integer"});
        let message = refused(&[entry(EntryKind::Field, "customer", "name", type_change)]);
        assert!(message.contains("type"), "{message}");
    }
}
