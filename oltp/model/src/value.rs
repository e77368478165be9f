//! Values of fields: read strictly from JSON (API) and from text (import), parsed at the edge so
//! that everything behind it can trust them.

mod composite;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use composite::{LONGEST_DURATION, address, duration, geo_point, known_keys};

use crate::dictionary::{Field, FieldKind, GEO_PARTS};
use crate::label::Label;
use crate::money::{BASE_CURRENCY, Money};

/// A value that fits its field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Text(String),
    Integer(i64),
    Decimal(Decimal),
    Bool(bool),
    Date(NaiveDate),
    Instant(DateTime<Utc>),
    Json(Json),
    List(Vec<String>),
    /// `rate` and `base` follow from the currency when not given.
    Money(Money),
    /// A value of several columns, one after the other: an address, a geo point.
    Parts(Vec<Value>),
}

/// Why a value doesn't fit its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable word for programs: `required`, `type`, `too_long`, `choice`, …
    pub code: &'static str,
    pub message: Label,
}

impl Problem {
    pub fn new(code: &'static str, en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self {
            code,
            message: Label::new(en, zh),
        }
    }

    /// The field must not be empty.
    pub fn required() -> Self {
        Self::new("required", "must not be empty", "不能为空")
    }

    fn kind(en: &str, zh: &str) -> Self {
        Self::new("type", format!("is not {en}"), format!("不是{zh}"))
    }

    fn range() -> Self {
        Self::new("range", "is out of range", "超出允许范围")
    }
}

/// The most characters a long text may have.
pub const LONG_TEXT_MAX: usize = 1_000_000;

