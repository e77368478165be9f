//! The JSON form of conditions.

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use super::{Condition, Op};

/// Conditions nest at most this deep.
const MAX_DEPTH: usize = 32;

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All(parts) => one(serializer, "all", parts),
            Self::Any(parts) => one(serializer, "any", parts),
            Self::Not(part) => one(serializer, "not", part),
            Self::Compare { field, op, value } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("field", field)?;
                map.serialize_entry("op", op)?;
                if !(*op == Op::IsEmpty && *value == Json::Bool(true)) {
                    map.serialize_entry("value", value)?;
                }
                map.end()
            }
        }
    }
}

fn one<S: Serializer, T: Serialize + ?Sized>(
    serializer: S,
    key: &str,
    value: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Json::deserialize(deserializer)?, 0).map_err(D::Error::custom)
    }
}

fn read(json: Json, depth: usize) -> Result<Condition, String> {
    if depth > MAX_DEPTH {
        return Err(format!("a condition nests at most {MAX_DEPTH} deep"));
    }
    let Json::Object(mut map) = json else {
        return Err("a condition is an object with all, any, not, or field and op".to_owned());
    };
    for word in ["all", "any"] {
        if let Some(parts) = map.remove(word) {
            nothing_else(&map, word)?;
            let Json::Array(parts) = parts else {
                return Err(format!("{word} holds a list of conditions"));
            };
            let parts = parts
                .into_iter()
                .map(|part| read(part, depth + 1))
                .collect::<Result<_, _>>()?;
            return Ok(if word == "all" {
                Condition::All(parts)
            } else {
                Condition::Any(parts)
            });
        }
    }
    if let Some(part) = map.remove("not") {
        nothing_else(&map, "not")?;
        return Ok(Condition::Not(Box::new(read(part, depth + 1)?)));
    }
    let field = match map.remove("field") {
        Some(Json::String(field)) => field,
        Some(_) => return Err("field is a text".to_owned()),
        None => {
            return Err("a condition is an object with all, any, not, or field and op".to_owned());
        }
    };
    let op = map
        .remove("op")
        .ok_or_else(|| format!("the comparison of {field:?} has no op"))?;
    let op: Op = serde_json::from_value(op).map_err(|error| format!("op of {field:?}: {error}"))?;
    let value = map.remove("value").unwrap_or(Json::Bool(true));
    nothing_else(&map, "field")?;
    Ok(Condition::Compare { field, op, value })
}

fn nothing_else(map: &Map<String, Json>, word: &str) -> Result<(), String> {
    match map.keys().next() {
        Some(key) => Err(format!("unknown key {key:?} beside {word}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn reads_the_documented_form() {
        let text = r#"{"all":[{"field":"region","op":"eq","value":"east"},{"not":{"field":"email","op":"is_empty"}}]}"#;
        let condition: Condition = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&condition).unwrap(), text);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (text, word) in [
            (r#"{"all":[],"any":[]}"#, "any"),
            (r#"{"field":"a","op":"like","value":1}"#, "like"),
            (r#"{"field":"a","op":"eq","value":1,"case":true}"#, "case"),
            (r#"{"field":"a"}"#, "op"),
            ("[]", "object"),
        ] {
            let error = serde_json::from_str::<Condition>(text)
                .unwrap_err()
                .to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
        let deep = format!(
            "{}{}{}",
            r#"{"not":"#.repeat(40),
            r#"{"all":[]}"#,
            "}".repeat(40)
        );
        assert!(
            serde_json::from_str::<Condition>(&deep)
                .unwrap_err()
                .to_string()
                .contains("deep")
        );
    }

    fn any_condition() -> impl Strategy<Value = Condition> {
        let leaf = (
            "[a-z.]{1,12}",
            prop::sample::select(vec![
                Op::Eq,
                Op::In,
                Op::IsEmpty,
                Op::Between,
                Op::StartsWith,
            ]),
            any::<i32>(),
        )
            .prop_map(|(field, op, value)| Condition::Compare {
                field,
                op,
                value: json!(value),
            });
        leaf.prop_recursive(4, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::All),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::Any),
                inner.prop_map(|part| Condition::Not(Box::new(part))),
            ]
        })
    }

    proptest! {
        #[test]
        fn survives_json(condition in any_condition()) {
            let text = serde_json::to_string(&condition).unwrap();
            prop_assert_eq!(serde_json::from_str::<Condition>(&text).unwrap(), condition);
        }
    }
}
