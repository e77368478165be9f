//! Column statistics of a file: from its Parquet footer, to and from the Delta log.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use arrow::array::Array;
use arrow::datatypes::{DataType, Decimal128Type, DecimalType, Schema, TimeUnit};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use datafusion::scalar::ScalarValue;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::ParquetMetaData;
use serde_json::Value;

use crate::Result;

/// Statistics by column name. Bounds hold for every value but need not be values themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FileStats(pub(crate) BTreeMap<String, ColumnStats>);

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ColumnStats {
    pub(crate) min: Option<ScalarValue>,
    pub(crate) max: Option<ScalarValue>,
    pub(crate) nulls: Option<u64>,
}

impl FileStats {
    /// Reads the statistics of every simple column from a file's footer.
    pub(crate) fn from_footer(footer: &ParquetMetaData, schema: &Schema) -> Result<Self> {
        let mut columns = BTreeMap::new();
        for field in schema
            .fields()
            .iter()
            .filter(|field| is_simple(field.data_type()))
        {
            let parquet_schema = footer.file_metadata().schema_descr();
            let converter = StatisticsConverter::try_new(field.name(), schema, parquet_schema)?;
            let nulls = converter.row_group_null_counts(footer.row_groups())?;
            let nulls = (nulls.null_count() == 0).then(|| nulls.values().iter().sum());
            let (mut min, mut max) = (None, None);
            if has_bounds(field.data_type()) {
                min = bound(
                    &converter.row_group_mins(footer.row_groups())?,
                    Ordering::Less,
                );
                max = bound(
                    &converter.row_group_maxes(footer.row_groups())?,
                    Ordering::Greater,
                );
            }
            columns.insert(field.name().clone(), ColumnStats { min, max, nulls });
        }
        Ok(Self(columns))
    }

