//! Ready-made rules, to be taken as they are or changed first.

use basalt_model::{Label, Principal};
use serde::{Deserialize, Serialize};

use super::rule::RuleInput;
use crate::db::Db;
use crate::error::{Error, Result};

/// A ready-made rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub name: String,
    pub label: Label,
    pub rule: RuleInput,
}

/// The templates that make sense for the caller: of objects and fields that are there and that it reads.
///
/// # Errors
/// The embedded templates can't be read.
pub fn templates(db: &Db, principal: &Principal) -> Result<Vec<Template>> {
    let all: Vec<Template> = serde_json::from_str(include_str!("templates.json"))
        .map_err(|error| Error::Stored(format!("templates of reminders: {error}")))?;
    let dictionary = db.dictionary();
    Ok(all
        .into_iter()
        .filter(|template| {
            // Recipients that only administrators name are filled in by them.
            dictionary.object(&template.rule.object).is_some()
                && template.rule.check(&dictionary, principal).is_ok()
        })
        .collect())
}
