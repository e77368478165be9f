//! Text with the record's values in it, as its reader may see them; and letters.

use basalt_model::{Locale, Principal, Via};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sqlx::PgConnection;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::jobs::{Job, JobContext, Letter};
use crate::record::{JsonMap, Select, Store};
use crate::rights;

/// Sends a letter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendLetter(pub Letter);

impl Job for SendLetter {
    const NAME: &'static str = "send_letter";

    async fn run(self, context: JobContext) -> Result<()> {
        context
            .mailer
            .send(&self.0)
            .await
            .map_err(|why| Error::conflict("mail", why.clone(), why))
    }
}

/// A user as of now, for showing it something; `None` when it is disabled.
pub(crate) async fn reader(
    connection: &mut PgConnection,
    db: &Db,
    user: i64,
) -> Result<Option<Principal>> {
    let loaded = rights::load(connection, &db.dictionary(), user, Via::Job).await?;
    Ok(loaded
        .filter(|loaded| loaded.enabled)
        .map(|loaded| loaded.principal))
}

/// The record as the reader sees it; `None` when it may not.
pub(crate) async fn seen(
    connection: &mut PgConnection,
    db: &Db,
    reader: &Principal,
    object: &str,
    record: i64,
) -> Result<Option<JsonMap>> {
    let store = Store::new(db.clone());
    match store
        .get_in(connection, reader, object, record, &Select::all())
        .await
    {
        Ok(record) => Ok(Some(record)),
        Err(Error::NotFound | Error::Forbidden) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `{field}` replaced by the record's value; what the reader may not see is a dash.
pub(crate) fn filled(text: &str, record: &JsonMap, locale: Locale) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        let name = after.find('}').map(|close| &after[..close]);
        match name {
            Some(name)
                if !name.is_empty()
                    && name
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') =>
            {
                out.push_str(&value(record.get(name), locale));
                rest = &after[name.len() + 1..];
            }
            _ => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn value(json: Option<&Json>, locale: Locale) -> String {
    match json {
        None | Some(Json::Null) => "–".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Bool(flag)) => match (locale, flag) {
            (Locale::En, true) => "yes",
            (Locale::En, false) => "no",
            (Locale::Zh, true) => "是",
            (Locale::Zh, false) => "否",
        }
        .to_owned(),
        Some(Json::Object(map)) => {
            if let Some(title) = map.get("title") {
                return value(Some(title), locale);
            }
            match (map.get("amount"), map.get("currency")) {
                (Some(amount), Some(currency)) => format!(
                    "{} {}",
                    value(Some(amount), locale),
                    value(Some(currency), locale)
                ),
                _ => "–".to_owned(),
            }
        }
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_stand_in_the_text_and_hidden_ones_do_not() {
        let record = json!({"number":"SO1","amount":{"amount":"5.00","currency":"CNY"},"customer":{"id":1,"title":"Acme"}});
        let filled = |text| filled(text, record.as_object().unwrap(), Locale::En);
        assert_eq!(
            filled("{number} of {customer}: {amount}, {phone}"),
            "SO1 of Acme: 5.00 CNY, –"
        );
        assert_eq!(filled("{ {Number} {x"), "{ {Number} {x");
    }
}
