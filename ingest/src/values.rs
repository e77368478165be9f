//! Typed decoders: one column of Postgres binary values straight into an Arrow array.
//!
//! The same builders serve the replication stream and `COPY … BINARY`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array,
    Float32Array, Float64Array, Int16Array, Int32Array, Int64Array, ListArray, StringViewArray,
    TimestampMicrosecondArray, make_view,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::error::ArrowError;

use crate::error::Malformed;
use crate::numeric;
use crate::text_forms;
use crate::types::{Codec, item_field};

/// Days from 1970-01-01 to 2000-01-01, the day Postgres counts from.
const EPOCH_DAYS: i32 = 10_957;
/// The same in microseconds.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Grows one column value by value.
#[derive(Debug)]
pub struct ColumnBuilder {
    codec: Codec,
    values: Values,
    nulls: Nulls,
    unrepresentable: u64,
}

/// Storage of the values; a null leaves a zero, so positions always agree.
#[derive(Debug)]
enum Values {
    Bool(BooleanBufferBuilder),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    /// With 10^precision, the first magnitude that does not fit.
    Decimal(Vec<i128>, i128),
    Text {
        views: Vec<u128>,
        bytes: Vec<u8>,
    },
    Bytes {
        offsets: Vec<i32>,
        bytes: Vec<u8>,
    },
    List {
        offsets: Vec<i32>,
        items: Box<ColumnBuilder>,
    },
}

/// Validity, allocated at the first null.
#[derive(Debug, Default)]
struct Nulls {
    length: usize,
    validity: Option<BooleanBufferBuilder>,
}

impl Nulls {
    fn push(&mut self, valid: bool) {
        if let Some(validity) = &mut self.validity {
            validity.append(valid);
        } else if !valid {
            let mut validity = BooleanBufferBuilder::new(self.length + 8);
            validity.append_n(self.length, true);
            validity.append(false);
            self.validity = Some(validity);
        }
        self.length += 1;
    }

    fn take(&mut self) -> Option<NullBuffer> {
        self.length = 0;
        self.validity
            .take()
            .map(|mut validity| NullBuffer::new(validity.finish()))
    }
}

impl ColumnBuilder {
    pub fn new(codec: &Codec) -> Self {
        let values = match codec {
            Codec::Bool => Values::Bool(BooleanBufferBuilder::new(0)),
            Codec::Int16 => Values::Int16(Vec::new()),
            Codec::Int32 | Codec::Date => Values::Int32(Vec::new()),
            Codec::Int64 | Codec::Oid | Codec::Timestamp | Codec::TimestampTz => {
                Values::Int64(Vec::new())
            }
            Codec::Float32 => Values::Float32(Vec::new()),
            Codec::Float64 => Values::Float64(Vec::new()),
            Codec::Decimal { precision, .. } => {
                Values::Decimal(Vec::new(), numeric::limit(*precision))
            }
            Codec::Text | Codec::Jsonb | Codec::Uuid | Codec::Time | Codec::Interval => {
                Values::Text {
                    views: Vec::new(),
                    bytes: Vec::new(),
                }
            }
            Codec::Bytes => Values::Bytes {
                offsets: vec![0],
                bytes: Vec::new(),
            },
            Codec::List(item) => Values::List {
                offsets: vec![0],
                items: Box::new(Self::new(item)),
            },
        };
        Self {
            codec: codec.clone(),
            values,
            nulls: Nulls::default(),
            unrepresentable: 0,
        }
    }

    /// Number of values so far.
    pub fn len(&self) -> usize {
        self.nulls.length
    }

    /// Values that Arrow can't hold (NaN or infinite numerics, infinite instants, arrays of several
    /// dimensions) and that became null, since the builder was made.
    pub fn unrepresentable(&self) -> u64 {
        self.unrepresentable
    }

    /// The same, and counts from zero again.
    pub fn take_unrepresentable(&mut self) -> u64 {
        std::mem::take(&mut self.unrepresentable)
    }

    pub fn append_null(&mut self) {
        self.push_placeholder();
        self.nulls.push(false);
    }

