//! Notes and comments on records, with mentions of people.

use basalt_model::{Action, Principal, Problem};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::Store;
use super::timeline::Place;
use crate::error::{Error, Result};

/// What a remark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RemarkKind {
    /// What is known about the record; written by who may update it.
    Note,
    /// What is discussed; written by everyone who may read the record.
    Comment,
}

impl RemarkKind {
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Comment => "comment",
        }
    }
}

/// A note or comment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Remark {
    pub id: i64,
    pub kind: RemarkKind,
    /// The comment that this one answers.
    pub answers: Option<i64>,
    /// Plain text.
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub created_by: i64,
    pub author: Option<String>,
    pub edited_at: Option<DateTime<Utc>>,
    /// Users named by `@login`.
    pub mentions: Vec<Mentioned>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mentioned {
    pub id: i64,
    pub login: String,
    pub name: String,
}

/// A comment that names the caller.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mention {
    pub object: String,
    pub resource: String,
    pub record_id: i64,
    pub seen: bool,
    pub remark: Remark,
}

const LONGEST: usize = 20_000;
/// Columns of a remark `r`, as [`remark`] reads them.
const COLUMNS: &str = "r.id, r.kind, r.answers, r.body, r.created_at, r.created_by,
    (select u.name from crm.app_user u where u.id = r.created_by), r.edited_at,
    array(select u.id from sys.mention m join crm.app_user u on u.id = m.user_id where m.remark_id = r.id order by u.id),
    array(select u.login from sys.mention m join crm.app_user u on u.id = m.user_id where m.remark_id = r.id order by u.id),
    array(select u.name from sys.mention m join crm.app_user u on u.id = m.user_id where m.remark_id = r.id order by u.id)";

