//! The data dictionary as the caller may see it: what lists, forms and filters are built from.

use axum::{Json, extract::State};
use basalt_model::{Action, Dictionary, Field, Object};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{App, caller::Caller};

#[derive(Serialize, ToSchema)]
pub struct Meta {
    objects: Vec<MetaObject>,
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
}

#[derive(Serialize, ToSchema)]
pub struct MetaOption {
    value: String,
    label: MetaLabel,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<String>,
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
pub async fn show(State(app): State<App>, caller: Caller) -> Json<Meta> {
    let dictionary: &Dictionary = &app.db().dictionary();
    let objects = dictionary
        .objects()
        .iter()
        .filter(|object| caller.can(&object.name, Action::Read))
        .map(|object| describe(&caller, object))
        .collect();
    Json(Meta { objects })
}

fn describe(caller: &Caller, object: &Object) -> MetaObject {
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
            .map(|field| describe_field(caller, object, field))
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
    }
}

fn describe_field(caller: &Caller, object: &Object, field: &Field) -> MetaField {
    let option = |choice: &basalt_model::dictionary::Choice| MetaOption {
        value: choice.value.clone(),
        label: label(&choice.label),
        color: choice.color.clone(),
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
    }
}

fn label(label: &basalt_model::Label) -> MetaLabel {
    MetaLabel {
        en: label.en.clone(),
        zh: label.zh.clone(),
    }
}
