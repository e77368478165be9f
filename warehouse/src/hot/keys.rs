//! The key index: from a row's key to its position.
//!
//! A single integer key is kept in a [`CompactIndex`]; any other key is kept as arrow's
//! order-preserving row encoding.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Int64Type, Schema};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};

use super::compact::CompactIndex;
use super::position::Position;
use crate::schema;

/// What an encoded key takes beside its slot, about.
const ENCODED_BYTES: usize = 32;

/// How the keys of one table are encoded.
#[derive(Clone, Debug)]
pub(crate) struct KeyCodec {
    /// Positions of the key columns; empty for a table without a key.
    columns: Vec<usize>,
    types: Vec<DataType>,
    converter: Option<Arc<RowConverter>>,
}

/// The keys of a batch of rows.
#[derive(Debug)]
pub(crate) enum Keys {
    Int64(Int64Array),
    Encoded(Rows),
}

impl KeyCodec {
    pub(crate) fn new(columns: Vec<usize>, schema: &Schema) -> Result<Self, ArrowError> {
        let types: Vec<_> = columns
            .iter()
            .map(|&column| schema::storage_type(schema.field(column).data_type()))
            .collect();
        if columns.len() == 1
            && matches!(
                types[0],
                DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64
            )
        {
            return Ok(Self {
                columns,
                types: vec![DataType::Int64],
                converter: None,
            });
        }
        let converter = if columns.is_empty() {
            None
        } else {
            let fields = types.iter().cloned().map(SortField::new).collect();
            Some(Arc::new(RowConverter::new(fields)?))
        };
        Ok(Self {
            columns,
            types,
            converter,
        })
    }

    pub(crate) fn columns(&self) -> &[usize] {
        &self.columns
    }

    pub(crate) fn is_keyless(&self) -> bool {
        self.columns.is_empty()
    }

    /// Encodes key columns (those of [`KeyCodec::columns`], in that order); none for a table
    /// without a key.
    pub(crate) fn encode(&self, columns: &[ArrayRef]) -> Result<Option<Keys>, ArrowError> {
        if self.is_keyless() {
            return Ok(None);
        }
        let columns = columns
            .iter()
            .zip(&self.types)
            .map(|(array, data_type)| schema::cast(array, data_type))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Some(match &self.converter {
            None => Keys::Int64(columns[0].as_primitive::<Int64Type>().clone()),
            Some(converter) => Keys::Encoded(converter.convert_columns(&columns)?),
        }))
    }

    /// An empty index for such keys.
    pub(crate) fn index(&self) -> KeyIndex {
        match (&self.converter, self.is_keyless()) {
            (_, true) => KeyIndex::None,
            (None, _) => KeyIndex::Int64(CompactIndex::new()),
            (Some(_), _) => KeyIndex::Encoded(HashMap::default()),
        }
    }
}

impl Keys {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Int64(keys) => keys.len(),
            Self::Encoded(keys) => keys.num_rows(),
        }
    }
}

/// From key to position.
#[derive(Debug)]
pub(crate) enum KeyIndex {
    /// The table has no key.
    None,
    Int64(CompactIndex),
    Encoded(HashMap<Box<[u8]>, Position>),
}

impl KeyIndex {
    pub(crate) fn get(&self, keys: &Keys, row: usize) -> Option<Position> {
        match (self, keys) {
            (Self::Int64(map), Keys::Int64(keys)) => map.get(keys.value(row)),
            (Self::Encoded(map), Keys::Encoded(keys)) => map.get(keys.row(row).data()).copied(),
            _ => None,
        }
    }

    /// Returns the position the key had before.
    pub(crate) fn insert(&mut self, keys: &Keys, row: usize, at: Position) -> Option<Position> {
        match (self, keys) {
            (Self::Int64(map), Keys::Int64(keys)) => map.insert(keys.value(row), at),
            (Self::Encoded(map), Keys::Encoded(keys)) => {
                map.insert(keys.row(row).data().into(), at)
            }
            _ => None,
        }
    }

    pub(crate) fn remove(&mut self, keys: &Keys, row: usize) -> Option<Position> {
        match (self, keys) {
            (Self::Int64(map), Keys::Int64(keys)) => map.remove(keys.value(row)),
            (Self::Encoded(map), Keys::Encoded(keys)) => map.remove(keys.row(row).data()),
            _ => None,
        }
    }

    /// Moves the key from `old` to `new` if it still is at `old`.
    pub(crate) fn relocate(
        &mut self,
        keys: &Keys,
        row: usize,
        old: Position,
        new: Position,
    ) -> bool {
        let slot = match (self, keys) {
            (Self::Int64(map), Keys::Int64(keys)) => {
                return map.relocate(keys.value(row), old, new);
            }
            (Self::Encoded(map), Keys::Encoded(keys)) => map.get_mut(keys.row(row).data()),
            _ => None,
        };
        match slot {
            Some(position) if *position == old => {
                *position = new;
                true
            }
            _ => false,
        }
    }

    /// The key columns of all keys that `other` does not have.
    pub(crate) fn missing_in(
        &self,
        other: &Self,
        codec: &KeyCodec,
    ) -> Result<Vec<ArrayRef>, ArrowError> {
        match (self, other) {
            (Self::Int64(mine), Self::Int64(others)) => {
                let mut keys: Vec<i64> = mine
                    .keys()
                    .filter(|&key| others.get(key).is_none())
                    .collect();
                keys.sort_unstable();
                Ok(vec![Arc::new(Int64Array::from(keys))])
            }
            (Self::Encoded(mine), Self::Encoded(others)) => {
                let Some(converter) = &codec.converter else {
                    return Ok(Vec::new());
                };
                let mut keys: Vec<_> = mine
                    .keys()
                    .filter(|key| !others.contains_key(*key))
                    .collect();
                keys.sort_unstable();
                let parser = converter.parser();
                converter.convert_rows(keys.into_iter().map(|key| parser.parse(key)))
            }
            _ => Ok(Vec::new()),
        }
    }

    pub(crate) fn reserve(&mut self, additional: usize) {
        match self {
            Self::None => {}
            Self::Int64(map) => map.reserve(additional),
            Self::Encoded(map) => map.reserve(additional),
        }
    }

    /// Memory held, in bytes; of encoded keys an estimate.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Int64(map) => map.bytes(),
            Self::Encoded(map) => {
                let slots = map.capacity() * (size_of::<(Box<[u8]>, Position)>() + 1);
                slots + map.len() * ENCODED_BYTES
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::None => {}
            Self::Int64(map) => map.clear(),
            Self::Encoded(map) => map.clear(),
        }
    }
}
