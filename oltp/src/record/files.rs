//! Attachments: bytes on object storage, streamed both ways, with the rights of their record.
//!
//! An upload is noted as garbage before its first byte is stored and taken off the list in the
//! transaction that makes it an attachment, so that a process that dies in between leaves nothing
//! that isn't known.

use std::sync::Arc;

use basalt_model::{Action, Field, FieldKind, Principal, Problem};
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, Row, postgres::PgRow};
use tokio::io::AsyncWriteExt;
use url::Url;

use super::Store;
use super::input::Assignment;
use crate::error::{Error, FieldError, Result};

/// The largest attachment.
pub const LARGEST_FILE: u64 = 100 << 20;
/// The most attachments of one record.
const MOST_FILES: i64 = 500;

/// Where attachments lie.
#[derive(Clone)]
pub struct FileStore {
    objects: Arc<dyn ObjectStore>,
}

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileInfo {
    pub id: i64,
    pub name: String,
    pub media_type: String,
    pub bytes: i64,
    pub sha256: String,
    pub created_at: DateTime<Utc>,
    pub created_by: i64,
}

/// Bytes of an attachment as they come.
pub type Bytes = bytes::Bytes;

const COLUMNS: &str = "id, name, media_type, bytes, sha256, created_at, created_by, path";

impl FileStore {
    /// Attachments below a URL: `file:///…`, `s3://bucket/prefix`, or `memory:///` for a process's own.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for a URL that no store goes with.
    pub fn at(url: &Url, options: &[(String, String)]) -> Result<Self> {
        let options = options
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        let (objects, base) = object_store::parse_url_opts(url, options).map_err(unavailable)?;
        Ok(Self {
            objects: Arc::new(PrefixStore::new(objects, base)),
        })
    }

