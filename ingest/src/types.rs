//! Which Postgres type becomes which Arrow type: the one mapping table of the crate.
//!
//! | Postgres | Arrow | notes |
//! |---|---|---|
//! | `boolean` | `Boolean` | |
//! | `smallint`, `integer`, `bigint` | `Int16`, `Int32`, `Int64` | |
//! | `oid` | `Int64` | unsigned in Postgres |
//! | `real`, `double precision` | `Float32`, `Float64` | NaN and infinities are kept |
//! | `numeric(p,s)` | `Decimal128(p,s)` | p ≤ 38, where Delta's decimals end; a negative scale becomes 0 and widens p |
//! | `numeric` | `Decimal128(38,10)` | further decimals are rounded half away from zero |
//! | numeric NaN, infinity, or too large for the column | null | counted as unrepresentable |
//! | `text`, `varchar`, `bpchar`, `name`, `"char"`, `citext`, enums | `Utf8View` | the blanks of `char(n)` are kept |
//! | `json`, `jsonb` | `Utf8View` | the text Postgres shows |
//! | `uuid` | `Utf8View` | 36 characters, lower case |
//! | `bytea` | `Binary` | |
//! | `date` | `Date32` | infinities: null, counted |
//! | `timestamp`, `timestamptz` | `Timestamp(µs)`, `Timestamp(µs, UTC)` | infinities and instants outside the 64 bit range: null, counted |
//! | `time` | `Utf8View` | as Postgres shows it, `08:30:00.25` |
//! | `interval` | `Utf8View` | ISO 8601, `P1Y2M3DT4H5M6.7S` (Postgres' `intervalstyle = iso_8601`) |
//! | arrays of the above | `List` of the element | one dimension; a value with more: null, counted |
//! | domains | as their base type | |
//! | anything else | – | the table is refused with the column's name: the stream is binary and has no text form of it |
//!
//! Stored generated columns are not sent by logical replication and are left out of the table.

use std::sync::Arc;

use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, TimeUnit};

/// Precision and scale given to a `numeric` without any.
pub const UNBOUNDED_NUMERIC: (u8, i8) = (38, 10);

/// How one column travels from Postgres' binary form into Arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codec {
    Bool,
    Int16,
    Int32,
    Int64,
    Oid,
    Float32,
    Float64,
    Decimal { precision: u8, scale: i8 },
    Text,
    Jsonb,
    Uuid,
    Bytes,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Interval,
    List(Box<Codec>),
}

impl Codec {
    /// The Arrow type of a column read by this codec.
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int16 => DataType::Int16,
            Self::Int32 => DataType::Int32,
            Self::Int64 | Self::Oid => DataType::Int64,
            Self::Float32 => DataType::Float32,
            Self::Float64 => DataType::Float64,
            Self::Decimal { precision, scale } => DataType::Decimal128(*precision, *scale),
            Self::Text | Self::Jsonb | Self::Uuid | Self::Time | Self::Interval => {
                DataType::Utf8View
            }
            Self::Bytes => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
            Self::List(item) => DataType::List(Arc::new(item_field(item))),
        }
    }
}

/// The field of a list's elements; `element` is the name Delta uses.
pub(crate) fn item_field(item: &Codec) -> Field {
    Field::new("element", item.data_type(), true)
}

/// What `pg_type` says about a type, as far as the mapping needs it.
#[derive(Debug, Clone)]
pub struct PgType {
    pub oid: u32,
    pub name: String,
    /// `pg_type.typtype`: `b`ase, `d`omain, `e`num, ...
    pub kind: u8,
    /// Element type of an array, else 0.
    pub element: u32,
    /// `true` for a genuine (varlena) array type.
    pub is_array: bool,
    /// Base type of a domain, else 0.
    pub base: u32,
    /// Type modifier a domain gives to its base type, else -1.
    pub base_modifier: i32,
}

/// The codec of a type, or `None` when the mapping table has no line for it.
///
/// `lookup` finds a type by oid; `modifier` is `pg_attribute.atttypmod`.
pub fn codec<'a>(
    oid: u32,
    modifier: i32,
    lookup: &impl Fn(u32) -> Option<&'a PgType>,
) -> Option<Codec> {
    if let Some(codec) = built_in(oid, modifier) {
        return Some(codec);
    }
    let found = lookup(oid)?;
    match found.kind {
        b'd' => {
            let modifier = if found.base_modifier >= 0 {
                found.base_modifier
            } else {
                modifier
            };
            codec(found.base, modifier, lookup)
        }
        b'e' => Some(Codec::Text),
        _ if found.is_array => match codec(found.element, modifier, lookup)? {
            Codec::List(_) => None, // an array of a domain over an array
            item => Some(Codec::List(Box::new(item))),
        },
        _ if found.name == "citext" => Some(Codec::Text),
        _ => None,
    }
}

