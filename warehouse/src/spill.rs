//! Changes that wait on local disk instead of in memory.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, UInt8Array};
use arrow::datatypes::{DataType, Field, Schema, UInt8Type};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{ChangeBatch, Error, Op, Result, UnchangedColumns};

/// Name of the column that holds the operations; a source's columns come before it, by position.
const OPS: &str = "op";

/// A queue of change batches in a file without a name: it is gone with the process, however that
/// ends. Each batch has a head of the caller's.
///
/// Writing and reading block; the file is local and mostly in the page cache.
#[derive(Debug)]
pub struct Spill<T> {
    file: File,
    bytes: u64,
    head: PhantomData<fn(T) -> T>,
}

/// What is kept beside the rows of a batch.
#[derive(Serialize, Deserialize)]
struct Entry<T> {
    head: T,
    unchanged: Vec<UnchangedColumns>,
}

impl<T: Serialize + DeserializeOwned> Spill<T> {
    /// A new file in `folder`, which is made when it isn't there.
    ///
    /// # Errors
    /// [`Error::Spill`].
    pub fn create(folder: &Path) -> Result<Self> {
        let create = || {
            std::fs::create_dir_all(folder)?;
            tempfile::tempfile_in(folder)
        };
        Ok(Self {
            file: create().map_err(Error::Spill)?,
            bytes: 0,
            head: PhantomData,
        })
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends a batch, whole or (on error) not at all.
    ///
    /// # Errors
    /// [`Error::Spill`] when the disk is full or fails.
    pub fn push(&mut self, head: T, batch: ChangeBatch) -> Result<()> {
        let ChangeBatch {
            ops,
            rows,
            unchanged,
        } = batch;
        let entry = serde_json::to_vec(&Entry { head, unchanged })
            .map_err(|error| Error::Spill(error.into()))?;
        let ops = UInt8Array::from_iter_values(ops.into_iter().map(|op| op as u8));
        let fields = rows.schema_ref().fields().iter().cloned();
        let fields = fields.chain([Arc::new(Field::new(OPS, DataType::UInt8, false))]);
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let mut columns = rows.columns().to_vec();
        columns.push(Arc::new(ops));
        let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
        writer.write(&RecordBatch::try_new(schema, columns)?)?;
        let batch = writer.into_inner()?;
        let mut bytes = Vec::with_capacity(16 + entry.len() + batch.len());
        for part in [&entry, &batch] {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part);
        }
        if let Err(error) = self.file.write_all(&bytes) {
            let whole = self.file.set_len(self.bytes);
            whole
                .and_then(|()| self.file.seek(SeekFrom::Start(self.bytes)))
                .map_err(Error::Spill)?;
            return Err(Error::Spill(error));
        }
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Everything appended, in order.
    ///
    /// # Errors
    /// [`Error::Spill`].
    pub fn read(mut self) -> Result<SpillReader<T>> {
        self.file.rewind().map_err(Error::Spill)?;
        Ok(SpillReader {
            file: BufReader::new(self.file),
            left: self.bytes,
            head: PhantomData,
        })
    }
}

/// Reads a [`Spill`] batch by batch.
#[derive(Debug)]
pub struct SpillReader<T> {
    file: BufReader<File>,
    left: u64,
    head: PhantomData<fn() -> T>,
}

impl<T> SpillReader<T> {
    /// Bytes not read yet.
    pub fn left(&self) -> u64 {
        self.left
    }
}

impl<T: DeserializeOwned> SpillReader<T> {
    fn part(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 8];
        self.file.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.file.read_exact(&mut bytes)?;
        self.left -= 8 + length;
        Ok(bytes)
    }

    fn entry(&mut self) -> Result<(T, ChangeBatch)> {
        let entry = self.part().map_err(Error::Spill)?;
        let entry: Entry<T> =
            serde_json::from_slice(&entry).map_err(|error| Error::Spill(error.into()))?;
        let batch = Cursor::new(self.part().map_err(Error::Spill)?);
        let broken = || Error::Spill(io::Error::other("a spilled batch can't be read back"));
        let batch = StreamReader::try_new(batch, None)?
            .next()
            .ok_or_else(broken)??;
        let (ops, columns) = batch.columns().split_last().ok_or_else(broken)?;
        let ops = ops.as_primitive::<UInt8Type>().values().iter();
        let ops = ops
            .map(|op| Op::from_byte(*op).ok_or_else(broken))
            .collect::<Result<_>>()?;
        let fields = &batch.schema_ref().fields()[..columns.len()];
        let schema = Arc::new(Schema::new(fields.to_vec()));
        Ok((
            entry.head,
            ChangeBatch {
                ops,
                rows: RecordBatch::try_new(schema, columns.to_vec())?,
                unchanged: entry.unchanged,
            },
        ))
    }
}

impl<T: DeserializeOwned> Iterator for SpillReader<T> {
    type Item = Result<(T, ChangeBatch)>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.left > 0).then(|| self.entry())
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::create(folder.path()).unwrap();
        let batch = |ids: Vec<i64>| {
            let text: ArrayRef = Arc::new(StringViewArray::from_iter(
                ids.iter()
                    .map(|id| (id % 2 == 0).then(|| "long text ".repeat(3))),
            ));
            let ops = vec![Op::Update; ids.len()];
            let ids: ArrayRef = Arc::new(Int64Array::from(ids));
            ChangeBatch {
                ops,
                rows: RecordBatch::try_from_iter_with_nullable([
                    ("id", ids, true),
                    ("text", text, true),
                ])
                .unwrap(),
                unchanged: vec![UnchangedColumns {
                    row: 1,
                    columns: vec![1],
                }],
            }
        };
        let batches = [batch(vec![1, 2, 3]), batch(vec![4, 5])];
        for (head, batch) in batches.iter().enumerate() {
            spill.push(head, batch.clone()).unwrap();
        }
        assert!(spill.bytes() > 0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let read: Vec<_> = spill.read().unwrap().map(Result::unwrap).collect();
        assert_eq!(read.len(), 2);
        for ((head, read), (expected, batch)) in read.iter().zip(batches.iter().enumerate()) {
            assert_eq!(*head, expected);
            assert_eq!((&read.ops, &read.rows), (&batch.ops, &batch.rows));
            assert_eq!(read.unchanged, batch.unchanged);
        }
    }
}