    fn push_placeholder(&mut self) {
        match &mut self.values {
            Values::Bool(values) => values.append(false),
            Values::Int16(values) => values.push(0),
            Values::Int32(values) => values.push(0),
            Values::Int64(values) => values.push(0),
            Values::Float32(values) => values.push(0.0),
            Values::Float64(values) => values.push(0.0),
            Values::Decimal(values, _) => values.push(0),
            Values::Text { views, .. } => views.push(0),
            Values::Bytes { offsets, .. } | Values::List { offsets, .. } => {
                offsets.push(*offsets.last().expect("offsets begin with 0"));
            }
        }
    }

    /// Appends a value in Postgres' binary form.
    ///
    /// # Errors
    /// The bytes don't have the form of the column's type; the builder is of no further use.
    pub fn append(&mut self, value: &[u8]) -> Result<(), Malformed> {
        let fits = self.push_value(value)?;
        if !fits {
            self.push_placeholder();
            self.unrepresentable += 1;
        }
        self.nulls.push(fits);
        Ok(())
    }

    /// Appends a value in text form, which Postgres sends for types without a binary form.
    pub fn append_text(&mut self, value: &[u8]) -> Result<(), Malformed> {
        if self.codec != Codec::Text {
            return Err(Malformed::new(format!(
                "a text value in a column of {:?}",
                self.codec
            )));
        }
        self.append(value)
    }

    /// `Ok(false)`: valid, but Arrow can't hold it; nothing was pushed.
    fn push_value(&mut self, value: &[u8]) -> Result<bool, Malformed> {
        match (&mut self.values, &self.codec) {
            (Values::Bool(values), _) => values.append(fixed::<1>("boolean", value)?[0] != 0),
            (Values::Int16(values), _) => {
                values.push(i16::from_be_bytes(fixed("smallint", value)?));
            }
            (Values::Int32(values), Codec::Date) => {
                let days = i32::from_be_bytes(fixed("date", value)?);
                match days.checked_add(EPOCH_DAYS) {
                    Some(since_1970) if days != i32::MIN && days != i32::MAX => {
                        values.push(since_1970);
                    }
                    _ => return Ok(false),
                }
            }
            (Values::Int32(values), _) => values.push(i32::from_be_bytes(fixed("integer", value)?)),
            (Values::Int64(values), Codec::Oid) => {
                values.push(i64::from(u32::from_be_bytes(fixed("oid", value)?)));
            }
            (Values::Int64(values), Codec::Timestamp | Codec::TimestampTz) => {
                let micros = i64::from_be_bytes(fixed("timestamp", value)?);
                match micros.checked_add(EPOCH_MICROS) {
                    Some(since_1970) if micros != i64::MIN && micros != i64::MAX => {
                        values.push(since_1970);
                    }
                    _ => return Ok(false),
                }
            }
            (Values::Int64(values), _) => values.push(i64::from_be_bytes(fixed("bigint", value)?)),
            (Values::Float32(values), _) => values.push(f32::from_be_bytes(fixed("real", value)?)),
            (Values::Float64(values), _) => {
                values.push(f64::from_be_bytes(fixed("double precision", value)?));
            }
            (Values::Decimal(values, limit), Codec::Decimal { scale, .. }) => {
                match numeric::decode(value, *scale, *limit)? {
                    Some(number) => values.push(number),
                    None => return Ok(false),
                }
            }
            (Values::Text { views, bytes }, codec) => {
                let start = bytes.len();
                match codec {
                    Codec::Jsonb => match value.split_first() {
                        Some((1, json)) => bytes.extend_from_slice(json),
                        _ => return Err(Malformed::new("a jsonb of an unknown version")),
                    },
                    Codec::Uuid => text_forms::uuid(fixed("uuid", value)?, bytes),
                    Codec::Time => {
                        text_forms::time(i64::from_be_bytes(fixed("time", value)?), bytes);
                    }
                    Codec::Interval => text_forms::interval(fixed("interval", value)?, bytes),
                    _ => bytes.extend_from_slice(value),
                }
                views.push(view(bytes, start)?);
            }
            (Values::Bytes { offsets, bytes }, _) => {
                bytes.extend_from_slice(value);
                offsets.push(position(bytes.len())?);
            }
            (Values::List { offsets, items }, _) => {
                if !push_items(items, value)? {
                    return Ok(false);
                }
                offsets.push(position(items.len())?);
            }
            (values, codec) => {
                return Err(Malformed::new(format!(
                    "{codec:?} has no place in {values:?}"
                )));
            }
        }
        Ok(true)
    }

