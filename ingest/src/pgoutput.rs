//! Parser of the row messages of Postgres' `pgoutput` plugin (protocol 1, binary values).
//!
//! `Begin`, `Commit` and logical messages are recognised by the replication client; what arrives
//! here is `R`elation, t`Y`pe, `I`nsert, `U`pdate, `D`elete and `T`runcate.

use basalt_warehouse::Lsn;

use crate::error::Malformed;

/// A column as a `Relation` message announces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationColumn {
    pub name: String,
    pub type_oid: u32,
    pub modifier: i32,
}

/// Announces the columns the following rows of a table have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    pub columns: Vec<RelationColumn>,
}

/// One value of a tuple: what it is, and where its bytes are in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    Null,
    /// A TOAST value that did not change and was not sent.
    Unchanged,
    Text {
        start: usize,
        end: usize,
    },
    Binary {
        start: usize,
        end: usize,
    },
}

/// The values of one row, in the order of the relation's columns.
pub type Tuple = Vec<Cell>;

/// A row message. Tuples live in the buffers given to [`parse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowMessage {
    Relation(Relation),
    /// New row in `new`.
    Insert {
        relation: u32,
    },
    /// New row in `new`; the old row or key in `old` when `has_old`.
    Update {
        relation: u32,
        has_old: bool,
    },
    /// Old row or key in `old`.
    Delete {
        relation: u32,
    },
    Truncate {
        relations: Vec<u32>,
    },
    /// Names a type; the catalog is asked instead.
    Type,
}

/// Parses `message`; the tuples are written into the reusable buffers `old` and `new`.
///
/// # Errors
/// The message is cut short or of an unknown kind.
pub fn parse(message: &[u8], old: &mut Tuple, new: &mut Tuple) -> Result<RowMessage, Malformed> {
    let mut reader = Reader { message, at: 0 };
    match reader.u8()? {
        b'R' => reader.relation(),
        b'I' => {
            let relation = reader.u32()?;
            reader.expect(b'N')?;
            reader.tuple(new)?;
            Ok(RowMessage::Insert { relation })
        }
        b'U' => {
            let relation = reader.u32()?;
            let has_old = match reader.u8()? {
                b'K' | b'O' => {
                    reader.tuple(old)?;
                    reader.expect(b'N')?;
                    true
                }
                b'N' => false,
                other => return Err(unexpected(other, "an update")),
            };
            reader.tuple(new)?;
            Ok(RowMessage::Update { relation, has_old })
        }
        b'D' => {
            let relation = reader.u32()?;
            match reader.u8()? {
                b'K' | b'O' => reader.tuple(old)?,
                other => return Err(unexpected(other, "a delete")),
            }
            Ok(RowMessage::Delete { relation })
        }
        b'T' => {
            let count = reader.u32()?;
            reader.u8()?; // CASCADE and RESTART IDENTITY: the other tables are listed too
            let relations = (0..count).map(|_| reader.u32()).collect::<Result<_, _>>()?;
            Ok(RowMessage::Truncate { relations })
        }
        b'Y' => Ok(RowMessage::Type),
        other => Err(unexpected(other, "the stream")),
    }
}

/// What a message is about, when no replication client has looked at it before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame<'a> {
    Begin {
        commit_record: Lsn,
    },
    Commit {
        end: Lsn,
        commit_time_micros: i64,
    },
    Logical {
        transactional: bool,
        prefix: &'a str,
        content: &'a [u8],
    },
    /// Where a change was made first: of no interest.
    Origin,
    /// For [`parse`].
    Row,
}

/// Tells rows from what is around them.
///
/// # Errors
/// The message is cut short.
pub fn frame(message: &[u8]) -> Result<Frame<'_>, Malformed> {
    let mut reader = Reader { message, at: 0 };
    Ok(match reader.u8()? {
        b'B' => Frame::Begin {
            commit_record: Lsn(reader.u64()?),
        },
        b'C' => {
            reader.u8()?; // flags: none are defined
            reader.u64()?; // where the commit record begins
            Frame::Commit {
                end: Lsn(reader.u64()?),
                commit_time_micros: reader.u64()?.cast_signed(),
            }
        }
        b'M' => {
            let transactional = reader.u8()? & 1 == 1;
            reader.u64()?;
            let (start, end) = reader.name()?;
            let prefix = std::str::from_utf8(&message[start..end])
                .map_err(|_| Malformed::new("a prefix that isn't UTF-8"))?;
            let (start, end) = reader.sized()?;
            Frame::Logical {
                transactional,
                prefix,
                content: &message[start..end],
            }
        }
        b'O' => Frame::Origin,
        _ => Frame::Row,
    })
}