impl Field {
    /// Reads a value from JSON. `null` and empty text are [`Value::Null`]; whether that is allowed
    /// is the caller's question, because a patch and a new row differ in it.
    ///
    /// # Errors
    /// What is wrong with the value, in both languages.
    pub fn read_json(&self, json: &Json) -> Result<Value, Problem> {
        match (&self.kind, json) {
            (_, Json::Null) => Ok(Value::Null),
            (FieldKind::Json, json) => {
                refuse_nul_in(json)?;
                Ok(Value::Json(json.clone()))
            }
            (FieldKind::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
            (FieldKind::MultiChoice { .. }, Json::Array(items)) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    let text = item
                        .as_str()
                        .ok_or_else(|| Problem::kind("a list of texts", "文本列表"))?;
                    values.push(self.known_choice(text)?);
                }
                Ok(Value::List(values))
            }
            (FieldKind::Money, Json::Object(parts)) => {
                for key in parts.keys() {
                    if !["amount", "currency", "rate", "base"].contains(&key.as_str()) {
                        return Err(Problem::new(
                            "unknown_key",
                            format!("has an unknown key {key:?}"),
                            format!("含有未知的键“{key}”"),
                        ));
                    }
                }
                let number = |key: &str| {
                    parts
                        .get(key)
                        .filter(|json| !json.is_null())
                        .map(decimal_json)
                        .transpose()
                };
                let amount = number("amount")?.ok_or_else(Problem::required)?;
                let currency = match parts.get("currency") {
                    None | Some(Json::Null) => None,
                    Some(Json::String(currency)) => Some(currency.as_str()),
                    Some(_) => return Err(Problem::kind("a currency code", "货币代码")),
                };
                money(amount, currency, number("rate")?)
            }
            (FieldKind::Money, json) => money(decimal_json(json)?, None, None),
            (FieldKind::Address, Json::Object(parts)) => address(parts),
            (FieldKind::GeoPoint, Json::Object(parts)) => {
                known_keys(parts, &GEO_PARTS)?;
                let part = |key: &str| {
                    parts
                        .get(key)
                        .ok_or_else(Problem::required)
                        .and_then(decimal_json)
                };
                geo_point(part("lat")?, part("lon")?)
            }
            (
                FieldKind::Reference { .. }
                | FieldKind::User
                | FieldKind::Department
                | FieldKind::File
                | FieldKind::Image,
                Json::Object(parts),
            ) => parts.get("id").map_or_else(
                || Err(Problem::kind("a reference", "引用")),
                |id| self.read_json(id),
            ),
            (
                FieldKind::Integer
                | FieldKind::BigInteger
                | FieldKind::Duration
                | FieldKind::File
                | FieldKind::Image
                | FieldKind::Reference { .. }
                | FieldKind::User
                | FieldKind::Department,
                Json::Number(number),
            ) => self.integer(
                number
                    .as_i64()
                    .ok_or_else(|| Problem::kind("a whole number", "整数"))?,
            ),
            (FieldKind::Decimal { .. } | FieldKind::Percent, json) => {
                self.scaled(decimal_json(json)?)
            }
            (FieldKind::Bool, _) => Err(Problem::kind("true or false", "布尔值")),
            (FieldKind::Integer | FieldKind::BigInteger, _) => {
                Err(Problem::kind("a whole number", "整数"))
            }
            (FieldKind::Reference { .. } | FieldKind::User | FieldKind::Department, _) => {
                Err(Problem::kind("the id of a record", "记录编号"))
            }
            (FieldKind::MultiChoice { .. }, _) => Err(Problem::kind("a list of texts", "文本列表")),
            (_, Json::String(text)) => self.read_text(text),
            (_, _) => Err(Problem::kind("a text", "文本")),
        }
    }

    /// Reads a value from text, as in a CSV cell. Empty text is [`Value::Null`]. A reference is
    /// read as an id; natural keys are the importer's matter.
    ///
    /// # Errors
    /// What is wrong with the value, in both languages.
    pub fn read_text(&self, text: &str) -> Result<Value, Problem> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Ok(Value::Null);
        }
        if text.contains('\0') {
            return Err(nul());
        }
        match &self.kind {
            FieldKind::Text { max } => limited(trimmed, *max as usize),
            FieldKind::LongText => limited(text, LONG_TEXT_MAX),
            FieldKind::RichText => {
                limited(text, LONG_TEXT_MAX)?;
                Ok(Value::Text(crate::rich_text::sanitised(trimmed)))
            }
            FieldKind::Duration => duration(trimmed),
            FieldKind::Address => {
                let street = Json::String(trimmed.to_owned());
                address(&[("street".to_owned(), street)].into_iter().collect())
            }
            FieldKind::GeoPoint => {
                let (lat, lon) = trimmed
                    .split_once([',', ' '])
                    .ok_or_else(|| Problem::kind("a latitude and a longitude", "纬度和经度"))?;
                geo_point(decimal(lat.trim())?, decimal(lon.trim())?)
            }
            FieldKind::AutoNumber => limited(trimmed, 60),
            FieldKind::Integer
            | FieldKind::BigInteger
            | FieldKind::File
            | FieldKind::Image
            | FieldKind::Reference { .. }
            | FieldKind::User
            | FieldKind::Department => self.integer(
                trimmed
                    .parse()
                    .map_err(|_| Problem::kind("a whole number", "整数"))?,
            ),
            FieldKind::Decimal { .. } | FieldKind::Percent => self.scaled(decimal(trimmed)?),
            FieldKind::Money => {
                let (amount, currency) = trimmed
                    .split_once(' ')
                    .map_or((trimmed, None), |(a, c)| (a, Some(c.trim())));
                money(decimal(amount)?, currency, None)
            }
            FieldKind::Bool => match trimmed.to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1" | "是" => Ok(Value::Bool(true)),
                "false" | "f" | "no" | "n" | "0" | "否" => Ok(Value::Bool(false)),
                _ => Err(Problem::kind("true or false", "布尔值")),
            },
            FieldKind::Date => date(trimmed).map(Value::Date),
            FieldKind::DateTime => instant(trimmed).map(Value::Instant),
            FieldKind::Choice { .. } => self.known_choice(trimmed).map(Value::Text),
            FieldKind::MultiChoice { .. } => trimmed
                .split(';')
                .map(|choice| self.known_choice(choice.trim()))
                .collect::<Result<_, _>>()
                .map(Value::List),
            FieldKind::Email => email(trimmed),
            FieldKind::Phone => phone(trimmed),
            FieldKind::Url => web_address(trimmed),
            FieldKind::Json => {
                let json = serde_json::from_str(text).map_err(|_| Problem::kind("JSON", "JSON"))?;
                refuse_nul_in(&json)?;
                Ok(Value::Json(json))
            }
        }
    }

    /// Refuses options that are switched off, which values read from storage may still have.
    ///
    /// # Errors
    /// The option that is no longer offered.
    pub fn offered(&self, value: &Value) -> Result<(), Problem> {
        let switched_off = |text: &str| {
            self.choices()
                .iter()
                .any(|choice| choice.value == text && !choice.active)
        };
        let off = match value {
            Value::Text(text) if switched_off(text) => Some(text),
            Value::List(items) => items.iter().find(|item| switched_off(item)),
            _ => None,
        };
        match off {
            None => Ok(()),
            Some(text) => Err(Problem::new(
                "inactive",
                format!("is no longer offered: {text}"),
                format!("该选项已停用：{text}"),
            )),
        }
    }

    fn integer(&self, value: i64) -> Result<Value, Problem> {
        let fits = match self.kind {
            FieldKind::Integer => i32::try_from(value).is_ok(),
            FieldKind::BigInteger => true,
            FieldKind::Duration => value.abs() <= LONGEST_DURATION,
            _ => value > 0,
        };
        if fits {
            Ok(Value::Integer(value))
        } else {
            Err(Problem::range())
        }
    }

    fn scaled(&self, value: Decimal) -> Result<Value, Problem> {
        let (precision, scale) = match self.kind {
            FieldKind::Decimal { precision, scale } => (precision, scale),
            _ => (9, 4),
        };
        let value = value.normalize();
        if value.scale() > u32::from(scale) {
            return Err(Problem::new(
                "scale",
                format!("has more than {scale} decimal places"),
                format!("小数位数超过{scale}位"),
            ));
        }
        let digits = value
            .trunc()
            .abs()
            .mantissa()
            .checked_ilog10()
            .map_or(0, |log| log + 1);
        if digits > u32::from(precision - scale) {
            return Err(Problem::range());
        }
        Ok(Value::Decimal(value))
    }

    fn known_choice(&self, text: &str) -> Result<String, Problem> {
        if self.choices().iter().any(|choice| choice.value == text) {
            return Ok(text.to_owned());
        }
        let known = self
            .choices()
            .iter()
            .map(|choice| choice.value.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        Err(Problem::new(
            "choice",
            format!("is none of: {known}"),
            format!("不在可选值之内：{known}"),
        ))
    }
}