    /// The `stats` of a Delta `add` action.
    pub(crate) fn to_json(&self, rows: u64) -> String {
        let mut json = format!(r#"{{"numRecords":{rows}"#);
        let mut part = |name: &str, value: &dyn Fn(&ColumnStats) -> Option<String>| {
            let values = self
                .0
                .iter()
                .filter_map(|(column, stats)| Some(format!("{}:{}", quoted(column), value(stats)?)))
                .collect::<Vec<_>>();
            write!(json, r#","{name}":{{{}}}"#, values.join(",")).expect("a string takes all text");
        };
        part("minValues", &|stats| literal(stats.min.as_ref()?));
        part("maxValues", &|stats| literal(stats.max.as_ref()?));
        part("nullCount", &|stats| Some(stats.nulls?.to_string()));
        json.push('}');
        json
    }

    /// Reads the `stats` of a Delta `add` action. What can't be understood is left out, which
    /// costs pruning but never rows.
    pub(crate) fn from_json(json: &str, schema: &Schema) -> Self {
        let json: Value = serde_json::from_str(json).unwrap_or_default();
        let columns = schema
            .fields()
            .iter()
            .filter(|field| is_simple(field.data_type()))
            .map(|field| {
                let name = field.name().as_str();
                let value = |part: &str| json.get(part)?.get(name);
                let stats = ColumnStats {
                    min: value("minValues").and_then(|v| parse(v, field.data_type(), false)),
                    max: value("maxValues").and_then(|v| parse(v, field.data_type(), true)),
                    nulls: value("nullCount").and_then(Value::as_u64),
                };
                (name.to_owned(), stats)
            })
            .collect();
        Self(columns)
    }
}

fn is_simple(data_type: &DataType) -> bool {
    !data_type.is_nested()
}

fn has_bounds(data_type: &DataType) -> bool {
    !matches!(
        data_type,
        DataType::Boolean | DataType::Binary | DataType::BinaryView
    )
}

/// The extreme of the row groups' bounds; none when a row group with values has none.
fn bound(bounds: &arrow::array::ArrayRef, wanted: Ordering) -> Option<ScalarValue> {
    let mut extreme: Option<ScalarValue> = None;
    for row in 0..bounds.len() {
        if bounds.is_null(row) {
            return None;
        }
        let value = ScalarValue::try_from_array(bounds, row).ok()?;
        if extreme
            .as_ref()
            .is_none_or(|extreme| value.partial_cmp(extreme) == Some(wanted))
        {
            extreme = Some(value);
        }
    }
    extreme
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The JSON literal of a bound. Decimals are written digit by digit, so that no bound is rounded.
fn literal(value: &ScalarValue) -> Option<String> {
    Some(match value {
        ScalarValue::Int8(Some(v)) => v.to_string(),
        ScalarValue::Int16(Some(v)) => v.to_string(),
        ScalarValue::Int32(Some(v)) => v.to_string(),
        ScalarValue::Int64(Some(v)) => v.to_string(),
        ScalarValue::Float32(Some(v)) if v.is_finite() => Value::from(*v).to_string(),
        ScalarValue::Float64(Some(v)) if v.is_finite() => Value::from(*v).to_string(),
        ScalarValue::Decimal128(Some(v), precision, scale) => {
            Decimal128Type::format_decimal(*v, *precision, *scale)
        }
        ScalarValue::Date32(Some(days)) => quoted(&date(*days)?.to_string()),
        ScalarValue::TimestampMicrosecond(Some(v), zone) => {
            let instant = DateTime::from_timestamp_micros(*v)?;
            let zone = if zone.is_some() { "Z" } else { "" };
            quoted(&format!(
                "{}{zone}",
                instant.format("%Y-%m-%dT%H:%M:%S%.6f")
            ))
        }
        ScalarValue::Utf8(Some(v)) | ScalarValue::Utf8View(Some(v)) => quoted(v),
        _ => return None,
    })
}

fn parse(value: &Value, data_type: &DataType, upper: bool) -> Option<ScalarValue> {
    Some(match data_type {
        DataType::Int8 => ScalarValue::Int8(Some(i8::try_from(value.as_i64()?).ok()?)),
        DataType::Int16 => ScalarValue::Int16(Some(i16::try_from(value.as_i64()?).ok()?)),
        DataType::Int32 => ScalarValue::Int32(Some(i32::try_from(value.as_i64()?).ok()?)),
        DataType::Int64 => ScalarValue::Int64(Some(value.as_i64()?)),
        DataType::Float32 => ScalarValue::Float32(Some(value.as_f64()? as f32)),
        DataType::Float64 => ScalarValue::Float64(Some(value.as_f64()?)),
        DataType::Decimal128(precision, scale) => {
            let unscaled = value.as_f64()? * 10f64.powi(i32::from(*scale));
            let limit = 10f64.powi(i32::from(*precision));
            // JSON numbers are read as floats: widen the bound by more than the rounding.
            let slack = (unscaled.abs() * f64::EPSILON * 4.0).max(1.0);
            let widened = if upper {
                (unscaled + slack).ceil()
            } else {
                (unscaled - slack).floor()
            };
            if widened.abs() >= limit {
                return None;
            }
            ScalarValue::Decimal128(Some(widened as i128), *precision, *scale)
        }
        DataType::Date32 => {
            let date: NaiveDate = value.as_str()?.parse().ok()?;
            let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
            ScalarValue::Date32(Some(i32::try_from((date - epoch).num_days()).ok()?))
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let text = value.as_str()?;
            let micros = match DateTime::parse_from_rfc3339(text) {
                Ok(instant) => instant.timestamp_micros(),
                Err(_) => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
                    .ok()?
                    .and_utc()
                    .timestamp_micros(),
            };
            // Other writers cut timestamps to milliseconds.
            let micros = if upper { micros + 999 } else { micros };
            ScalarValue::TimestampMicrosecond(Some(micros), zone.clone())
        }
        DataType::Utf8 | DataType::Utf8View => {
            ScalarValue::Utf8View(Some(value.as_str()?.to_owned()))
        }
        _ => return None,
    })
}

fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1970, 1, 1)?
        .checked_add_signed(chrono::TimeDelta::days(i64::from(days)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::Field;

    #[test]
    fn bounds_survive_the_log() {
        let zone: std::sync::Arc<str> = "UTC".into();
        let schema = Schema::new(vec![
            Field::new("id", DataType::Int64, true),
            Field::new("amount", DataType::Decimal128(18, 2), true),
            Field::new(
                "at",
                DataType::Timestamp(TimeUnit::Microsecond, Some(zone.clone())),
                true,
            ),
            Field::new("name", DataType::Utf8View, true),
            Field::new("day", DataType::Date32, true),
        ]);
        let stats = |min, max| ColumnStats {
            min: Some(min),
            max: Some(max),
            nulls: Some(3),
        };
        let instant = |v| ScalarValue::TimestampMicrosecond(Some(v), Some(zone.clone()));
        let text = |v: &str| ScalarValue::Utf8View(Some(v.to_owned()));
        let decimal = |v| ScalarValue::Decimal128(Some(v), 18, 2);
        let columns = BTreeMap::from([
            (
                "id".to_owned(),
                stats(
                    ScalarValue::Int64(Some(-5)),
                    ScalarValue::Int64(Some(i64::MAX)),
                ),
            ),
            (
                "amount".to_owned(),
                stats(decimal(-1_234), decimal(9_007_199_254_740_993)),
            ),
            (
                "at".to_owned(),
                stats(instant(-1_000_001), instant(1_700_000_000_123_456)),
            ),
            ("name".to_owned(), stats(text("a\"b"), text("zoé"))),
            (
                "day".to_owned(),
                stats(
                    ScalarValue::Date32(Some(-1)),
                    ScalarValue::Date32(Some(20_000)),
                ),
            ),
        ]);
        let json = FileStats(columns.clone()).to_json(7);
        assert!(json.contains("90071992547409.93"), "{json}");
        let read = FileStats::from_json(&json, &schema);
        for (name, before) in columns {
            let after = &read.0[&name];
            assert!(
                after.min <= before.min,
                "{name}: {:?} > {:?}",
                after.min,
                before.min
            );
            assert!(
                after.max >= before.max,
                "{name}: {:?} < {:?}",
                after.max,
                before.max
            );
            assert_eq!(after.nulls, Some(3));
        }
    }
}
