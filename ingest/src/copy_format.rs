//! Reader of `COPY … TO STDOUT (FORMAT binary)`: chunks of bytes in, Arrow batches out.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::catalog::CapturedTable;
use crate::error::Malformed;
use crate::rows;
use crate::values::ColumnBuilder;

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// Decodes the binary copy of one table, whose columns come in the order of its definition.
#[derive(Debug)]
pub struct CopyDecoder {
    schema: SchemaRef,
    columns: Vec<ColumnBuilder>,
    /// Bytes of a row that is not complete yet.
    carry: Vec<u8>,
    position: Position,
    rows: usize,
    bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Header,
    Rows,
    End,
}

impl CopyDecoder {
    pub fn new(table: &CapturedTable) -> Self {
        Self {
            schema: rows::schema(table),
            columns: table.codecs.iter().map(ColumnBuilder::new).collect(),
            carry: Vec::new(),
            position: Position::Header,
            rows: 0,
            bytes: 0,
        }
    }

    /// Rows that wait to be taken.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of the rows that wait to be taken.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// `true` after the trailer.
    pub fn is_complete(&self) -> bool {
        self.position == Position::End && self.carry.is_empty()
    }

    /// Values that became null because Arrow can't hold them.
    pub fn unrepresentable(&self) -> u64 {
        self.columns
            .iter()
            .map(ColumnBuilder::unrepresentable)
            .sum()
    }

    /// Takes in the next chunk; chunks may end anywhere.
    ///
    /// # Errors
    /// The bytes are no binary copy of this table.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Malformed> {
        if self.carry.is_empty() {
            let taken = self.decode(chunk)?;
            self.carry.extend_from_slice(&chunk[taken..]);
        } else {
            let mut bytes = std::mem::take(&mut self.carry);
            bytes.extend_from_slice(chunk);
            let taken = self.decode(&bytes)?;
            bytes.drain(..taken);
            self.carry = bytes;
        }
        Ok(())
    }

    /// Decodes whole rows; returns the number of bytes they took.
    fn decode(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let mut at = 0;
        if self.position == Position::Header {
            // Signature, flags, length of the header's extension.
            let Some(head) = bytes.get(..19) else {
                return Ok(0);
            };
            if &head[..11] != SIGNATURE {
                return Err(Malformed::new("a copy without the binary signature"));
            }
            at = 19 + word(bytes, 15).unwrap_or(0).max(0) as usize;
            if bytes.len() < at {
                return Ok(0);
            }
            self.position = Position::Rows;
        }
        while self.position == Position::Rows {
            let Some(end) = row_end(bytes, at)? else {
                break;
            };
            let fields = i16::from_be_bytes([bytes[at], bytes[at + 1]]);
            if fields == -1 {
                self.position = Position::End;
                at = end;
                break;
            }
            if usize::try_from(fields).ok() != Some(self.columns.len()) {
                return Err(Malformed::new(format!(
                    "a copied row of {fields} columns, expected {}",
                    self.columns.len()
                )));
            }
            let mut field = at + 2;
            for column in &mut self.columns {
                let length = word(bytes, field).expect("row_end has checked the lengths");
                field += 4;
                if let Ok(length) = usize::try_from(length) {
                    column.append(&bytes[field..field + length])?;
                    field += length;
                } else {
                    column.append_null();
                }
            }
            self.rows += 1;
            self.bytes += end - at;
            at = end;
        }
        Ok(at)
    }

    /// The rows so far as a batch.
    ///
    /// # Errors
    /// Text that isn't UTF-8.
    pub fn take(&mut self) -> Result<RecordBatch, Malformed> {
        let broken = |error: arrow::error::ArrowError| Malformed::new(error.to_string());
        let columns = self
            .columns
            .iter_mut()
            .map(ColumnBuilder::finish)
            .collect::<Result<_, _>>()
            .map_err(broken)?;
        (self.rows, self.bytes) = (0, 0);
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(broken)
    }
}

/// Where the row at `at` ends, or `None` when it isn't complete.
fn row_end(bytes: &[u8], at: usize) -> Result<Option<usize>, Malformed> {
    let Some(head) = bytes.get(at..at + 2) else {
        return Ok(None);
    };
    let fields = i16::from_be_bytes([head[0], head[1]]);
    if fields < -1 {
        return Err(Malformed::new(format!("a copied row of {fields} columns")));
    }
    let mut end = at + 2;
    for _ in 0..fields.max(0) {
        let Some(length) = word(bytes, end) else {
            return Ok(None);
        };
        end += 4 + length.max(0) as usize;
    }
    Ok((end <= bytes.len()).then_some(end))
}

fn word(bytes: &[u8], at: usize) -> Option<i32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::Int32Type;

    use super::*;
    use crate::catalog::tests::two_columns;

    fn copy() -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([0; 8]);
        for (id, text) in [
            (1, Some("one")),
            (2, None),
            (3, Some("a longer text, number three")),
        ] {
            bytes.extend(2_i16.to_be_bytes());
            bytes.extend(4_i32.to_be_bytes());
            bytes.extend(i32::to_be_bytes(id));
            match text {
                Some(text) => {
                    bytes.extend(i32::try_from(text.len()).unwrap().to_be_bytes());
                    bytes.extend(text.as_bytes());
                }
                None => bytes.extend((-1_i32).to_be_bytes()),
            }
        }
        bytes.extend((-1_i16).to_be_bytes());
        bytes
    }

    #[test]
    fn chunks_may_end_anywhere() {
        let bytes = copy();
        for size in 1..=bytes.len() {
            let mut decoder = CopyDecoder::new(&two_columns());
            for chunk in bytes.chunks(size) {
                assert!(!decoder.is_complete());
                decoder.push(chunk).unwrap();
            }
            assert!(decoder.is_complete(), "chunks of {size}");
            let batch = decoder.take().unwrap();
            assert_eq!(
                batch.column(0).as_primitive::<Int32Type>().values(),
                &[1, 2, 3]
            );
            assert_eq!(
                batch.column(1).as_string_view().value(2),
                "a longer text, number three"
            );
            assert_eq!(batch.column(1).null_count(), 1);
        }
    }
}