    /// Attaches a file to a record; needs the right to update it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Validation`] for a file that is too large,
    /// empty, of a type that isn't taken, or whose upload broke off.
    pub async fn attach<E: std::fmt::Display>(
        &self,
        store: &Store,
        principal: &Principal,
        object: &str,
        record: i64,
        name: &str,
        content: impl Stream<Item = std::result::Result<Bytes, E>> + Send,
    ) -> Result<FileInfo> {
        let name = usable_name(name)?;
        let scope = store.scope(principal, object)?;
        {
            let mut connection = store.db().pool().acquire().await?;
            scope.must_see(&mut connection, record).await?;
            if !scope.can(Action::Update) {
                return Err(Error::Forbidden);
            }
            let there: i64 = sqlx::query_scalar(
                "select count(*) from sys.file where object = $1 and record_id = $2",
            )
            .bind(object)
            .bind(record)
            .fetch_one(&mut *connection)
            .await?;
            if there >= MOST_FILES {
                return Err(refused(
                    "limit",
                    format!("are {MOST_FILES} already"),
                    format!("附件已达 {MOST_FILES} 个"),
                ));
            }
        }
        let path = format!("{object}/{}", uuid::Uuid::now_v7().simple());
        sqlx::query("insert into sys.file_garbage (path, ready) values ($1, false)")
            .bind(&path)
            .execute(store.db().pool())
            .await?;
        let stored = self.store(&path, &name, content).await?;
        let mut tx = store.db().begin(principal).await?;
        // The record may have gone while the bytes came.
        scope.must_see(&mut tx, record).await?;
        let sql = format!(
            "insert into sys.file (object, record_id, name, media_type, bytes, sha256, path, created_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8) returning {COLUMNS}"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(object)
            .bind(record)
            .bind(&name)
            .bind(stored.media_type)
            .bind(i64::try_from(stored.bytes).unwrap_or(i64::MAX))
            .bind(stored.sha256)
            .bind(&path)
            .bind(principal.user_id)
            .fetch_one(&mut *tx)
            .await?;
        sqlx::query("delete from sys.file_garbage where path = $1")
            .bind(&path)
            .execute(&mut *tx)
            .await?;
        let info = info(&row)?;
        tx.commit().await?;
        Ok(info)
    }

    /// Attachments of a record, the latest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the record isn't readable.
    pub async fn list(
        &self,
        store: &Store,
        principal: &Principal,
        object: &str,
        record: i64,
    ) -> Result<Vec<FileInfo>> {
        let mut connection = store.db().pool().acquire().await?;
        store
            .scope(principal, object)?
            .must_see(&mut connection, record)
            .await?;
        let sql = format!(
            "select {COLUMNS} from sys.file where object = $1 and record_id = $2 order by id desc"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(object)
            .bind(record)
            .fetch_all(&mut *connection)
            .await?;
        rows.iter().map(info).collect()
    }

    /// An attachment and its bytes.
    ///
    /// # Errors
    /// [`Error::NotFound`] when record or attachment isn't there for the principal.
    pub async fn open(
        &self,
        store: &Store,
        principal: &Principal,
        object: &str,
        record: i64,
        file: i64,
    ) -> Result<(FileInfo, BoxStream<'static, std::io::Result<Bytes>>)> {
        let (info, path) = self.find(store, principal, object, record, file).await?;
        let got = self
            .objects
            .get(&Path::from(path))
            .await
            .map_err(unavailable)?;
        let bytes = got.into_stream().map_err(std::io::Error::other).boxed();
        Ok((info, bytes))
    }

    /// Removes an attachment: its maker, and who may delete the record.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn remove(
        &self,
        store: &Store,
        principal: &Principal,
        object: &str,
        record: i64,
        file: i64,
    ) -> Result<()> {
        let (info, _) = self.find(store, principal, object, record, file).await?;
        let own = info.created_by == principal.user_id && principal.can(object, Action::Update);
        if !own && !principal.can(object, Action::Delete) {
            return Err(Error::Forbidden);
        }
        let mut tx = store.db().begin(principal).await?;
        sqlx::query("delete from sys.file where id = $1")
            .bind(file)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        self.sweep(store).await
    }

    async fn find(
        &self,
        store: &Store,
        principal: &Principal,
        object: &str,
        record: i64,
        file: i64,
    ) -> Result<(FileInfo, String)> {
        let mut connection = store.db().pool().acquire().await?;
        store
            .scope(principal, object)?
            .must_see(&mut connection, record)
            .await?;
        let sql = format!(
            "select {COLUMNS} from sys.file where id = $1 and object = $2 and record_id = $3"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(file)
            .bind(object)
            .bind(record)
            .fetch_optional(&mut *connection)
            .await?
            .ok_or(Error::NotFound)?;
        Ok((info(&row)?, row.try_get(7)?))
    }

    /// Keeps a file of Basalt's own; says under which path.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file can't be read or the storage not be reached.
    pub async fn keep(&self, file: &std::path::Path, path: &str) -> Result<String> {
        let mut from = tokio::fs::File::open(file).await.map_err(unreadable)?;
        let mut writer = BufWriter::new(Arc::clone(&self.objects), Path::from(path));
        tokio::io::copy(&mut from, &mut writer)
            .await
            .map_err(unreadable)?;
        writer.shutdown().await.map_err(unreadable)?;
        Ok(path.to_owned())
    }

    /// The bytes of a file of Basalt's own.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it isn't there.
    pub async fn kept(&self, path: &str) -> Result<BoxStream<'static, std::io::Result<Bytes>>> {
        match self.objects.get(&Path::from(path)).await {
            Ok(got) => Ok(got.into_stream().map_err(std::io::Error::other).boxed()),
            Err(object_store::Error::NotFound { .. }) => Err(Error::NotFound),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Removes the bytes of attachments that are gone, and of uploads that broke off long ago.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the storage can't be reached; the rest waits for the next time.
    pub async fn sweep(&self, store: &Store) -> Result<()> {
        let gone: Vec<String> = sqlx::query_scalar(
            "select path from sys.file_garbage where ready or since < now() - interval '1 day' limit 1000",
        )
        .fetch_all(store.db().pool())
        .await?;
        for path in gone {
            match self.objects.delete(&Path::from(path.as_str())).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(unavailable(error)),
            }
            sqlx::query("delete from sys.file_garbage where path = $1")
                .bind(&path)
                .execute(store.db().pool())
                .await?;
        }
        Ok(())
    }

    async fn store<E: std::fmt::Display>(
        &self,
        path: &str,
        name: &str,
        content: impl Stream<Item = std::result::Result<Bytes, E>> + Send,
    ) -> Result<Stored> {
        let mut writer = BufWriter::new(Arc::clone(&self.objects), Path::from(path));
        let mut content = std::pin::pin!(content);
        let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
        let mut head: Vec<u8> = Vec::with_capacity(HEAD);
        let result = loop {
            let part = match content.next().await {
                None => break Ok(()),
                Some(Ok(part)) => part,
                Some(Err(error)) => {
                    tracing::debug!(%error, "an upload broke off");
                    break Err(refused("broken", "broke off", "上传中断"));
                }
            };
            bytes += part.len() as u64;
            if bytes > LARGEST_FILE {
                let limit = LARGEST_FILE >> 20;
                break Err(refused(
                    "too_large",
                    format!("is larger than {limit} MB"),
                    format!("超过 {limit} MB"),
                ));
            }
            if head.len() < HEAD {
                let missing = HEAD - head.len();
                head.extend_from_slice(&part[..part.len().min(missing)]);
                if is_program(&head) {
                    break Err(refused(
                        "type",
                        "is a program, which is not taken",
                        "是可执行程序，不允许上传",
                    ));
                }
            }
            hash.update(&part);
            if let Err(error) = writer.put(part).await {
                break Err(unavailable(error));
            }
        };
        let result = match result {
            Ok(()) if bytes == 0 => Err(refused("empty", "is empty", "文件为空")),
            Ok(()) => match media_type(name, &head) {
                Ok(kind) => Ok(kind),
                Err(problem) => Err(Error::field("file", problem)),
            },
            Err(error) => Err(error),
        };
        match result {
            Ok(media_type) => {
                writer.shutdown().await.map_err(unreadable)?;
                let sha256 = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
                Ok(Stored {
                    media_type,
                    bytes,
                    sha256,
                })
            }
            Err(error) => {
                // What was written so far is garbage, which is noted already.
                if let Err(error) = writer.abort().await {
                    tracing::warn!(%error, "a refused upload could not be taken back yet");
                }
                Err(error)
            }
        }
    }
}

/// Fields that hold attachments name ones of the record itself, pictures where a picture is meant.
pub(super) async fn check_attachments(
    connection: &mut PgConnection,
    object: &str,
    record: Option<i64>,
    assignments: &[Assignment<'_>],
) -> Result<()> {
    let mut errors = Vec::new();
    for Assignment { field, value } in assignments {
        let (true, basalt_model::Value::Integer(id)) = (holds_file(field), value) else {
            continue;
        };
        let fits: Option<bool> = sqlx::query_scalar(
            "select media_type like 'image/%' or not $4 from sys.file where id = $1 and object = $2 and record_id = $3",
        )
        .bind(id)
        .bind(object)
        .bind(record)
        .bind(field.kind == FieldKind::Image)
        .fetch_optional(&mut *connection)
        .await?;
        let problem = match fits {
            Some(true) => continue,
            Some(false) => Problem::new("type", "is no picture", "不是图片"),
            None => Problem::new(
                "not_found",
                "is no attachment of this record",
                "不是该记录的附件",
            ),
        };
        errors.push(FieldError::new(field.name.clone(), problem));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Validation(errors))
    }
}

fn holds_file(field: &Field) -> bool {
    matches!(field.kind, FieldKind::File | FieldKind::Image)
}

struct Stored {
    media_type: &'static str,
    bytes: u64,
    sha256: String,
}

/// So many first bytes tell what a file is.
const HEAD: usize = 512;

fn is_program(head: &[u8]) -> bool {
    const SIGNS: [&[u8]; 6] = [
        b"MZ",
        b"\x7fELF",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xcf\xfa\xed\xfe",
        b"#!",
    ];
    SIGNS.iter().any(|sign| head.starts_with(sign))
}

/// Types that are taken, by ending, with the bytes that such files begin with.
const TYPES: &[(&str, &str, &[&[u8]])] = &[
    ("pdf", "application/pdf", &[b"%PDF-"]),
    ("png", "image/png", &[b"\x89PNG\r\n\x1a\n"]),
    ("jpg", "image/jpeg", &[b"\xff\xd8\xff"]),
    ("jpeg", "image/jpeg", &[b"\xff\xd8\xff"]),
    ("gif", "image/gif", &[b"GIF87a", b"GIF89a"]),
    ("webp", "image/webp", &[b"RIFF"]),
    ("txt", "text/plain; charset=utf-8", &[]),
    ("md", "text/plain; charset=utf-8", &[]),
    ("csv", "text/csv; charset=utf-8", &[]),
    ("json", "application/json", &[]),
    ("xml", "application/xml", &[]),
    ("eml", "message/rfc822", &[]),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &[b"PK"],
    ),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &[b"PK"],
    ),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &[b"PK"],
    ),
    ("odt", "application/vnd.oasis.opendocument.text", &[b"PK"]),
    (
        "ods",
        "application/vnd.oasis.opendocument.spreadsheet",
        &[b"PK"],
    ),
    ("doc", "application/msword", &[b"\xd0\xcf\x11\xe0"]),
    ("xls", "application/vnd.ms-excel", &[b"\xd0\xcf\x11\xe0"]),
    (
        "ppt",
        "application/vnd.ms-powerpoint",
        &[b"\xd0\xcf\x11\xe0"],
    ),
    ("zip", "application/zip", &[b"PK"]),
    ("7z", "application/x-7z-compressed", &[b"7z\xbc\xaf"]),
    ("mp3", "audio/mpeg", &[b"ID3", b"\xff\xfb", b"\xff\xf3"]),
    ("wav", "audio/wav", &[b"RIFF"]),
    ("mp4", "video/mp4", &[]),
];