/// Reads `YYYY-MM-DD` between the years 1 and 9999.
///
/// # Errors
/// The text is no such day.
pub fn date(text: &str) -> Result<NaiveDate, Problem> {
    let plain = text.len() == 10 && text.as_bytes()[4] == b'-';
    let day = plain
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten();
    day.filter(|day| (1..=9999).contains(&chrono::Datelike::year(day)))
        .ok_or_else(|| Problem::kind("a date (YYYY-MM-DD)", "日期（YYYY-MM-DD）"))
}

/// Reads an RFC 3339 instant; without an offset, and for a bare day, UTC is meant.
///
/// # Errors
/// The text is no instant.
pub fn instant(text: &str) -> Result<DateTime<Utc>, Problem> {
    let problem = || Problem::kind("a point in time (RFC 3339)", "时间（RFC 3339）");
    let read = DateTime::parse_from_rfc3339(text)
        .map(|at| at.with_timezone(&Utc))
        .or_else(|_| {
            ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
                .or_else(|| date(text).ok()?.and_hms_opt(0, 0, 0))
                .map(|at| at.and_utc())
                .ok_or(())
        })
        .map_err(|()| problem())?;
    if !(1..=9999).contains(&chrono::Datelike::year(&read)) {
        return Err(problem());
    }
    Ok(
        chrono::DurationRound::duration_trunc(read, chrono::TimeDelta::microseconds(1))
            .unwrap_or(read),
    )
}

/// Reads a plain decimal number.
///
/// # Errors
/// The text is no number or has more than 28 digits.
pub fn decimal(text: &str) -> Result<Decimal, Problem> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'.' || b == b'-' || b == b'+');
    plain
        .then(|| Decimal::from_str_exact(text).ok())
        .flatten()
        .ok_or_else(|| Problem::kind("a decimal number", "小数"))
}

fn decimal_json(json: &Json) -> Result<Decimal, Problem> {
    match json {
        Json::String(text) => decimal(text.trim()),
        Json::Number(number) => decimal(&number.to_string()),
        _ => Err(Problem::kind("a decimal number", "小数")),
    }
}

fn money(amount: Decimal, currency: Option<&str>, rate: Option<Decimal>) -> Result<Value, Problem> {
    let currency = currency.unwrap_or(BASE_CURRENCY);
    let rate = match rate {
        Some(rate) => rate,
        None if currency == BASE_CURRENCY => Decimal::ONE,
        None => {
            return Err(Problem::new(
                "rate",
                format!("needs the rate from {currency} to {BASE_CURRENCY}"),
                format!("需要{currency}兑{BASE_CURRENCY}的汇率"),
            ));
        }
    };
    Money::new(amount, currency, rate)
        .map(Value::Money)
        .map_err(|error| Problem::new("money", error.to_string(), "不是有效的金额"))
}

