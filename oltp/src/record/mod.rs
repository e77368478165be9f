//! Business records: the one way to their rows.
//!
//! Every call takes a principal. A record one may not read is [`Error::NotFound`]; an action on a
//! readable record that one may not do is [`Error::Forbidden`]. Hidden fields don't exist for the
//! caller: not returned, written, filtered, sorted nor searched.
//!
//! # JSON form of a record
//! A field stands under its name. A reference stands twice: `customer_id` is the bare id, and
//! `customer` is `{"id":7,"title":"Acme"}` (plus the fields asked for by dotted paths), or `null`;
//! the title is `null` when the principal may not read that record. On write, both keys are taken,
//! with an id, `{"id":7}` or `null`. `created_by` and `updated_by` have the object form only. Money is an object of
//! texts, decimals are texts, dates `YYYY-MM-DD`, instants RFC 3339 in UTC.

mod bin;
mod bulk;
pub(crate) mod companions;
mod copy;
mod cursor;
pub(crate) mod demands;
mod files;
mod groups;
mod input;
mod list;
mod merge;
mod projection;
mod remarks;
mod rules;
pub(crate) mod timeline;
mod views;
mod write;

use std::sync::Arc;

use basalt_model::{Action, Condition, Dictionary, Object, Principal};
use serde_json::{Map, Value as Json};
use sqlx::{Postgres, QueryBuilder};

use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::sql::{Joins, crm, push_row_rule};
use projection::Projection;

pub use bulk::{BULK_MAX, BulkAction, BulkOutcome, BulkReport, BulkTarget};
pub use companions::{Companions, Follower, Mark, Named, TagCount};
pub use files::{FileInfo, FileStore, LARGEST_FILE};
pub use groups::GroupCount;
pub use merge::{MergeRequest, Merged};
pub use remarks::{Mention, Mentioned, Remark, RemarkKind};
pub use timeline::{Happening, Timeline};
pub use views::{ListView, ViewDefinition};

pub(crate) use input::{Assignment, check_problem, violation};

/// A record, or an input, in JSON form.
pub type JsonMap = Map<String, Json>;

/// Which fields of a record are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Select {
    /// Names or dotted paths (`amount`, `customer.region`, `score.p_alive`); empty: all of the object.
    pub fields: Vec<String>,
    /// References to give as objects with id and title, besides those in `fields`.
    pub include: Vec<String>,
}

impl Select {
    /// All fields, references as objects with their title.
    pub fn all() -> Self {
        Self::default()
    }
}

/// A column to sort by; empty values come last in both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// Field name or dotted path. A reference sorts by its title.
    pub field: String,
    pub descending: bool,
}

impl Sort {
    /// Reads `name` and `-amount`.
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix('-') {
            Some(field) => Self {
                field: field.to_owned(),
                descending: true,
            },
            None => Self {
                field: text.to_owned(),
                descending: false,
            },
        }
    }
}

/// What of a list is wanted.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    pub filter: Option<Condition>,
    /// Words that all must occur in the title or in text, e-mail, telephone or number fields; case of
    /// ASCII letters is ignored.
    pub search: Option<String>,
    /// Default: newest first.
    pub sort: Vec<Sort>,
    /// As in [`Select`]; empty: the object's list columns.
    pub fields: Vec<String>,
    /// `next` of the page before, with the same sort.
    pub after: Option<String>,
    /// Rows a page, 1 to 1,000; 0 means 50.
    pub limit: u32,
    pub count: bool,
    pub include: Vec<String>,
    /// List the recycle bin instead.
    pub recycled: bool,
    /// Only records that carry this tag.
    pub tag: Option<String>,
    /// List what has left the list (converted leads, abandoned customers) instead.
    pub archived: bool,
}

/// How many rows a list has, counted up to [`COUNT_CAP`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CappedCount {
    pub value: u64,
    /// There are more than `value`.
    pub capped: bool,
}

/// Counting stops here.
pub const COUNT_CAP: u64 = 10_000;

/// A page of a list. `id` and `version` are always in the items.
#[derive(Debug, Clone)]
pub struct Page {
    pub items: Vec<JsonMap>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
    pub total: Option<CappedCount>,
}

/// A committed change.
#[derive(Debug, Clone)]
pub struct Saved {
    pub id: i64,
    pub version: i32,
    pub record: JsonMap,
    /// WAL position, not below the commit's own: reads of the lake at or after it see the change.
    pub lsn: String,
}

/// A change within a transaction that is still open.
#[derive(Debug, Clone)]
pub struct Written {
    pub id: i64,
    pub version: i32,
    pub record: JsonMap,
}

impl Written {
    /// A record that the caller wrote and can't see any more: its number alone.
    pub(crate) fn out_of_sight(id: i64, version: i32) -> Self {
        let mut record = JsonMap::new();
        record.insert("id".to_owned(), id.into());
        Self {
            id,
            version,
            record,
        }
    }

    /// Commits the transaction of the change.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit(self, tx: Tx) -> Result<Saved> {
        let lsn = tx.commit().await?;
        Ok(Saved {
            id: self.id,
            version: self.version,
            record: self.record,
            lsn,
        })
    }
}

