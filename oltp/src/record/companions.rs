//! What any record may carry beside its fields: tags, followers, favourites. Rights are those of the record.

use basalt_model::{Action, Principal, Problem};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{PgConnection, QueryBuilder, Row};

use super::{Scope, Store};
use crate::error::{Error, Result};
use crate::search;
use crate::sql::{column, crm, push_readable, push_row_rule};

/// How a user is attached to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Follow,
    Favourite,
}

impl Mark {
    fn tag(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Favourite => "favourite",
        }
    }
}

/// What a record carries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Companions {
    pub tags: Vec<String>,
    /// Whether the caller follows the record.
    pub followed: bool,
    /// Whether it is among the caller's favourites.
    pub favourite: bool,
    pub followers: Vec<Follower>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Follower {
    pub id: i64,
    pub name: String,
}

/// A record that is named outside of its own list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Named {
    pub object: String,
    pub resource: String,
    pub id: i64,
    pub title: Option<String>,
    /// Since when it is in the list.
    pub at: DateTime<Utc>,
}

/// A tag and how many records that one may read have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagCount {
    pub tag: String,
    pub records: i64,
}

/// The most records that a list of tagged or marked records names.
const LISTED: i64 = 500;
const MAX_TAGS: i64 = 50;

impl Store {
    /// Tags, followers and the caller's own marks of a record.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the record isn't readable.
    pub async fn companions(
        &self,
        principal: &Principal,
        object: &str,
        id: i64,
    ) -> Result<Companions> {
        let mut connection = self.db.pool().acquire().await?;
        self.scope(principal, object)?
            .must_see(&mut connection, id)
            .await?;
        companions(&mut connection, principal, object, id).await
    }

