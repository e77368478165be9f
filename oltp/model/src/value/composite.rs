//! Durations, addresses and geo points: values with a grammar or with several columns.

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{Problem, Value, nul};
use crate::dictionary::ADDRESS_PARTS;

/// A hundred years.
pub(super) const LONGEST_DURATION: i64 = 100 * 366 * 86_400;

/// Reads whole seconds, `1:30`, `1:30:15` (hours first) or the ISO 8601 form `P1DT1H30M`.
pub(super) fn duration(text: &str) -> Result<Value, Problem> {
    let wrong = || Problem::kind("a duration (1:30 or PT1H30M)", "时长（如 1:30 或 PT1H30M）");
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<i64>().ok()).flatten()
    };
    let (sign, bare) = match text.strip_prefix('-') {
        Some(bare) => (-1, bare),
        None => (1, text),
    };
    let seconds = if let Some(mut rest) = bare.strip_prefix(['P', 'p']) {
        let mut total: i64 = 0;
        let mut time = false;
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(['T', 't']).filter(|_| !time) {
                time = true;
                rest = after;
                continue;
            }
            let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let count = number(&rest[..end]).ok_or_else(wrong)?;
            let unit = match (time, rest[end..].chars().next()) {
                (false, Some('W' | 'w')) => 7 * 86_400,
                (false, Some('D' | 'd')) => 86_400,
                (true, Some('H' | 'h')) => 3600,
                (true, Some('M' | 'm')) => 60,
                (true, Some('S' | 's')) => 1,
                _ => return Err(wrong()),
            };
            total = count
                .checked_mul(unit)
                .and_then(|part| total.checked_add(part))
                .ok_or_else(Problem::range)?;
            rest = &rest[end + 1..];
        }
        total
    } else if bare.contains(':') {
        let parts: Vec<i64> = bare
            .split(':')
            .map(number)
            .collect::<Option<_>>()
            .ok_or_else(wrong)?;
        match parts.as_slice() {
            [hours, minutes @ 0..60] => hours
                .checked_mul(3600)
                .and_then(|total| total.checked_add(minutes * 60)),
            [hours, minutes @ 0..60, seconds @ 0..60] => hours
                .checked_mul(3600)
                .and_then(|total| total.checked_add(minutes * 60 + seconds)),
            _ => return Err(wrong()),
        }
        .ok_or_else(Problem::range)?
    } else {
        number(bare).ok_or_else(wrong)?
    };
    if seconds > LONGEST_DURATION {
        return Err(Problem::range());
    }
    Ok(Value::Integer(sign * seconds))
}

pub(super) fn known_keys(
    parts: &serde_json::Map<String, Json>,
    known: &[&str],
) -> Result<(), Problem> {
    // The line for people follows from the parts; what was read may be sent back.
    match parts
        .keys()
        .find(|key| *key != "line" && !known.contains(&key.as_str()))
    {
        None => Ok(()),
        Some(key) => Err(Problem::new(
            "unknown_key",
            format!("has an unknown key {key:?}"),
            format!("含有未知的键“{key}”"),
        )),
    }
}

/// An address of its parts; Chinese ones read from the large to the small.
pub(super) fn address(parts: &serde_json::Map<String, Json>) -> Result<Value, Problem> {
    known_keys(parts, &ADDRESS_PARTS)?;
    let mut values = Vec::with_capacity(ADDRESS_PARTS.len());
    for key in ADDRESS_PARTS {
        values.push(match parts.get(key) {
            None | Some(Json::Null) => None,
            Some(Json::String(text)) if text.contains('\0') => return Err(nul()),
            Some(Json::String(text)) if text.chars().count() > 200 => {
                return Err(Problem::new(
                    "too_long",
                    format!("has a {key} of more than 200 characters"),
                    "地址的某一部分超过 200 个字符",
                ));
            }
            Some(Json::String(text)) => {
                Some(text.trim().to_owned()).filter(|text| !text.is_empty())
            }
            Some(_) => return Err(Problem::kind("an address of texts", "由文本组成的地址")),
        });
    }
    if values.iter().all(Option::is_none) {
        return Ok(Value::Null);
    }
    let chinese = values
        .iter()
        .flatten()
        .any(|text| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)));
    let line = if chinese {
        values[..5].iter().flatten().cloned().collect::<String>()
    } else {
        // street, district, city, province postcode, country
        let order = [4, 3, 2, 1, 5, 0];
        let there: Vec<&str> = order
            .iter()
            .filter_map(|at| values[*at].as_deref())
            .collect();
        there.join(", ")
    };
    let mut all = vec![Value::Text(line)];
    all.extend(
        values
            .into_iter()
            .map(|value| value.map_or(Value::Null, Value::Text)),
    );
    Ok(Value::Parts(all))
}

pub(super) fn geo_point(lat: Decimal, lon: Decimal) -> Result<Value, Problem> {
    if lat.abs() > Decimal::from(90) || lon.abs() > Decimal::from(180) {
        return Err(Problem::range());
    }
    let (lat, lon) = (lat.round_dp(6).normalize(), lon.round_dp(6).normalize());
    Ok(Value::Parts(vec![
        Value::Text(format!("{lat}, {lon}")),
        Value::Decimal(lat),
        Value::Decimal(lon),
    ]))
}
