//! The data dictionary as the caller may see it: what lists, forms and filters are built from.

use axum::{Json, extract::State};
use basalt_model::{Action, Condition, Dictionary, Field, Object};
use basalt_oltp::dictionary::layout::{self, Layout};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{App, caller::Caller, problem::Result};

#[derive(Serialize, ToSchema)]
pub struct Meta {
    objects: Vec<MetaObject>,
    /// Lists of choices that fields may share.
    option_sets: Vec<MetaOptionSet>,
}

#[derive(Serialize, ToSchema)]
pub struct MetaOptionSet {
    name: String,
    label: MetaLabel,
    options: Vec<MetaOption>,
}

#[derive(Serialize, ToSchema)]
pub struct MetaObject {
    name: String,
    /// Path of the records below `/api/v1/`.
    resource: String,
    label: MetaLabel,
    label_plural: MetaLabel,
    area: String,
    /// The field whose value names a record to people.
    title: String,
    traits: Vec<String>,
    fields: Vec<MetaField>,
    /// Columns of the standard list; dotted paths reach over references.
    list_columns: Vec<String>,
    rights: MetaRights,
    /// Added by an administrator.
    custom: bool,
    /// Rows that are refused.
    rules: Vec<MetaRule>,
    /// Forms for the caller; the first whose `shown_for` holds is used. Without any, fields stand by their group.
    layouts: Vec<MetaLayout>,
}

#[derive(Serialize, ToSchema)]
pub struct MetaLayout {
    id: i64,
    /// A condition on the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    shown_for: Option<Value>,
    sections: Vec<MetaSection>,
}

#[derive(Serialize, ToSchema)]
pub struct MetaSection {
    label: MetaLabel,
    fields: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct MetaRule {
    name: String,
    /// A condition; a row for which it holds is refused.
    #[schema(value_type = Object)]
    when: Value,
    message: MetaLabel,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct MetaLabel {
    en: String,
    zh: String,
}

#[derive(Serialize, ToSchema)]
pub struct MetaField {
    name: String,
    /// The key in records: `customer_id` of the reference `customer`.
    key: String,
    label: MetaLabel,
    kind: String,
    group: String,
    required: bool,
    unique: bool,
    /// Never written by the caller: set by Basalt, or not within their rights.
    readonly: bool,
    /// One of the fields every object has.
    system: bool,
    /// Personal data.
    personal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<MetaLabel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    default: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    options: Vec<MetaOption>,
    /// Object that a reference points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Added by an administrator.
    custom: bool,
    /// The shared list its options come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    option_set: Option<String>,
    /// A condition under which it must not be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    required_when: Option<Value>,
    /// A condition under which forms show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    shown_when: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct MetaOption {
    value: String,
    label: MetaLabel,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<String>,
    /// Offered for new values.
    active: bool,
}

#[derive(Serialize, ToSchema)]
pub struct MetaRights {
    create: bool,
    read: bool,
    update: bool,
    delete: bool,
    import: bool,
    export: bool,
}

/// The data dictionary
///
/// Objects that the caller may not read and fields that are hidden from them are absent.
#[utoipa::path(get, path = "/api/v1/meta", operation_id = "meta", tag = "dictionary", responses((status = 200, body = Meta)))]
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Json<Meta>> {
    let dictionary: &Dictionary = &app.db().dictionary();
    let layouts = layout::of_principal(app.db(), &caller).await?;
    let objects = dictionary
        .objects()
        .iter()
        .filter(|object| caller.can(&object.name, Action::Read))
        .map(|object| describe(&caller, dictionary, object, &layouts))
        .collect();
    let option_sets = dictionary
        .option_sets()
        .map(|set| MetaOptionSet {
            name: set.name.clone(),
            label: label(&set.label),
            options: set.options.iter().map(option).collect(),
        })
        .collect();
    Ok(Json(Meta {
        objects,
        option_sets,
    }))
}

fn form(form: &Layout) -> MetaLayout {
    let section = |section: &layout::Section| MetaSection {
        label: label(&section.label),
        fields: section.fields.clone(),
    };
    MetaLayout {
        id: form.id,
        shown_for: form
            .shown_for
            .as_ref()
            .and_then(|when| serde_json::to_value(when).ok()),
        sections: form.sections.iter().map(section).collect(),
    }
}

fn option(choice: &basalt_model::dictionary::Choice) -> MetaOption {
    MetaOption {
        value: choice.value.clone(),
        label: label(&choice.label),
        color: choice.color.clone(),
        active: choice.active,
    }
}

/// A condition that speaks of a hidden field is not told.
fn told(
    caller: &Caller,
    dictionary: &Dictionary,
    object: &Object,
    when: &Condition,
) -> Option<Value> {
    when.check_for(dictionary, &object.name, caller).ok()?;
    serde_json::to_value(when).ok()
}

fn describe(
    caller: &Caller,
    dictionary: &Dictionary,
    object: &Object,
    layouts: &[Layout],
) -> MetaObject {
    let may = |action| caller.can(&object.name, action);
    let seen = |path: &str| !caller.is_hidden(&object.name, path);
    MetaObject {
        name: object.name.clone(),
        resource: object.resource.clone(),
        label: label(&object.label),
        label_plural: label(&object.label_plural),
        area: object.area.clone(),
        title: object.title.clone(),
        traits: object
            .traits
            .iter()
            .filter_map(|t| serde_json::to_value(t).ok()?.as_str().map(str::to_owned))
            .collect(),
        fields: object
            .fields
            .iter()
            .filter(|field| seen(&field.name))
            .map(|field| describe_field(caller, dictionary, object, field))
            .collect(),
        list_columns: object
            .list_columns
            .iter()
            .filter(|path| seen(path))
            .cloned()
            .collect(),
        rights: MetaRights {
            create: may(Action::Create),
            read: may(Action::Read),
            update: may(Action::Update),
            delete: may(Action::Delete),
            import: may(Action::Import),
            export: may(Action::Export),
        },
        custom: object.custom,
        rules: object
            .rules
            .iter()
            .filter_map(|rule| {
                Some(MetaRule {
                    name: rule.name.clone(),
                    when: told(caller, dictionary, object, &rule.when)?,
                    message: label(&rule.message),
                    field: rule.field.clone().filter(|field| seen(field)),
                })
            })
            .collect(),
        layouts: layouts
            .iter()
            .filter(|layout| layout.object == object.name)
            .map(form)
            .collect(),
    }
}

fn describe_field(
    caller: &Caller,
    dictionary: &Dictionary,
    object: &Object,
    field: &Field,
) -> MetaField {
    let condition = |when: &Option<Condition>| {
        when.as_ref()
            .and_then(|when| told(caller, dictionary, object, when))
    };
    MetaField {
        name: field.name.clone(),
        key: field.column(),
        label: label(&field.label),
        kind: field.kind.name().to_owned(),
        group: field.group.clone(),
        required: field.required,
        unique: field.unique,
        readonly: field.readonly || !caller.may_write(&object.name, &field.name),
        system: field.system,
        personal: field.personal,
        help: field.help.as_ref().map(label),
        default: field.default.clone(),
        options: field.choices().iter().map(option).collect(),
        reference: field.target().map(str::to_owned),
        custom: field.custom,
        option_set: field.option_set.clone(),
        required_when: condition(&field.required_when),
        shown_when: condition(&field.shown_when),
    }
}

fn label(label: &basalt_model::Label) -> MetaLabel {
    MetaLabel {
        en: label.en.clone(),
        zh: label.zh.clone(),
    }
}