    /// The finished array; the builder starts again empty.
    ///
    /// # Errors
    /// Text that isn't UTF-8.
    pub fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let nulls = self.nulls.take();
        Ok(match &mut self.values {
            Values::Bool(values) => {
                let bits: BooleanBuffer = values.finish();
                Arc::new(BooleanArray::new(bits, nulls))
            }
            Values::Int16(values) => Arc::new(Int16Array::new(exact(values), nulls)),
            Values::Int32(values) if self.codec == Codec::Date => {
                Arc::new(Date32Array::new(exact(values), nulls))
            }
            Values::Int32(values) => Arc::new(Int32Array::new(exact(values), nulls)),
            Values::Int64(values) => match self.codec {
                Codec::Timestamp => Arc::new(TimestampMicrosecondArray::new(exact(values), nulls)),
                Codec::TimestampTz => Arc::new(
                    TimestampMicrosecondArray::new(exact(values), nulls).with_timezone("UTC"),
                ),
                _ => Arc::new(Int64Array::new(exact(values), nulls)),
            },
            Values::Float32(values) => Arc::new(Float32Array::new(exact(values), nulls)),
            Values::Float64(values) => Arc::new(Float64Array::new(exact(values), nulls)),
            Values::Decimal(values, _) => Arc::new(
                Decimal128Array::new(exact(values), nulls).with_data_type(self.codec.data_type()),
            ),
            Values::Text { views, bytes } => {
                let blocks = if bytes.is_empty() {
                    vec![]
                } else {
                    vec![exact_bytes(bytes)]
                };
                Arc::new(StringViewArray::try_new(exact(views), blocks, nulls)?)
            }
            Values::Bytes { offsets, bytes } => Arc::new(BinaryArray::try_new(
                exact_offsets(offsets),
                exact_bytes(bytes),
                nulls,
            )?),
            Values::List { offsets, items } => {
                let field = Arc::new(item_field(&items.codec));
                let values = items.finish()?;
                self.unrepresentable += std::mem::take(&mut items.unrepresentable);
                Arc::new(ListArray::try_new(
                    field,
                    exact_offsets(offsets),
                    values,
                    nulls,
                )?)
            }
        })
    }
}

/// Hands the vector over without the slack of its growth: small batches live long in memory.
fn exact<T: arrow::datatypes::ArrowNativeType>(values: &mut Vec<T>) -> ScalarBuffer<T> {
    let mut values = std::mem::take(values);
    values.shrink_to_fit();
    ScalarBuffer::from(values)
}

fn exact_bytes(bytes: &mut Vec<u8>) -> Buffer {
    let mut bytes = std::mem::take(bytes);
    bytes.shrink_to_fit();
    Buffer::from_vec(bytes)
}

fn exact_offsets(offsets: &mut Vec<i32>) -> OffsetBuffer<i32> {
    let offsets = std::mem::replace(offsets, vec![0]);
    OffsetBuffer::new(ScalarBuffer::from(offsets))
}

fn fixed<const N: usize>(what: &str, value: &[u8]) -> Result<[u8; N], Malformed> {
    value
        .try_into()
        .map_err(|_| Malformed::short(what, value.len()))
}

fn position(length: usize) -> Result<i32, Malformed> {
    i32::try_from(length).map_err(|_| Malformed::new("a batch of more than 2 GiB in one column"))
}

