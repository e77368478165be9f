//! What every column of the file means.

use std::collections::BTreeMap;

use basalt_model::{Action, Dictionary, Field, FieldKind, Object, Principal, PrincipalKind};

use super::refuse_file;
use crate::error::Result;

/// What a column of the file gives.
#[derive(Debug, Clone)]
pub(super) struct ImportColumn<'d> {
    /// Name in the header, for refusals.
    pub header: String,
    pub at: usize,
    pub field: &'d Field,
    pub part: Part<'d>,
}

/// Which part of its field a column gives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'d> {
    Value,
    Currency,
    Rate,
    /// The natural key of the record referred to.
    Key {
        target: &'d Object,
        key: &'d Field,
    },
}

/// All columns that are taken, and the key by which rows are matched.
#[derive(Debug)]
pub(super) struct Columns<'d> {
    pub list: Vec<ImportColumn<'d>>,
    pub upsert_key: Option<&'d Field>,
}

impl<'d> Columns<'d> {
    pub fn plan(
        dictionary: &'d Dictionary,
        object: &'d Object,
        principal: &Principal,
        header: &[String],
        mapping: &BTreeMap<String, String>,
        upsert_key: Option<&str>,
    ) -> Result<Self> {
        for name in mapping.keys() {
            if !header.contains(name) {
                return Err(refuse_file(
                    format!("The file has no column {name:?}."),
                    format!("文件中没有“{name}”列。"),
                ));
            }
        }
        let mut list: Vec<ImportColumn<'d>> = Vec::new();
        for (at, name) in header.iter().enumerate() {
            let meant = mapping.get(name).unwrap_or(name);
            if meant.is_empty() {
                continue;
            }
            let Some((field, part)) = meaning(dictionary, object, principal, meant) else {
                return Err(refuse_file(
                    format!(
                        "Column {name:?} is no field of {} that you may import. Known: {}.",
                        object.name,
                        known(object, principal)
                    ),
                    format!(
                        "“{name}”列不是{}的可导入字段。可用字段：{}。",
                        object.label.zh,
                        known(object, principal)
                    ),
                ));
            };
            let taken = list.iter().any(|column| {
                column.field.name == field.name
                    && matches!(
                        (column.part, part),
                        (
                            Part::Value | Part::Key { .. },
                            Part::Value | Part::Key { .. }
                        ) | (Part::Currency, Part::Currency)
                            | (Part::Rate, Part::Rate)
                    )
            });
            if taken {
                return Err(refuse_file(
                    format!("Column {name:?} gives {:?} a second time.", field.name),
                    format!("“{name}”列重复给出“{}”。", field.label.zh),
                ));
            }
            list.push(ImportColumn {
                header: name.clone(),
                at,
                field,
                part,
            });
        }
        for field in object
            .fields
            .iter()
            .filter(|field| field.required && !field.system && field.default.is_none())
        {
            if !list.iter().any(|column| column.field.name == field.name) {
                return Err(refuse_file(
                    format!(
                        "The file has no column for the required field {:?}.",
                        field.name
                    ),
                    format!("文件缺少必填字段“{}”。", field.label.zh),
                ));
            }
        }
        for column in list
            .iter()
            .filter(|column| matches!(column.part, Part::Currency | Part::Rate))
        {
            if !list.iter().any(|other| {
                other.field.name == column.field.name && matches!(other.part, Part::Value)
            }) {
                return Err(refuse_file(
                    format!(
                        "Column {:?} needs a column {:?} beside it.",
                        column.header, column.field.name
                    ),
                    format!("“{}”列需要同时有“{}”列。", column.header, column.field.name),
                ));
            }
        }
        let upsert_key = upsert_key
            .map(|key| {
                let field = object.field(key).filter(|field| field.unique);
                field.filter(|field| list.iter().any(|column| column.field.name == field.name)).ok_or_else(|| {
                    refuse_file(
                        format!("Rows can't be matched by {key:?}: it has to be a unique field with a column in the file."),
                        format!("无法按“{key}”匹配：必须是文件中存在的唯一字段。"),
                    )
                })
            })
            .transpose()?;
        Ok(Self { list, upsert_key })
    }

    /// The column that gives the field's value.
    pub fn of(&self, field: &str) -> Option<&ImportColumn<'d>> {
        self.list.iter().find(|column| {
            column.field.name == field && matches!(column.part, Part::Value | Part::Key { .. })
        })
    }
}

fn importable(principal: &Principal, object: &Object, field: &Field) -> bool {
    let automatic = matches!(principal.kind, PrincipalKind::System | PrincipalKind::Job);
    let numbered = automatic && field.kind == FieldKind::AutoNumber;
    let open = !(field.readonly || (field.system && field.group == "system"))
        || (automatic && !field.system)
        || numbered;
    let attached = matches!(field.kind, FieldKind::File | FieldKind::Image);
    open && !attached && principal.may_write(&object.name, &field.name)
}

fn meaning<'d>(
    dictionary: &'d Dictionary,
    object: &'d Object,
    principal: &Principal,
    name: &str,
) -> Option<(&'d Field, Part<'d>)> {
    let open = |field: &&Field| importable(principal, object, field);
    if let Some((reference, key)) = name.split_once('.') {
        let field = object.field(reference).filter(open)?;
        let target = dictionary
            .object(field.target()?)
            .filter(|target| principal.can(&target.name, Action::Read))?;
        let key = target
            .field(key)
            .filter(|key| key.unique && !principal.is_hidden(&target.name, &key.name))?;
        return Some((field, Part::Key { target, key }));
    }
    if let Some(field) = object.field_or_column(name).filter(open) {
        return Some((field, Part::Value));
    }
    let money = |ending: &str, part| {
        let field = object.field(name.strip_suffix(ending)?).filter(open)?;
        (field.kind == FieldKind::Money).then_some((field, part))
    };
    money("_currency", Part::Currency).or_else(|| money("_rate", Part::Rate))
}

fn known(object: &Object, principal: &Principal) -> String {
    let names = object
        .fields
        .iter()
        .filter(|field| importable(principal, object, field))
        .map(|field| field.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}