fn built_in(oid: u32, modifier: i32) -> Option<Codec> {
    Some(match oid {
        16 => Codec::Bool,
        17 => Codec::Bytes,
        // "char", name, text, json, bpchar, varchar
        18 | 19 | 25 | 114 | 1042 | 1043 => Codec::Text,
        20 => Codec::Int64,
        21 => Codec::Int16,
        23 => Codec::Int32,
        26 => Codec::Oid,
        700 => Codec::Float32,
        701 => Codec::Float64,
        1082 => Codec::Date,
        1083 => Codec::Time,
        1114 => Codec::Timestamp,
        1184 => Codec::TimestampTz,
        1186 => Codec::Interval,
        1700 => return numeric(modifier),
        2950 => Codec::Uuid,
        3802 => Codec::Jsonb,
        _ => return None,
    })
}

/// Decimal codec of a `numeric` with this type modifier; `None` beyond 38 digits.
fn numeric(modifier: i32) -> Option<Codec> {
    if modifier < 4 {
        let (precision, scale) = UNBOUNDED_NUMERIC;
        return Some(Codec::Decimal { precision, scale });
    }
    let packed = modifier - 4;
    let precision = (packed >> 16) & 0xffff;
    let scale = ((packed & 0x7ff) ^ 1024) - 1024;
    // Neither Delta nor Parquet knows a negative scale or one above the precision.
    let precision = if scale < 0 {
        precision - scale
    } else {
        precision.max(scale)
    };
    let scale = i8::try_from(scale.max(0)).ok()?;
    let precision = u8::try_from(precision).ok()?;
    (precision <= DECIMAL128_MAX_PRECISION).then_some(Codec::Decimal { precision, scale })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: u32) -> Option<&'static PgType> {
        None
    }

    fn modifier(precision: i32, scale: i32) -> i32 {
        ((precision << 16) | (scale & 0x7ff)) + 4
    }

    #[test]
    fn numerics_become_decimals_delta_can_hold() {
        let of = |p, s| codec(1700, modifier(p, s), &none);
        assert_eq!(
            of(18, 2),
            Some(Codec::Decimal {
                precision: 18,
                scale: 2
            })
        );
        assert_eq!(
            of(38, 38),
            Some(Codec::Decimal {
                precision: 38,
                scale: 38
            })
        );
        assert_eq!(of(39, 0), None);
        assert_eq!(
            of(3, -2),
            Some(Codec::Decimal {
                precision: 5,
                scale: 0
            })
        );
        assert_eq!(
            of(2, 5),
            Some(Codec::Decimal {
                precision: 5,
                scale: 5
            })
        );
        assert_eq!(
            codec(1700, -1, &none),
            Some(Codec::Decimal {
                precision: 38,
                scale: 10
            })
        );
    }

    #[test]
    fn domains_and_arrays_resolve_to_their_base() {
        let types = [
            PgType {
                oid: 50_000,
                name: "price".into(),
                kind: b'd',
                element: 0,
                is_array: false,
                base: 1700,
                base_modifier: modifier(12, 2),
            },
            PgType {
                oid: 50_001,
                name: "_price".into(),
                kind: b'b',
                element: 50_000,
                is_array: true,
                base: 0,
                base_modifier: -1,
            },
            PgType {
                oid: 50_002,
                name: "mood".into(),
                kind: b'e',
                element: 0,
                is_array: false,
                base: 0,
                base_modifier: -1,
            },
        ];
        let lookup = |oid| types.iter().find(|t| t.oid == oid);
        let price = Codec::Decimal {
            precision: 12,
            scale: 2,
        };
        assert_eq!(codec(50_000, -1, &lookup), Some(price.clone()));
        assert_eq!(
            codec(50_001, -1, &lookup),
            Some(Codec::List(Box::new(price)))
        );
        assert_eq!(codec(50_002, -1, &lookup), Some(Codec::Text));
        assert_eq!(
            codec(869, -1, &lookup),
            None,
            "inet has no line in the table"
        );
    }
}
