//! What the lake is told about a source table: its name, columns and key.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::schema;
use crate::{Error, Result};

/// A table of the source, written `schema.table`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    pub schema: String,
    pub name: String,
}

impl TableName {
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

impl FromStr for TableName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('.') {
            Some((schema, name)) if !schema.is_empty() && !name.is_empty() => {
                Ok(Self::new(schema, name))
            }
            _ => Err(Error::Name(text.to_owned())),
        }
    }
}

impl Serialize for TableName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TableName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One column of a source table.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDef {
    pub name: String,
    /// Any of: booleans, signed integers, floats, `Decimal128`, dates, timestamps, text, bytes, or a
    /// list of these. Text may be given as `Utf8`, `LargeUtf8` or `Utf8View`; it is read as `Utf8View`.
    pub data_type: DataType,
    pub nullable: bool,
    /// The source's own number for the column (Postgres: attnum), which survives a rename.
    pub source_id: i32,
}

/// A source table as the lake should keep it.
#[derive(Clone, Debug, PartialEq)]
pub struct TableDef {
    pub name: TableName,
    pub columns: Vec<ColumnDef>,
    /// The names of the columns that identify a row; empty for a table that only ever grows.
    pub key: Vec<String>,
}

impl TableDef {
    /// The schema that readers see: text as `Utf8View`, every column nullable.
    ///
    /// # Errors
    /// [`Error::Schema`] when a column's type can't be kept in a Delta table.
    pub fn schema(&self) -> Result<SchemaRef> {
        let fields = self
            .columns
            .iter()
            .map(|column| schema::field(&self.name, &column.name, &column.data_type))
            .collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(Schema::new(fields)))
    }

    /// Positions of the key columns.
    ///
    /// # Errors
    /// [`Error::Schema`] when the key names a column that is not there.
    pub fn key_columns(&self) -> Result<Vec<usize>> {
        self.key
            .iter()
            .map(|key| {
                self.columns
                    .iter()
                    .position(|column| column.name == *key)
                    .ok_or_else(|| Error::Schema {
                        table: self.name.clone(),
                        detail: format!("key column `{key}` is not among the columns"),
                    })
            })
            .collect()
    }
}