impl Store {
    /// The notes or comments of a record, the oldest first, at most 1,000.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the record isn't readable.
    pub async fn remarks(
        &self,
        principal: &Principal,
        object: &str,
        id: i64,
        kind: RemarkKind,
    ) -> Result<Vec<Remark>> {
        let mut connection = self.db.pool().acquire().await?;
        self.scope(principal, object)?
            .must_see(&mut connection, id)
            .await?;
        let sql = format!(
            "select {COLUMNS} from sys.remark r where r.object = $1 and r.record_id = $2 and r.kind = $3 and r.deleted_at is null
             order by r.created_at, r.id limit 1000"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(object)
            .bind(id)
            .bind(kind.tag())
            .fetch_all(&mut *connection)
            .await?;
        rows.iter().map(remark).collect()
    }

    /// Writes a note or comment. `@login` in a comment mentions that user.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the record isn't readable; [`Error::Forbidden`] for a note
    /// without the right to update; [`Error::Validation`] for an empty or endless text.
    pub async fn add_remark(
        &self,
        principal: &Principal,
        object: &str,
        id: i64,
        kind: RemarkKind,
        body: &str,
        answers: Option<i64>,
    ) -> Result<Remark> {
        let body = checked(body)?;
        let mut tx = self.db.begin(principal).await?;
        let scope = self.scope(principal, object)?;
        scope.must_see(&mut tx, id).await?;
        if kind == RemarkKind::Note && !scope.can(Action::Update) {
            return Err(Error::Forbidden);
        }
        let written: Option<i64> = sqlx::query_scalar(
            "insert into sys.remark (kind, object, record_id, answers, body, created_by)
             select $1, $2, $3, $4, $5, $6
             where $4::bigint is null or exists (
               select from sys.remark a where a.id = $4 and a.object = $2 and a.record_id = $3 and a.kind = $1 and a.deleted_at is null)
             returning id",
        )
        .bind(kind.tag())
        .bind(object)
        .bind(id)
        .bind(answers)
        .bind(&body)
        .bind(principal.user_id)
        .fetch_optional(&mut *tx)
        .await?;
        let written = written.ok_or_else(|| {
            Error::field(
                "answers",
                Problem::new(
                    "not_found",
                    "refers to no remark of this record",
                    "所回复的内容不存在",
                ),
            )
        })?;
        mention(&mut tx, written, &body).await?;
        let made = read(&mut tx, written).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Changes the text of a remark of one's own.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it isn't there or its record isn't readable; [`Error::Forbidden`] for another's.
    pub async fn edit_remark(
        &self,
        principal: &Principal,
        object: &str,
        record: i64,
        id: i64,
        body: &str,
    ) -> Result<Remark> {
        let body = checked(body)?;
        let mut tx = self.db.begin(principal).await?;
        self.own_remark(&mut tx, principal, object, record, id)
            .await?;
        sqlx::query("update sys.remark set body = $2, edited_at = now() where id = $1")
            .bind(id)
            .bind(&body)
            .execute(&mut *tx)
            .await?;
        mention(&mut tx, id, &body).await?;
        let made = read(&mut tx, id).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Takes back a remark of one's own; administrators take back any.
    ///
    /// # Errors
    /// As [`edit_remark`](Self::edit_remark).
    pub async fn delete_remark(
        &self,
        principal: &Principal,
        object: &str,
        record: i64,
        id: i64,
    ) -> Result<()> {
        let mut tx = self.db.begin(principal).await?;
        self.own_remark(&mut tx, principal, object, record, id)
            .await?;
        sqlx::query("update sys.remark set deleted_at = now() where id = $1")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn own_remark(
        &self,
        connection: &mut PgConnection,
        principal: &Principal,
        object: &str,
        record: i64,
        id: i64,
    ) -> Result<()> {
        self.scope(principal, object)?
            .must_see(connection, record)
            .await?;
        let author: Option<i64> = sqlx::query_scalar(
            "select created_by from sys.remark where id = $1 and object = $2 and record_id = $3 and deleted_at is null for update",
        )
        .bind(id)
        .bind(object)
        .bind(record)
        .fetch_optional(connection)
        .await?;
        match author.ok_or(Error::NotFound)? {
            author if author == principal.user_id || principal.is_admin() => Ok(()),
            _ => Err(Error::Forbidden),
        }
    }

    /// The comments that name the caller, the latest first, at most 200; those on records that the
    /// caller may not read are left out.
    ///
    /// # Errors
    /// The database.
    pub async fn mentions(&self, principal: &Principal) -> Result<Vec<Mention>> {
        let dictionary = self.db.dictionary();
        let mut connection = self.db.pool().acquire().await?;
        let sql = format!(
            "select {COLUMNS}, r.object, r.record_id, n.seen_at is not null
             from sys.mention n join sys.remark r on r.id = n.remark_id
             where n.user_id = $1 and r.deleted_at is null order by r.id desc limit 200"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(principal.user_id)
            .fetch_all(&mut *connection)
            .await?;
        let mut mentions = Vec::new();
        for row in rows {
            let (object, record_id): (String, i64) = (row.try_get(11)?, row.try_get(12)?);
            let Some(known) = dictionary.object(&object) else {
                continue;
            };
            match self
                .scope(principal, &object)?
                .must_see(&mut connection, record_id)
                .await
            {
                Ok(()) => mentions.push(Mention {
                    resource: known.resource.clone(),
                    object,
                    record_id,
                    seen: row.try_get(13)?,
                    remark: remark(&row)?,
                }),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(mentions)
    }

    /// Notes that the caller has seen a mention.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such mention of the caller.
    pub async fn see_mention(&self, principal: &Principal, remark_id: i64) -> Result<()> {
        let done = sqlx::query(
            "update sys.mention set seen_at = coalesce(seen_at, now()) where remark_id = $1 and user_id = $2",
        )
        .bind(remark_id)
        .bind(principal.user_id)
        .execute(self.db.pool())
        .await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        Ok(())
    }
}

/// The latest remarks of a record that come before a place of the feed.
pub(super) async fn before(
    connection: &mut PgConnection,
    object: &str,
    id: i64,
    before: Option<(Place, i32)>,
    limit: usize,
) -> Result<Vec<Remark>> {
    let mut query = sqlx::QueryBuilder::new(format!(
        "select {COLUMNS} from sys.remark r where r.deleted_at is null and r.object = "
    ));
    query.push_bind(object.to_owned());
    query.push(" and r.record_id = ").push_bind(id);
    if let Some((place, source)) = before {
        query.push(format!(" and (r.created_at, {source}, r.id) < ("));
        query.push_bind(place.at).push(", ");
        query.push_bind(place.source).push(", ");
        query.push_bind(place.id).push(")");
    }
    query.push(format!(
        " order by r.created_at desc, r.id desc limit {limit}"
    ));
    let rows = query.build().fetch_all(connection).await?;
    rows.iter().map(remark).collect()
}

fn checked(body: &str) -> Result<String> {
    let body = body.trim();
    if body.is_empty() {
        return Err(Error::field("body", Problem::required()));
    }
    if body.chars().count() > LONGEST || body.contains('\0') {
        return Err(Error::field(
            "body",
            Problem::new(
                "too_long",
                format!("has more than {LONGEST} characters or a NUL"),
                format!("超过{LONGEST}个字符或含有空字符"),
            ),
        ));
    }
    Ok(body.to_owned())
}

/// Notes the active users that a text names by `@login`.
async fn mention(connection: &mut PgConnection, remark: i64, body: &str) -> Result<()> {
    let logins: Vec<String> = mentioned(body);
    sqlx::query(
        "delete from sys.mention m using crm.app_user u where m.remark_id = $1 and u.id = m.user_id and u.login <> all($2)",
    )
    .bind(remark)
    .bind(&logins)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into sys.mention (remark_id, user_id)
         select $1, u.id from crm.app_user u where u.login = any($2) and u.active and u.deleted_at is null
         on conflict do nothing",
    )
    .bind(remark)
    .bind(&logins)
    .execute(connection)
    .await?;
    Ok(())
}

/// The words after `@`, without punctuation at their end.
fn mentioned(body: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = ' ';
    for (at, sign) in body.char_indices() {
        if sign == '@' && !before.is_ascii_alphanumeric() {
            let word: String = body[at + 1..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || "._-".contains(*c))
                .collect();
            let word = word.trim_end_matches(['.', '-', '_']);
            if !word.is_empty() && !found.iter().any(|there| there == word) {
                found.push(word.to_owned());
            }
        }
        before = sign;
    }
    found.truncate(50);
    found
}

async fn read(connection: &mut PgConnection, id: i64) -> Result<Remark> {
    let sql = format!("select {COLUMNS} from sys.remark r where r.id = $1");
    remark(
        &sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id)
            .fetch_one(connection)
            .await?,
    )
}

fn remark(row: &PgRow) -> Result<Remark> {
    let ids: Vec<i64> = row.try_get(8)?;
    let logins: Vec<String> = row.try_get(9)?;
    let names: Vec<String> = row.try_get(10)?;
    Ok(Remark {
        id: row.try_get(0)?,
        kind: match row.try_get::<&str, _>(1)? {
            "note" => RemarkKind::Note,
            _ => RemarkKind::Comment,
        },
        answers: row.try_get(2)?,
        body: row.try_get(3)?,
        created_at: row.try_get(4)?,
        created_by: row.try_get(5)?,
        author: row.try_get(6)?,
        edited_at: row.try_get(7)?,
        mentions: ids
            .into_iter()
            .zip(logins.into_iter().zip(names))
            .map(|(id, (login, name))| Mentioned { id, login, name })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_words_after_an_at_sign() {
        assert_eq!(
            mentioned("@li, ask @wang.wu. or me@home @li"),
            ["li", "wang.wu"]
        );
        assert_eq!(mentioned("请@li 看一下（@王五）"), ["li", "王五"]);
        assert!(mentioned("@ @- nothing").is_empty());
    }
}
