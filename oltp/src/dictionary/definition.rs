//! From what an administrator sends to a definition in the catalog's vocabulary.

use basalt_model::dictionary::{Choice, Dictionary, Entry, EntryKind};
use basalt_model::{Label, Problem};
use serde_json::{Map, Value as Json, json};

use super::names;
use crate::error::{Error, FieldError, Result};

/// Keys of an object's definition that stand beside its fields.
const OBJECT_KEYS: [&str; 13] = [
    "name",
    "label",
    "label_plural",
    "number",
    "ownership",
    "rights",
    "traits",
    "list",
    "unique",
    "index",
    "search",
    "fields",
    "rule",
];

/// A new definition.
pub(super) fn added(
    before: &Dictionary,
    kind: EntryKind,
    object: &str,
    given: &Json,
) -> Result<Entry> {
    let mut given = map(given)?;
    let name = given
        .get("name")
        .and_then(Json::as_str)
        .ok_or_else(|| Error::field("name", Problem::required()))?;
    let name = names::prefixed(name).map_err(|problem| Error::field("name", problem))?;
    given.insert("name".to_owned(), json!(name));
    labelled(&given, "label")?;
    let refuse = |what: &str| Err(Error::field("name", names::taken(what)));
    let (object, definition) = match kind {
        EntryKind::OptionSet => {
            if before.option_sets().any(|set| set.name == name) {
                return refuse(&name);
            }
            (String::new(), Json::Object(given))
        }
        EntryKind::Object => {
            if before.object(&name).is_some() || before.by_resource(&plural(&name)).is_some() {
                return refuse(&name);
            }
            (String::new(), new_object(&name, given)?)
        }
        EntryKind::Field => {
            let on = before.object(object).ok_or(Error::NotFound)?;
            let bare = name.strip_prefix(names::PREFIX).unwrap_or(&name);
            // `customer.x_name` beside `customer.name` would mislead everyone who reads it.
            for name in [name.as_str(), bare] {
                if on.field_or_column(name).is_some() {
                    return refuse(name);
                }
            }
            (on.name.clone(), Json::Object(given))
        }
    };
    Ok(Entry {
        kind,
        object,
        name,
        definition,
    })
}

/// A definition that exists, or that of something standard, after a change.
pub(super) fn changed(
    base: &Dictionary,
    before: &Dictionary,
    entries: &[Entry],
    kind: EntryKind,
    object: &str,
    name: &str,
    patch: &Json,
) -> Result<Entry> {
    let patch = map(patch)?;
    if patch.contains_key("name") || patch.contains_key("type") {
        let key = if patch.contains_key("name") {
            "name"
        } else {
            "type"
        };
        return Err(Error::field(key, settled()));
    }
    let fixed: &[&str] = match kind {
        EntryKind::OptionSet => &["single"],
        EntryKind::Object => &[
            "table",
            "resource",
            "area",
            "title",
            "ownership",
            "rights",
            "traits",
            "unique",
            "index",
            "fields",
        ],
        EntryKind::Field => &["reference", "option_set", "unique", "roll_up"],
    };
    if let Some(key) = patch.keys().find(|key| fixed.contains(&key.as_str())) {
        return Err(Error::field(key.clone(), settled()));
    }
    let there = match kind {
        EntryKind::OptionSet => before.option_sets().any(|set| set.name == name),
        EntryKind::Object => before.object(name).is_some(),
        EntryKind::Field => before
            .object(object)
            .is_some_and(|object| object.field(name).is_some()),
    };
    if !there {
        return Err(Error::NotFound);
    }
    let offered = match kind {
        EntryKind::Field => before
            .object(object)
            .and_then(|object| object.field(name))
            .map(|field| field.choices().to_vec()),
        EntryKind::OptionSet => before
            .option_sets()
            .find(|set| set.name == name)
            .map(|set| set.options.clone()),
        EntryKind::Object => None,
    };
    options_kept(&offered.unwrap_or_default(), &patch)?;
    if let Some(there) = before.object(name)
        && kind == EntryKind::Object
        && there.number.is_none()
        && patch.contains_key("number")
    {
        return Err(Error::field("number", settled()));
    }
    for key in ["label", "label_plural"] {
        if patch.contains_key(key) {
            labelled(&patch, key)?;
        }
    }
    let stored = entries
        .iter()
        .find(|entry| entry.kind == kind && entry.object == object && entry.name == name)
        .map(|entry| entry.definition.clone());
    let mut definition = match (stored, kind) {
        (Some(stored), _) => stored,
        // A standard set is taken over as it is, then changed.
        (None, EntryKind::OptionSet) => base.option_sets().find(|set| set.name == name).map_or(
            Json::Null,
            |set| json!({"name": set.name, "label": set.label, "options": set.options}),
        ),
        (None, _) => json!({}),
    };
    // An object of one's own keeps what belongs to the object apart from its fields and rules.
    if kind == EntryKind::Object && base.object(name).is_none() {
        let mut patch = patch;
        if let Some(rule) = patch.shift_remove("rule") {
            definition["rule"] = if rule.is_null() { json!([]) } else { rule };
        }
        merge(&mut definition["object"], patch);
    } else {
        merge(&mut definition, patch);
    }
    Ok(entry(kind, object, name, definition))
}

