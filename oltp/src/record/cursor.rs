//! Opaque positions between pages: the sort values of the last row.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The sort it belongs to, so that a cursor isn't used with another.
    pub sort: String,
    /// Sort values as text, the id last.
    pub values: Vec<Option<String>>,
}

impl Cursor {
    pub fn encode(&self) -> String {
        let json = serde_json::to_vec(self).expect("texts and options serialize");
        URL_SAFE_NO_PAD.encode(json)
    }

    pub fn decode(text: &str, sort: &str, columns: usize) -> Result<Self> {
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|json| serde_json::from_slice::<Self>(&json).ok())
            .filter(|cursor| cursor.sort == sort && cursor.values.len() == columns)
            .filter(|cursor| {
                cursor
                    .values
                    .iter()
                    .flatten()
                    .all(|value| !value.contains('\0'))
            })
            .ok_or_else(|| {
                Error::request(
                    "page[after]",
                    "is no position in this list",
                    "不是该列表的有效翻页位置",
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_list_takes_it() {
        let cursor = Cursor {
            sort: "-amount".into(),
            values: vec![None, Some("7".into())],
        };
        let text = cursor.encode();
        assert_eq!(Cursor::decode(&text, "-amount", 2).unwrap(), cursor);
        for (text, sort, columns) in [
            (text.as_str(), "amount", 2),
            (text.as_str(), "-amount", 3),
            ("%%%", "-amount", 2),
            ("", "", 0),
        ] {
            assert!(Cursor::decode(text, sort, columns).is_err());
        }
    }
}
