//! The canonical text of rows, made twice: by Postgres from its own values, and from the lake's
//! Arrow arrays. Rows agree exactly when their texts do.
//!
//! | value | text |
//! |---|---|
//! | null, and what the lake can't hold (see the mapping table) | `-` |
//! | anything else | its length in bytes, `:`, then |
//! | boolean | `true`, `false` |
//! | integers, `oid` | decimal digits |
//! | `real`, `double precision` | the bits in hexadecimal |
//! | `numeric` | decimal digits with all places of the column |
//! | `date` | days since 1970-01-01 |
//! | `timestamp`, `timestamptz` | microseconds since 1970-01-01 (UTC) |
//! | `bytea` | hexadecimal |
//! | text and what is kept as text | itself; `interval` in ISO 8601 |
//! | list | `[`, the texts of the elements, `]` |
//!
//! A row is the texts of its columns one after the other; the hash of a row is the first eight
//! bytes of its SHA-256 as a signed number.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use sha2::{Digest as _, Sha256};

use crate::types::Codec;

/// Settings of a session in which [`expression`] means what the table above says.
pub(crate) const SESSION: &str = "SET intervalstyle = 'iso_8601'; SET bytea_output = 'hex'; SET timezone = 'UTC'; SET datestyle = 'ISO'";

/// SQL for the canonical text of `column` (an expression) of this codec.
pub(crate) fn expression(codec: &Codec, column: &str) -> String {
    // Null where the lake has null.
    let value = match codec {
        Codec::Bool | Codec::Int16 | Codec::Int32 | Codec::Int64 | Codec::Oid | Codec::Uuid
        | Codec::Time | Codec::Interval => format!("({column})::text"),
        // The output function, which keeps the blanks of char(n).
        Codec::Text | Codec::Jsonb => {
            format!("case when ({column}) is not null then format('%s', ({column})) end")
        }
        Codec::Float32 => format!("encode(float4send(({column})), 'hex')"),
        Codec::Float64 => format!("encode(float8send(({column})), 'hex')"),
        Codec::Bytes => format!("encode(({column}), 'hex')"),
        Codec::Decimal { precision, scale } => {
            let whole = i16::from(*precision) - i16::from(*scale);
            format!(
                "case when ({column}) not in ('NaN', 'Infinity', '-Infinity')
                       and abs(round(({column})::numeric, {scale})) < power(10::numeric, {whole})
                      then round(({column})::numeric, {scale})::text end"
            )
        }
        Codec::Date => format!(
            "case when isfinite(({column})) then (({column}) - date '1970-01-01')::text end"
        ),
        Codec::Timestamp | Codec::TimestampTz => format!(
            "case when isfinite(({column}))
                   and extract(epoch from ({column})) * 1000000 <= 9223372036854775807
                  then trunc(extract(epoch from ({column})) * 1000000)::text end"
        ),
        Codec::List(item) => format!(
            "case when coalesce(array_ndims({column}), 1) = 1 and ({column}) is not null
                  then '[' || coalesce((select string_agg({}, '' order by place)
                                          from unnest({column}) with ordinality as list(item, place)), '')
                       || ']' end",
            expression(item, "list.item")
        ),
    };
    format!("coalesce((select octet_length(v) || ':' || v from (select {value}) as c(v)), '-')")
}

/// SQL for the hash of a canonical text.
pub(crate) fn hash_expression(text: &str) -> String {
    format!(
        "('x' || encode(substr(sha256(convert_to({text}, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint"
    )
}

/// The hash of a canonical text.
pub(crate) fn hash(text: &str) -> i64 {
    let digest = Sha256::digest(text.as_bytes());
    let (first, _) = digest
        .split_first_chunk::<8>()
        .expect("SHA-256 has 32 bytes");
    i64::from_be_bytes(*first)
}

/// Writes canonical texts of a column of the lake.
#[derive(Debug)]
pub(crate) struct Column {
    codec: Codec,
    array: ArrayRef,
}

impl Column {
    /// A column read from the lake, in whatever encoding the scan gives it.
    pub fn new(codec: &Codec, array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(Self {
            codec: codec.clone(),
            array: cast(array, &codec.data_type())?,
        })
    }

    /// Appends the canonical text of one value.
    pub fn write(&self, row: usize, into: &mut String) -> Result<(), ArrowError> {
        if self.array.is_null(row) {
            into.push('-');
            return Ok(());
        }
        let array = &self.array;
        let text = match &self.codec {
            Codec::Bool => array.as_boolean().value(row).to_string(),
            Codec::Int16 => array.as_primitive::<Int16Type>().value(row).to_string(),
            Codec::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
            Codec::Int64 | Codec::Oid => array.as_primitive::<Int64Type>().value(row).to_string(),
            Codec::Float32 => {
                format!(
                    "{:08x}",
                    array.as_primitive::<Float32Type>().value(row).to_bits()
                )
            }
            Codec::Float64 => {
                format!(
                    "{:016x}",
                    array.as_primitive::<Float64Type>().value(row).to_bits()
                )
            }
            Codec::Decimal { .. } => array.as_primitive::<Decimal128Type>().value_as_string(row),
            Codec::Date => array.as_primitive::<Date32Type>().value(row).to_string(),
            Codec::Timestamp | Codec::TimestampTz => array
                .as_primitive::<TimestampMicrosecondType>()
                .value(row)
                .to_string(),
            Codec::Bytes => {
                let bytes = array.as_binary::<i32>().value(row);
                bytes.iter().map(|byte| format!("{byte:02x}")).collect()
            }
            Codec::Text | Codec::Jsonb | Codec::Uuid | Codec::Time | Codec::Interval => {
                array.as_string_view().value(row).to_owned()
            }
            Codec::List(item) => {
                let items = Self::new(item, &array.as_list::<i32>().value(row))?;
                let mut text = String::from("[");
                for place in 0..items.array.len() {
                    items.write(place, &mut text)?;
                }
                text.push(']');
                text
            }
        };
        into.push_str(&text.len().to_string());
        into.push(':');
        into.push_str(&text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, StringArray};

    use super::*;

    #[test]
    fn lengths_make_texts_unambiguous() {
        let array: ArrayRef = Arc::new(StringArray::from(vec![Some("a-"), None, Some("")]));
        let column = Column::new(&Codec::Text, &array).unwrap();
        let mut text = String::new();
        (0..3).for_each(|row| column.write(row, &mut text).unwrap());
        assert_eq!(text, "2:a--0:");
    }

    #[test]
    fn decimals_show_all_places() {
        let array = Decimal128Array::from(vec![-5_i128])
            .with_precision_and_scale(10, 2)
            .unwrap();
        let column = Column::new(
            &Codec::Decimal {
                precision: 10,
                scale: 2,
            },
            &(Arc::new(array) as _),
        )
        .unwrap();
        let mut text = String::new();
        column.write(0, &mut text).unwrap();
        assert_eq!(text, "5:-0.05");
    }
}