fn unexpected(tag: u8, place: &str) -> Malformed {
    Malformed::new(format!(
        "tag {:?} within {place} of pgoutput",
        char::from(tag)
    ))
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Result<(usize, usize), Malformed> {
        let (start, end) = (self.at, self.at + length);
        if end > self.message.len() {
            return Err(Malformed::short("pgoutput message", self.message.len()));
        }
        self.at = end;
        Ok((start, end))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (start, end) = self.take(N)?;
        Ok(self.message[start..end]
            .try_into()
            .expect("the range has this length"))
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.fixed::<1>()?[0])
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_be_bytes(self.fixed()?))
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.fixed()?))
    }

    fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_be_bytes(self.fixed()?))
    }

    fn text(&mut self) -> Result<String, Malformed> {
        let (start, end) = self.name()?;
        Ok(String::from_utf8_lossy(&self.message[start..end]).into_owned())
    }

    /// Where a text is that ends with a zero.
    fn name(&mut self) -> Result<(usize, usize), Malformed> {
        let rest = &self.message[self.at..];
        let length = rest
            .iter()
            .position(|byte| *byte == 0)
            .ok_or_else(|| Malformed::new("a name of pgoutput without an end"))?;
        let start = self.at;
        self.at += length + 1;
        Ok((start, start + length))
    }

    fn expect(&mut self, tag: u8) -> Result<(), Malformed> {
        match self.u8()? {
            found if found == tag => Ok(()),
            found => Err(unexpected(found, "a row")),
        }
    }

    fn tuple(&mut self, into: &mut Tuple) -> Result<(), Malformed> {
        into.clear();
        for _ in 0..self.u16()? {
            into.push(match self.u8()? {
                b'n' => Cell::Null,
                b'u' => Cell::Unchanged,
                b'b' => {
                    let (start, end) = self.sized()?;
                    Cell::Binary { start, end }
                }
                b't' => {
                    let (start, end) = self.sized()?;
                    Cell::Text { start, end }
                }
                other => return Err(unexpected(other, "a tuple")),
            });
        }
        Ok(())
    }

    fn sized(&mut self) -> Result<(usize, usize), Malformed> {
        let length = self.u32()?;
        self.take(length as usize)
    }

    fn relation(&mut self) -> Result<RowMessage, Malformed> {
        let oid = self.u32()?;
        let schema = self.text()?;
        let name = self.text()?;
        self.u8()?; // replica identity: read from the catalog
        let columns = (0..self.u16()?)
            .map(|_| {
                self.u8()?; // part of the key: read from the catalog
                Ok(RelationColumn {
                    name: self.text()?,
                    type_oid: self.u32()?,
                    modifier: i32::from_be_bytes(self.fixed()?),
                })
            })
            .collect::<Result<_, Malformed>>()?;
        // An empty name stands for pg_catalog.
        let schema = if schema.is_empty() {
            "pg_catalog".to_owned()
        } else {
            schema
        };
        Ok(RowMessage::Relation(Relation {
            oid,
            schema,
            name,
            columns,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(message: &[u8]) -> (Result<RowMessage, Malformed>, Tuple, Tuple) {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        let message = parse(message, &mut old, &mut new);
        (message, old, new)
    }

    #[test]
    fn an_update_with_its_old_key() {
        let message = b"U\0\0\0\x07K\0\x02b\0\0\0\x01anN\0\x02ub\0\0\0\x02xy";
        let (parsed, old, new) = parsed(message);
        assert_eq!(
            parsed,
            Ok(RowMessage::Update {
                relation: 7,
                has_old: true
            })
        );
        assert_eq!(old, [Cell::Binary { start: 13, end: 14 }, Cell::Null]);
        let Cell::Binary { start, end } = new[1] else {
            panic!("{new:?}")
        };
        assert_eq!(new[0], Cell::Unchanged);
        assert_eq!(&message[start..end], b"xy");
    }

    #[test]
    fn a_relation() {
        let message = b"R\0\0\0\x07crm\0order\0d\0\x01\x01id\0\0\0\0\x14\xff\xff\xff\xff";
        let (parsed, ..) = parsed(message);
        assert_eq!(
            parsed,
            Ok(RowMessage::Relation(Relation {
                oid: 7,
                schema: "crm".into(),
                name: "order".into(),
                columns: vec![RelationColumn {
                    name: "id".into(),
                    type_oid: 20,
                    modifier: -1
                }],
            }))
        );
    }

    #[test]
    fn what_is_around_rows() {
        let commit = b"C\0\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x09\xff\xff\xff\xff\xff\xff\xff\xff";
        assert_eq!(
            frame(commit),
            Ok(Frame::Commit {
                end: Lsn(9),
                commit_time_micros: -1
            })
        );
        let message = b"M\x01\0\0\0\0\0\0\0\x05who\0\0\0\0\x02me";
        assert_eq!(
            frame(message),
            Ok(Frame::Logical {
                transactional: true,
                prefix: "who",
                content: b"me"
            })
        );
        for length in 0..message.len() {
            assert!(frame(&message[..length]).is_err(), "cut at {length}");
        }
        assert_eq!(frame(b"I"), Ok(Frame::Row));
    }

    #[test]
    fn every_cut_is_an_error() {
        let message = b"U\0\0\0\x07K\0\x02b\0\0\0\x01anN\0\x02ub\0\0\0\x02xy";
        for length in 0..message.len() {
            assert!(parsed(&message[..length]).0.is_err(), "cut at {length}");
        }
    }
}