/// A view of the text from `start` on; short text lives in the view alone.
fn view(bytes: &mut Vec<u8>, start: usize) -> Result<u128, Malformed> {
    let offset = u32::try_from(start)
        .map_err(|_| Malformed::new("a batch of more than 4 GiB of text in one column"))?;
    let view = make_view(&bytes[start..], 0, offset);
    if bytes.len() - start <= 12 {
        bytes.truncate(start);
    }
    Ok(view)
}

/// Appends the elements of a binary array; `Ok(false)` for more than one dimension.
fn push_items(items: &mut ColumnBuilder, value: &[u8]) -> Result<bool, Malformed> {
    let short = || Malformed::short("array", value.len());
    let word = |at: usize| -> Result<i32, Malformed> {
        let bytes = value.get(at..at + 4).ok_or_else(short)?;
        Ok(i32::from_be_bytes(fixed("array", bytes)?))
    };
    match word(0)? {
        0 => return Ok(true),
        1 => {}
        _ => return Ok(false),
    }
    let count = word(12)?;
    let mut at = 20;
    for _ in 0..count {
        let length = word(at)?;
        at += 4;
        if let Ok(length) = usize::try_from(length) {
            items.append(value.get(at..at + length).ok_or_else(short)?)?;
            at += length;
        } else {
            items.append_null();
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::{Int32Type, TimestampMicrosecondType};

    use super::*;

    #[test]
    fn text_is_compact_and_keeps_nulls_in_place() {
        let mut column = ColumnBuilder::new(&Codec::Text);
        column.append(b"short").unwrap();
        column.append_null();
        column
            .append("longer than twelve bytes 长".as_bytes())
            .unwrap();
        let array = column.finish().unwrap();
        let text = array.as_string_view();
        assert_eq!(text.value(0), "short");
        assert!(text.is_null(1));
        assert_eq!(text.value(2), "longer than twelve bytes 长");
        assert_eq!(
            text.data_buffers()[0].len(),
            "longer than twelve bytes 长".len()
        );
        assert_eq!(column.len(), 0);
    }

    #[test]
    fn infinite_instants_become_counted_nulls() {
        let mut column = ColumnBuilder::new(&Codec::TimestampTz);
        column.append(&i64::MAX.to_be_bytes()).unwrap();
        column.append(&i64::MIN.to_be_bytes()).unwrap();
        column.append(&(i64::MAX - 1).to_be_bytes()).unwrap();
        column.append(&0_i64.to_be_bytes()).unwrap();
        assert_eq!(column.unrepresentable(), 3);
        let array = column.finish().unwrap();
        assert_eq!(array.null_count(), 3);
        assert_eq!(
            array.as_primitive::<TimestampMicrosecondType>().value(3),
            EPOCH_MICROS
        );
    }

    #[test]
    fn arrays_become_lists() {
        let mut column = ColumnBuilder::new(&Codec::List(Box::new(Codec::Int32)));
        let mut value = Vec::new();
        for word in [1, 1, 23, 2, 1, 4, 7, -1] {
            value.extend(i32::to_be_bytes(word));
        }
        column.append(&value).unwrap();
        let empty: Vec<u8> = [0, 0, 23].into_iter().flat_map(i32::to_be_bytes).collect();
        column.append(&empty).unwrap();
        let matrix: Vec<u8> = [2, 0, 23, 1, 1, 1, 1, 4, 7]
            .into_iter()
            .flat_map(i32::to_be_bytes)
            .collect();
        column.append(&matrix).unwrap();
        column.append_null();
        let array = column.finish().unwrap();
        let lists = array.as_list::<i32>();
        assert_eq!(lists.value(0).as_primitive::<Int32Type>().value(0), 7);
        assert!(lists.value(0).is_null(1));
        assert_eq!(lists.value(1).len(), 0);
        assert!(lists.is_valid(1) && lists.is_null(2) && lists.is_null(3));
        assert_eq!(column.unrepresentable(), 1);
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let mut column = ColumnBuilder::new(&Codec::Int64);
        assert!(column.append(&[0, 0, 0, 1]).is_err());
        assert_eq!(column.len(), 0);
    }
}