    /// Replaces the tags of a record; needs the right to update it.
    ///
    /// # Errors
    /// [`Error::Validation`] for an unusable tag; [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn set_tags(
        &self,
        principal: &Principal,
        object: &str,
        id: i64,
        tags: &[String],
    ) -> Result<Companions> {
        let mut tags = tags
            .iter()
            .map(|tag| usable(tag))
            .collect::<Result<Vec<_>>>()?;
        tags.sort();
        tags.dedup();
        if tags.len() as i64 > MAX_TAGS {
            return Err(Error::field(
                "tags",
                Problem::new("limit", "are more than 50", "标签超过 50 个"),
            ));
        }
        let mut tx = self.db.begin(principal).await?;
        let scope = self.scope(principal, object)?;
        scope.must_see(&mut tx, id).await?;
        if !scope.can(Action::Update) {
            return Err(Error::Forbidden);
        }
        sqlx::query(
            "delete from sys.record_tag where object = $1 and record_id = $2 and tag <> all($3)",
        )
        .bind(object)
        .bind(id)
        .bind(&tags)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "insert into sys.record_tag (object, record_id, tag, tagged_by)
             select $1, $2, tag, nullif($4, 0) from unnest($3::text[]) tag on conflict do nothing",
        )
        .bind(object)
        .bind(id)
        .bind(&tags)
        .bind(principal.user_id)
        .execute(&mut *tx)
        .await?;
        let now = companions(&mut tx, principal, object, id).await?;
        tx.commit().await?;
        Ok(now)
    }

    /// Sets or takes away a mark of the caller's own.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the record isn't readable.
    pub async fn mark(
        &self,
        principal: &Principal,
        object: &str,
        id: i64,
        mark: Mark,
        on: bool,
    ) -> Result<Companions> {
        let mut tx = self.db.begin(principal).await?;
        self.scope(principal, object)?.must_see(&mut tx, id).await?;
        let sql = if on {
            "insert into sys.record_mark (user_id, kind, object, record_id) values ($1, $2, $3, $4) on conflict do nothing"
        } else {
            "delete from sys.record_mark where user_id = $1 and kind = $2 and object = $3 and record_id = $4"
        };
        sqlx::query(sql)
            .bind(principal.user_id)
            .bind(mark.tag())
            .bind(object)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        let now = companions(&mut tx, principal, object, id).await?;
        tx.commit().await?;
        Ok(now)
    }

    /// The records the caller follows or favours, the latest first; those no longer readable are left out.
    ///
    /// # Errors
    /// The database.
    pub async fn marked(&self, principal: &Principal, mark: Mark) -> Result<Vec<Named>> {
        self.named(principal, |query, object| {
            query.push(" join sys.record_mark m on m.record_id = t.id and m.object = ");
            query.push_bind(object.to_owned());
            query.push(" and m.kind = ").push_bind(mark.tag());
            query.push(" and m.user_id = ").push_bind(principal.user_id);
            "m.marked_at"
        })
        .await
    }

    /// The records that carry a tag, of all objects, the latest first.
    ///
    /// # Errors
    /// The database.
    pub async fn tagged(&self, principal: &Principal, tag: &str) -> Result<Vec<Named>> {
        self.named(principal, |query, object| {
            query.push(" join sys.record_tag m on m.record_id = t.id and m.object = ");
            query.push_bind(object.to_owned());
            query.push(" and m.tag = ").push_bind(tag.to_owned());
            "m.tagged_at"
        })
        .await
    }

    /// All tags on records that the caller may read.
    ///
    /// # Errors
    /// The database.
    pub async fn tags(&self, principal: &Principal) -> Result<Vec<TagCount>> {
        let dictionary = self.db.dictionary();
        let mut query = QueryBuilder::new("select tag, count(*) from (");
        let mut first = true;
        for object in dictionary.objects() {
            if !principal.can(&object.name, Action::Read) {
                continue;
            }
            if !first {
                query.push(" union all ");
            }
            first = false;
            query.push("select m.tag from sys.record_tag m join ");
            query.push(format!(
                "{} t on t.id = m.record_id where m.object = ",
                crm(&object.table)
            ));
            query.push_bind(object.name.clone()).push(" and ");
            push_readable(&mut query, "t", &dictionary, principal, object);
        }
        if first {
            return Ok(Vec::new());
        }
        query.push(") tags group by tag order by count(*) desc, tag limit 500");
        let rows = query.build().fetch_all(self.db.pool()).await?;
        rows.iter()
            .map(|row| {
                Ok(TagCount {
                    tag: row.try_get(0)?,
                    records: row.try_get(1)?,
                })
            })
            .collect()
    }

    /// Readable records of all objects, as far as `join` lets them in; it returns the expression of their time.
    async fn named(
        &self,
        principal: &Principal,
        join: impl Fn(&mut QueryBuilder<sqlx::Postgres>, &str) -> &'static str,
    ) -> Result<Vec<Named>> {
        let dictionary = self.db.dictionary();
        let mut named = Vec::new();
        for object in dictionary.objects() {
            if !principal.can(&object.name, Action::Read) {
                continue;
            }
            let title = object
                .field(&object.title)
                .filter(|title| !principal.is_hidden(&object.name, &title.name))
                .map_or("null".to_owned(), |title| {
                    format!("{}::text", column("t", &title.column()))
                });
            let mut body = QueryBuilder::new(format!("select t.id, {title}, "));
            // The time's expression comes with the join, which stands after it.
            let mut probe = QueryBuilder::new("");
            let at = join(&mut probe, &object.name);
            body.push(format!("{at} from {} t", crm(&object.table)));
            join(&mut body, &object.name);
            body.push(" where ");
            push_readable(&mut body, "t", &dictionary, principal, object);
            body.push(format!(" order by {at} desc limit {LISTED}"));
            for row in body.build().fetch_all(self.db.pool()).await? {
                named.push(Named {
                    object: object.name.clone(),
                    resource: object.resource.clone(),
                    id: row.try_get(0)?,
                    title: row.try_get(1)?,
                    at: row.try_get(2)?,
                });
            }
        }
        named.sort_by_key(|one| std::cmp::Reverse(one.at));
        named.truncate(LISTED as usize);
        Ok(named)
    }
}

