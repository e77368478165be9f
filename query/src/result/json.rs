//! Arrow values as JSON, in the forms that the API promises.

use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    UInt64Type,
};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Number, Value};

/// The values of one column.
pub(super) fn column(array: &ArrayRef) -> Result<Vec<Value>, ArrowError> {
    Ok(match array.data_type() {
        DataType::Null => vec![Value::Null; array.len()],
        DataType::Boolean => array
            .as_boolean()
            .iter()
            .map(|v| v.map_or(Value::Null, Value::Bool))
            .collect(),
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            let wide = cast(array, &DataType::Int64)?;
            wide.as_primitive::<Int64Type>()
                .iter()
                .map(|v| v.map_or(Value::Null, Value::from))
                .collect()
        }
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            let wide = cast(array, &DataType::UInt64)?;
            wide.as_primitive::<UInt64Type>()
                .iter()
                .map(|v| v.map_or(Value::Null, Value::from))
                .collect()
        }
        // Not through f64, so that 0.1 stays 0.1.
        DataType::Float32 => array
            .as_primitive::<Float32Type>()
            .iter()
            .map(|v| {
                v.and_then(|v| v.to_string().parse().ok())
                    .map_or(Value::Null, float)
            })
            .collect(),
        DataType::Float16 | DataType::Float64 => {
            let wide = cast(array, &DataType::Float64)?;
            wide.as_primitive::<Float64Type>()
                .iter()
                .map(|v| v.map_or(Value::Null, float))
                .collect()
        }
        DataType::Date32 | DataType::Date64 => {
            let days = cast(array, &DataType::Date32)?;
            let days = days.as_primitive::<Date32Type>();
            (0..days.len())
                .map(|row| {
                    if days.is_null(row) {
                        return Value::Null;
                    }
                    days.value_as_date(row)
                        .map_or(Value::Null, |date| Value::from(date.to_string()))
                })
                .collect()
        }
        DataType::Timestamp(_, zone) => instants(array, zone.is_some())?,
        DataType::List(_) => list::<i32>(array)?,
        DataType::LargeList(_) => list::<i64>(array)?,
        DataType::Struct(fields) => {
            let inner = array.as_struct();
            let columns = inner
                .columns()
                .iter()
                .map(column)
                .collect::<Result<Vec<_>, _>>()?;
            (0..array.len())
                .map(|row| {
                    if array.is_null(row) {
                        return Value::Null;
                    }
                    let values = columns.iter().map(|column| column[row].clone());
                    Value::Object(
                        fields
                            .iter()
                            .map(|f| f.name().clone())
                            .zip(values)
                            .collect::<Map<_, _>>(),
                    )
                })
                .collect()
        }
        DataType::Dictionary(_, values) => column(&cast(array, values)?)?,
        // Text, decimals, times, intervals, binary: as text.
        _ => text(array)?,
    })
}

/// The type in words of SQL.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "null".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => "smallint".into(),
        DataType::Int32 | DataType::UInt16 => "integer".into(),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint".into(),
        DataType::Float16 | DataType::Float32 => "real".into(),
        DataType::Float64 => "double".into(),
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => {
            format!("decimal({p},{s})")
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".into(),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "binary".into(),
        DataType::Date32 | DataType::Date64 => "date".into(),
        DataType::Time32(_) | DataType::Time64(_) => "time".into(),
        DataType::Timestamp(_, Some(_)) => "timestamptz".into(),
        DataType::Timestamp(_, None) => "timestamp".into(),
        DataType::Interval(_) | DataType::Duration(_) => "interval".into(),
        DataType::List(field) | DataType::LargeList(field) => {
            format!("{}[]", type_name(field.data_type()))
        }
        DataType::Struct(_) => "struct".into(),
        DataType::Dictionary(_, values) => type_name(values),
        other => other.to_string().to_lowercase(),
    }
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn instants(array: &ArrayRef, zoned: bool) -> Result<Vec<Value>, ArrowError> {
    let zone = zoned.then(|| "UTC".into());
    let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, zone))?;
    Ok(micros
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .map(|value| {
            let Some(instant) = value.and_then(DateTime::from_timestamp_micros) else {
                return Value::Null;
            };
            Value::from(if zoned {
                instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
            } else {
                instant
                    .naive_utc()
                    .format("%Y-%m-%dT%H:%M:%S%.f")
                    .to_string()
            })
        })
        .collect())
}

fn list<O: OffsetSizeTrait>(array: &ArrayRef) -> Result<Vec<Value>, ArrowError> {
    let lists = array.as_list::<O>();
    (0..lists.len())
        .map(|row| {
            if lists.is_null(row) {
                Ok(Value::Null)
            } else {
                column(&lists.value(row)).map(Value::Array)
            }
        })
        .collect()
}

fn text(array: &ArrayRef) -> Result<Vec<Value>, ArrowError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
    Ok((0..array.len())
        .map(|row| {
            if array.is_null(row) {
                Value::Null
            } else {
                Value::from(formatter.value(row).to_string())
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray, StringViewArray,
        TimestampMicrosecondArray,
    };
    use serde_json::json;

    use super::*;

    fn values(array: impl Array + 'static) -> Value {
        let array: ArrayRef = Arc::new(array);
        Value::Array(column(&array).expect("json"))
    }

    #[test]
    fn values_take_the_promised_forms() {
        assert_eq!(
            values(Int64Array::from(vec![Some(i64::MAX), None])),
            json!([i64::MAX, null])
        );
        assert_eq!(
            values(Float64Array::from(vec![0.5, f64::NAN])),
            json!([0.5, null])
        );
        let money = Decimal128Array::from(vec![1200, -5])
            .with_precision_and_scale(18, 2)
            .expect("decimal");
        assert_eq!(values(money), json!(["12.00", "-0.05"]));
        assert_eq!(values(Date32Array::from(vec![0])), json!(["1970-01-01"]));
        let instant = TimestampMicrosecondArray::from(vec![1_500_000]).with_timezone("UTC");
        assert_eq!(values(instant), json!(["1970-01-01T00:00:01.500Z"]));
        assert_eq!(
            values(StringViewArray::from(vec![Some("是"), None])),
            json!(["是", null])
        );
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(vec![
            Some(vec![Some(1), None]),
            None,
        ]);
        assert_eq!(values(lists), json!([[1, null], null]));
    }
}