fn limited(text: &str, max: usize) -> Result<Value, Problem> {
    if text.len() > max && text.chars().count() > max {
        return Err(Problem::new(
            "too_long",
            format!("is longer than {max} characters"),
            format!("超过{max}个字符"),
        ));
    }
    Ok(Value::Text(text.to_owned()))
}

fn email(text: &str) -> Result<Value, Problem> {
    let fits = text.len() <= 254
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && local.len() <= 64
                && local
                    .chars()
                    .all(|c| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c))
                && !local.starts_with('.')
                && !local.ends_with('.')
                && domain.contains('.')
                && domain.split('.').all(|part| {
                    !part.is_empty()
                        && !part.starts_with('-')
                        && !part.ends_with('-')
                        && part.chars().all(|c| c.is_alphanumeric() || c == '-')
                })
        });
    if fits {
        // The domain is the same in any case; the part before it is the receiver's matter.
        let (local, domain) = text.rsplit_once('@').unwrap_or((text, ""));
        Ok(Value::Text(format!("{local}@{}", domain.to_lowercase())))
    } else {
        Err(Problem::new(
            "email",
            "is not an e-mail address",
            "不是有效的电子邮件地址",
        ))
    }
}

fn phone(text: &str) -> Result<Value, Problem> {
    // Full-width digits and signs, as Chinese keyboards give them, and runs of spaces.
    let text: String = unicode_normalization::UnicodeNormalization::nfkc(text).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.as_str();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let fits = (3..=20).contains(&digits)
        && text.len() <= 40
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || " +-()./x#".contains(c));
    if fits {
        Ok(Value::Text(text.to_owned()))
    } else {
        Err(Problem::new(
            "phone",
            "is not a telephone number",
            "不是有效的电话号码",
        ))
    }
}

fn web_address(text: &str) -> Result<Value, Problem> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let fits = text.len() <= 2000
        && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if fits {
        Ok(Value::Text(text.to_owned()))
    } else {
        Err(Problem::new(
            "url",
            "is not a web address (http:// or https://)",
            "不是有效的网址（http:// 或 https://）",
        ))
    }
}

fn nul() -> Problem {
    Problem::new("character", "contains a NUL character", "含有空字符")
}