impl Scope<'_> {
    /// Refuses when the record isn't there for the principal, recycled ones included.
    pub(super) async fn must_see(&self, connection: &mut PgConnection, id: i64) -> Result<()> {
        if !self.can(Action::Read) {
            return Err(Error::NotFound);
        }
        let mut query = QueryBuilder::new(format!(
            "select exists (select from {} t where t.id = ",
            crm(&self.object().table)
        ));
        query.push_bind(id).push(" and t.deleted_at is null and ");
        push_row_rule(
            &mut query,
            "t",
            &self.principal.row_rule(&self.dictionary, self.object()),
        );
        query.push(")");
        if query
            .build_query_scalar::<bool>()
            .fetch_one(connection)
            .await?
        {
            Ok(())
        } else {
            Err(Error::NotFound)
        }
    }
}

async fn companions(
    connection: &mut PgConnection,
    principal: &Principal,
    object: &str,
    id: i64,
) -> Result<Companions> {
    let tags: Vec<String> = sqlx::query_scalar(
        "select tag from sys.record_tag where object = $1 and record_id = $2 order by tag",
    )
    .bind(object)
    .bind(id)
    .fetch_all(&mut *connection)
    .await?;
    let marks: Vec<(String, i64, Option<String>)> = sqlx::query_as(
        "select m.kind, m.user_id, u.name from sys.record_mark m left join crm.app_user u on u.id = m.user_id
         where m.object = $1 and m.record_id = $2 and (m.kind = 'follow' or m.user_id = $3)
         order by m.marked_at, m.user_id limit 1000",
    )
    .bind(object)
    .bind(id)
    .bind(principal.user_id)
    .fetch_all(connection)
    .await?;
    let own = |kind: Mark| {
        marks
            .iter()
            .any(|(of, user, _)| of == kind.tag() && *user == principal.user_id)
    };
    Ok(Companions {
        tags,
        followed: own(Mark::Follow),
        favourite: own(Mark::Favourite),
        followers: marks
            .iter()
            .filter(|(kind, _, _)| kind == Mark::Follow.tag())
            .map(|(_, id, name)| Follower {
                id: *id,
                name: name.clone().unwrap_or_default(),
            })
            .collect(),
    })
}

fn usable(tag: &str) -> Result<String> {
    let tag = tag.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = (1..=40).contains(&tag.chars().count())
        && !tag.contains(|c: char| c.is_control() || c == ',');
    if fits {
        return Ok(tag);
    }
    Err(Error::field(
        "tags",
        Problem::new(
            "tag",
            "has 1 to 40 characters without commas",
            "标签须为 1 到 40 个字符且不含逗号",
        ),
    ))
}

/// Everything that records carried, when they are purged.
pub(crate) async fn forget(connection: &mut PgConnection, object: &str, ids: &[i64]) -> Result<()> {
    search::forget(connection, object, ids).await?;
    sqlx::query(
        "delete from sys.duplicate_key k using sys.duplicate_rule r where r.id = k.rule_id and r.object = $1 and k.record_id = any($2)",
    )
    .bind(object)
    .bind(ids)
    .execute(&mut *connection)
    .await?;
    for table in ["record_tag", "remark", "record_mark", "file"] {
        let sql = format!("delete from sys.{table} where object = $1 and record_id = any($2)");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(object)
            .bind(ids)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Moves everything that merged records carried to the survivor; says what was moved.
pub(super) async fn hand_over(
    connection: &mut PgConnection,
    object: &str,
    from: &[i64],
    to: i64,
) -> Result<Vec<(i64, i64)>> {
    sqlx::query(
        "insert into sys.record_tag (object, record_id, tag, tagged_at, tagged_by)
         select object, $3, tag, min(tagged_at), min(tagged_by) from sys.record_tag where object = $1 and record_id = any($2)
         group by object, tag on conflict do nothing",
    )
    .bind(object)
    .bind(from)
    .bind(to)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into sys.record_mark (user_id, kind, object, record_id)
         select distinct user_id, kind, object, $3 from sys.record_mark where object = $1 and record_id = any($2)
         on conflict do nothing",
    )
    .bind(object)
    .bind(from)
    .bind(to)
    .execute(&mut *connection)
    .await?;
    Ok(sqlx::query_as(
        "with moved as (select id, record_id as was from sys.remark where object = $1 and record_id = any($2) for update)
         update sys.remark r set record_id = $3 from moved m where r.id = m.id returning r.id, m.was",
    )
    .bind(object)
    .bind(from)
    .bind(to)
    .fetch_all(connection)
    .await?)
}