/// The way to business rows.
#[derive(Clone)]
pub struct Store {
    db: Db,
}

impl Store {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Creates a record.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right, or when the new row would lie outside the
    /// principal's range; [`Error::Validation`] with every field that doesn't fit.
    pub async fn create(
        &self,
        principal: &Principal,
        object: &str,
        input: JsonMap,
    ) -> Result<Saved> {
        let mut tx = self.db.begin(principal).await?;
        self.create_in(&mut tx, principal, object, input)
            .await?
            .commit(tx)
            .await
    }

    /// Changes a record: keys that are absent stay, `null` empties. With `if_match`, only that version.
    ///
    /// # Errors
    /// [`Error::VersionMismatch`] when another version is there; else as [`create`](Self::create).
    pub async fn update(
        &self,
        principal: &Principal,
        object: &str,
        id: i64,
        patch: JsonMap,
        if_match: Option<i32>,
    ) -> Result<Saved> {
        let mut tx = self.db.begin(principal).await?;
        self.update_in(&mut tx, principal, object, id, patch, if_match)
            .await?
            .commit(tx)
            .await
    }

    /// Moves a record to the recycle bin, and its parts with it.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub async fn delete(
        &self,
        principal: &Principal,
        object: &str,
        id: i64,
        if_match: Option<i32>,
    ) -> Result<Saved> {
        let mut tx = self.db.begin(principal).await?;
        self.delete_in(&mut tx, principal, object, id, if_match)
            .await?
            .commit(tx)
            .await
    }

    /// Takes a record out of the recycle bin, with the parts that went with it; needs the right to delete.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it isn't in the recycle bin.
    pub async fn restore(&self, principal: &Principal, object: &str, id: i64) -> Result<Saved> {
        let mut tx = self.db.begin(principal).await?;
        self.restore_in(&mut tx, principal, object, id)
            .await?
            .commit(tx)
            .await
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it isn't there, is recycled, or isn't readable.
    pub async fn get(
        &self,
        principal: &Principal,
        object: &str,
        id: i64,
        select: &Select,
    ) -> Result<JsonMap> {
        let mut connection = self.db.pool().acquire().await?;
        self.get_in(&mut connection, principal, object, id, select)
            .await
    }

    /// As [`get`](Self::get), within a transaction.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_in(
        &self,
        connection: &mut sqlx::PgConnection,
        principal: &Principal,
        object: &str,
        id: i64,
        select: &Select,
    ) -> Result<JsonMap> {
        let scope = self.scope(principal, object)?;
        let read = scope.read(connection, id, select, false).await?;
        read.ok_or(Error::NotFound)
    }

    /// Reads a page of records. One statement, two with `count`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the object isn't readable at all; [`Error::Request`] when filter,
    /// sort, fields or cursor make no sense.
    pub async fn list(
        &self,
        principal: &Principal,
        object: &str,
        request: &ListRequest,
    ) -> Result<Page> {
        list::list(&self.db, &self.scope(principal, object)?, request).await
    }

    /// The caller's sight of an object.
    fn scope<'a>(&self, principal: &'a Principal, object: &str) -> Result<Scope<'a>> {
        let dictionary = self.db.dictionary();
        let object = dictionary
            .objects()
            .iter()
            .position(|found| found.name == object)
            .ok_or_else(|| {
                Error::request(
                    "object",
                    format!("there is no object {object:?}"),
                    format!("没有对象“{object}”"),
                )
            })?;
        Ok(Scope {
            principal,
            dictionary,
            object,
        })
    }
}

/// A principal looking at an object.
struct Scope<'a> {
    principal: &'a Principal,
    dictionary: Arc<Dictionary>,
    object: usize,
}

impl Scope<'_> {
    fn object(&self) -> &Object {
        &self.dictionary.objects()[self.object]
    }

    fn can(&self, action: Action) -> bool {
        self.principal.can(&self.object().name, action)
    }

    /// ` and <row rule>` on alias `t`.
    fn push_rule(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(" and ");
        push_row_rule(
            query,
            "t",
            &self.principal.row_rule(&self.dictionary, self.object()),
        );
    }

    /// The record as the principal sees it, or nothing.
    async fn read(
        &self,
        connection: &mut sqlx::PgConnection,
        id: i64,
        select: &Select,
        recycled: bool,
    ) -> Result<Option<JsonMap>> {
        if !self.can(Action::Read) {
            return Ok(None);
        }
        let mut joins = Joins::default();
        let projection = Projection::of_record(
            &self.dictionary,
            self.object(),
            self.principal,
            select,
            &mut joins,
        )?;
        let mut query = QueryBuilder::new("select ");
        projection.push(&mut query);
        query.push(format!(" from {} t", crm(&self.object().table)));
        joins.push(&mut query, &self.dictionary, self.principal);
        query.push(" where t.id = ").push_bind(id);
        query.push(if recycled {
            " and t.deleted_at is not null"
        } else {
            " and t.deleted_at is null"
        });
        self.push_rule(&mut query);
        let row = query.build().fetch_optional(connection).await?;
        row.map(|row| projection.record(&row)).transpose()
    }
}