fn settled() -> Problem {
    Problem::new("readonly", "can't be changed afterwards", "创建后不可修改")
}

/// Rows may hold any value that was ever offered.
fn options_kept(offered: &[Choice], patch: &Map<String, Json>) -> Result<()> {
    let Some(given) = patch.get("options") else {
        return Ok(());
    };
    let given: Vec<&str> = given
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|option| option.get("value")?.as_str())
        .collect();
    let gone = offered
        .iter()
        .find(|choice| !given.contains(&choice.value.as_str()));
    match gone {
        None => Ok(()),
        Some(gone) => Err(Error::field(
            "options",
            Problem::new(
                "in_use",
                format!(
                    "lack {:?}, which may be in use: switch it off instead",
                    gone.value
                ),
                format!("缺少可能仍在使用的选项“{}”，请改为停用", gone.value),
            ),
        )),
    }
}

fn entry(kind: EntryKind, object: &str, name: &str, definition: Json) -> Entry {
    Entry {
        kind,
        object: object.to_owned(),
        name: name.to_owned(),
        definition,
    }
}

fn merge(target: &mut Json, patch: Map<String, Json>) {
    let Json::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.shift_remove(&key);
        } else {
            target.insert(key, value);
        }
    }
}

fn new_object(name: &str, mut given: Map<String, Json>) -> Result<Json> {
    if let Some(unknown) = given
        .keys()
        .find(|key| !OBJECT_KEYS.contains(&key.as_str()))
    {
        return Err(Error::field(
            unknown.clone(),
            Problem::new("unknown", "is not a key", "不是有效的键"),
        ));
    }
    labelled(&given, "label_plural")?;
    let mut fields = vec![json!({
        "name": "name", "label": { "en": "Name", "zh": "名称" }, "type": "text", "required": true,
    })];
    if let Some(given) = given.shift_remove("fields") {
        let Json::Array(given) = given else {
            return Err(Error::field(
                "fields",
                Problem::new("type", "is not a list", "不是列表"),
            ));
        };
        for (at, field) in given.iter().enumerate() {
            fields.push(own_field(field).map_err(|error| within(error, at))?);
        }
    }
    let rule = given.shift_remove("rule").unwrap_or_else(|| json!([]));
    given.insert("table".to_owned(), json!(name));
    given.insert("resource".to_owned(), json!(plural(name)));
    given.insert("area".to_owned(), json!("custom"));
    given.insert("title".to_owned(), json!("name"));
    for (key, default) in [
        ("ownership", json!("user")),
        ("traits", json!(["audit", "recycle", "import", "export"])),
        ("list", json!(["name"])),
    ] {
        given.entry(key).or_insert(default);
    }
    let rights = if given.get("ownership") == Some(&json!("none")) {
        "public"
    } else {
        "own"
    };
    given.entry("rights").or_insert(json!(rights));
    Ok(json!({ "object": given, "field": fields, "rule": rule }))
}

/// A field that comes with its object.
fn own_field(field: &Json) -> Result<Json> {
    let mut field = map(field)?;
    labelled(&field, "label")?;
    let given = field.get("name").and_then(Json::as_str).unwrap_or_default();
    // The title's label may be chosen.
    if given == "name" {
        return Err(Error::field(
            "name",
            Problem::new("taken", "is there by itself", "名称字段已自动创建"),
        ));
    }
    let name = names::prefixed(given).map_err(|problem| Error::field("name", problem))?;
    field.insert("name".to_owned(), json!(name));
    Ok(Json::Object(field))
}

fn within(error: Error, at: usize) -> Error {
    match error {
        Error::Validation(errors) => Error::Validation(
            errors
                .into_iter()
                .map(|error| FieldError {
                    field: format!("fields[{at}].{}", error.field),
                    ..error
                })
                .collect(),
        ),
        other => other,
    }
}

fn map(json: &Json) -> Result<Map<String, Json>> {
    match json {
        Json::Object(map) => Ok(map.clone()),
        _ => Err(Error::field(
            "definition",
            Problem::new("type", "is not an object", "不是对象"),
        )),
    }
}

/// Labels stand in both languages.
fn labelled(given: &Map<String, Json>, key: &str) -> Result<()> {
    let label: Option<Label> = given
        .get(key)
        .and_then(|label| serde_json::from_value(label.clone()).ok());
    let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= 100;
    if label.is_some_and(|label| fits(&label.en) && fits(&label.zh)) {
        return Ok(());
    }
    Err(Error::field(
        key,
        Problem::new(
            "label",
            "needs a text in English and Chinese, at most 100 characters each",
            "需要中英文名称，各不超过 100 个字符",
        ),
    ))
}

fn plural(name: &str) -> String {
    if name.ends_with('s') {
        format!("{name}es")
    } else {
        format!("{name}s")
    }
}