fn media_type(name: &str, head: &[u8]) -> std::result::Result<&'static str, Problem> {
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase());
    let known = TYPES
        .iter()
        .find(|(known, _, _)| ending.as_deref() == Some(*known));
    let Some((_, kind, signs)) = known else {
        let all: Vec<&str> = TYPES.iter().map(|(ending, _, _)| *ending).collect();
        return Err(Problem::new(
            "type",
            format!("is of no type that is taken: {}", all.join(", ")),
            format!("文件类型不受支持，可用类型：{}", all.join("、")),
        ));
    };
    if !signs.is_empty() && !signs.iter().any(|sign| head.starts_with(sign)) {
        return Err(Problem::new(
            "type",
            "is not what its name says",
            "文件内容与扩展名不符",
        ));
    }
    Ok(kind)
}

/// A name without folders and without signs that shells, browsers or file systems take amiss.
fn usable_name(name: &str) -> Result<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last
        .chars()
        .filter(|c| !c.is_control() && !"<>:\"|?*\u{202e}\u{202d}".contains(*c))
        .collect();
    let name = name.trim().trim_start_matches('.').to_owned();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(Error::field(
            "name",
            Problem::new("name", "has 1 to 200 characters", "须为 1 到 200 个字符"),
        ));
    }
    Ok(name)
}