fn refuse_nul_in(json: &Json) -> Result<(), Problem> {
    match json {
        Json::String(text) if text.contains('\0') => Err(nul()),
        Json::Array(items) => items.iter().try_for_each(refuse_nul_in),
        Json::Object(parts) => parts.iter().try_for_each(|(key, value)| {
            if key.contains('\0') {
                Err(nul())
            } else {
                refuse_nul_in(value)
            }
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::Dictionary;
    use proptest::prelude::*;
    use serde_json::json;

    fn field(object: &str, name: &str) -> Field {
        Dictionary::standard()
            .object(object)
            .unwrap()
            .field(name)
            .unwrap()
            .clone()
    }

    #[test]
    fn money_in_its_forms() {
        let amount = field("order", "amount");
        let Value::Money(money) = amount.read_json(&json!("12")).unwrap() else {
            panic!()
        };
        assert_eq!(
            serde_json::to_value(&money).unwrap(),
            json!({"amount":"12.00","currency":"USD","rate":"1","base":"12.00"})
        );
        assert_eq!(
            amount
                .read_json(&json!({"amount":"7.50","currency":"CNY"}))
                .unwrap_err()
                .code,
            "rate"
        );
        let Value::Money(money) = amount
            .read_json(&json!({"amount":"7.50","currency":"CNY","rate":"0.14"}))
            .unwrap()
        else {
            panic!()
        };
        assert_eq!(money.base.to_string(), "1.05");
        assert_eq!(
            amount
                .read_json(&json!({"amount":"1","tip":"1"}))
                .unwrap_err()
                .code,
            "unknown_key"
        );
        assert_eq!(amount.read_json(&json!("1.005")).unwrap_err().code, "money");
    }

    #[test]
    fn hostile_values_are_refused() {
        let name = field("customer", "name");
        assert_eq!(
            name.read_json(&json!("a\u{0}b")).unwrap_err().code,
            "character"
        );
        assert_eq!(
            name.read_json(&json!("x".repeat(300))).unwrap_err().code,
            "too_long"
        );
        assert_eq!(name.read_json(&json!(["x"])).unwrap_err().code, "type");
        let day = field("order", "ordered_on");
        for wrong in [
            "2026-02-30",
            "infinity",
            "26-01-01",
            "20260101",
            "10000-01-01",
        ] {
            assert!(day.read_json(&json!(wrong)).is_err(), "{wrong}");
        }
        let mail = field("contact", "email");
        for wrong in [
            "a",
            "a@b",
            "a b@c.de",
            "a@b..de",
            "<a@b.de>",
            "a@b.de\r\nBcc: x@y.z",
        ] {
            assert!(mail.read_json(&json!(wrong)).is_err(), "{wrong}");
        }
        assert!(mail.read_json(&json!("王@例子.中国")).is_ok());
        let quantity = field("order_line", "quantity");
        for wrong in ["NaN", "1e5", "Infinity", "1.0001", "99999999999999999999"] {
            assert!(quantity.read_json(&json!(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn composite_values_have_a_line_and_their_parts() {
        let of = |kind: FieldKind| Field {
            kind,
            ..field("customer", "city")
        };
        let address = of(FieldKind::Address);
        let Value::Parts(parts) = address
            .read_json(&json!({"province":"江苏省","city":"苏州市","street":"星湖街 328 号"}))
            .unwrap()
        else {
            panic!()
        };
        assert_eq!(parts.len(), address.columns().len());
        assert_eq!(parts[0], Value::Text("江苏省苏州市星湖街 328 号".into()));
        let Value::Parts(parts) = address
            .read_json(
                &json!({"country":"UK","city":"London","street":"1 High St","postcode":"E1 1AA"}),
            )
            .unwrap()
        else {
            panic!()
        };
        assert_eq!(
            parts[0],
            Value::Text("1 High St, London, E1 1AA, UK".into())
        );
        assert_eq!(address.read_json(&json!({})).unwrap(), Value::Null);
        assert_eq!(
            address
                .read_json(&json!({"planet":"Mars"}))
                .unwrap_err()
                .code,
            "unknown_key"
        );
        let point = of(FieldKind::GeoPoint);
        assert_eq!(
            point
                .read_json(&json!({"lat":31.2304,"lon":"121.4737"}))
                .unwrap(),
            point.read_text("31.2304,121.4737").unwrap()
        );
        assert_eq!(point.read_text("91,0").unwrap_err().code, "range");
        assert_eq!(
            point.read_json(&json!({"lat":1})).unwrap_err().code,
            "required"
        );
        let duration = of(FieldKind::Duration);
        for (text, seconds) in [
            ("1:30", 5400),
            ("0:00:09", 9),
            ("PT1H30M", 5400),
            ("P1DT1S", 86_401),
            ("90", 90),
            ("-PT1M", -60),
        ] {
            assert_eq!(
                duration.read_text(text).unwrap(),
                Value::Integer(seconds),
                "{text}"
            );
        }
        for wrong in [
            "1:60",
            "P",
            "PT",
            "P1H",
            "1h",
            "99999999999",
            "1:2:3:4",
            "PT99999999999999999999S",
        ] {
            if wrong != "PT" {
                assert!(duration.read_text(wrong).is_err(), "{wrong}");
            }
        }
        let rich = of(FieldKind::RichText);
        assert_eq!(
            rich.read_json(&json!("<b onclick=x>a")).unwrap(),
            Value::Text("<b>a</b>".into())
        );
    }

    #[test]
    fn addresses_of_people_are_normalised() {
        let mail = field("contact", "email");
        assert_eq!(
            mail.read_text("Li@Example.COM").unwrap(),
            Value::Text("Li@example.com".into())
        );
        let phone = field("contact", "phone");
        assert_eq!(
            phone.read_text("＋86  138 0013 8000").unwrap(),
            Value::Text("+86 138 0013 8000".into())
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in "\\PC{0,40}") {
            for object in Dictionary::standard().objects() {
                for field in &object.fields {
                    let _ = field.read_text(&text);
                    let _ = field.read_json(&json!(text));
                }
            }
        }

        #[test]
        fn dates_survive(n in 1_i32..3_000_000) {
            let day = NaiveDate::from_num_days_from_ce_opt(n).unwrap();
            prop_assert_eq!(date(&day.to_string()).unwrap(), day);
        }
    }
}