fn refused(code: &'static str, en: impl Into<String>, zh: impl Into<String>) -> Error {
    Error::field("file", Problem::new(code, en, zh))
}

fn unavailable(error: object_store::Error) -> Error {
    Error::Unavailable(sqlx::Error::Io(std::io::Error::other(error)))
}

fn unreadable(error: std::io::Error) -> Error {
    Error::Unavailable(sqlx::Error::Io(error))
}

fn info(row: &PgRow) -> Result<FileInfo> {
    Ok(FileInfo {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        media_type: row.try_get(2)?,
        bytes: row.try_get(3)?,
        sha256: row.try_get(4)?,
        created_at: row.try_get(5)?,
        created_by: row.try_get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_are_checked() {
        assert_eq!(usable_name("../../etc/合同.pdf").unwrap(), "合同.pdf");
        assert_eq!(usable_name("C:\\x\\a\u{202e}b.txt").unwrap(), "ab.txt");
        assert!(usable_name("..").is_err());
        assert_eq!(media_type("A.PDF", b"%PDF-1.7").unwrap(), "application/pdf");
        assert!(media_type("a.pdf", b"<html>").is_err());
        assert!(media_type("a.html", b"<html>").is_err());
        assert!(media_type("pdf", b"%PDF-").is_err());
        assert!(is_program(b"MZ\x90") && is_program(b"#!/bin/sh"));
    }
}
