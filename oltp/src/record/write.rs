//! Creating, changing, recycling and restoring, each within a transaction.

use basalt_model::{Action, Principal, PrincipalKind, RowAccess, SqlType, Trait};
use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, QueryBuilder};

use super::consequences::{self, Happened};
use super::files::check_attachments;
use super::input::{self, Assignment};
use super::{JsonMap, Scope, Select, Store, Written, rules, violation};
use crate::duplicates;
use crate::error::{Error, Result};
use crate::sales;
use crate::search;
use crate::sql::{crm, push_row_rule, push_value, quoted};

impl Store {
    /// As [`create`](Self::create), within a transaction begun for the same principal.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn create_in(
        &self,
        connection: &mut PgConnection,
        principal: &Principal,
        object: &str,
        mut input: JsonMap,
    ) -> Result<Written> {
        let scope = self.scope(principal, object)?;
        if !scope.can(Action::Create) {
            return Err(Error::Forbidden);
        }
        let object = scope.object();
        rules::prepare(connection, &object.name, &mut input).await?;
        let owned = input.contains_key("owner") || input.contains_key("owner_id");
        let mut assignments = input::read(principal, object, &input, true)?;
        input::complete_ownership(connection, principal, object, &mut assignments, true).await?;
        rules::on_create(connection, principal, object, &assignments).await?;
        consequences::complete(
            connection,
            &self.db,
            principal,
            object,
            None,
            &mut assignments,
        )
        .await?;
        scope.check_references(connection, &assignments).await?;
        check_attachments(connection, &object.name, None, &assignments).await?;
        duplicates::refuse(
            connection,
            &scope.dictionary,
            principal,
            object,
            &assignments,
        )
        .await?;

        let mut query = QueryBuilder::new(format!("insert into {} ", crm(&object.table)));
        if assignments.is_empty() {
            query.push("default values");
        } else {
            query.push(format!("({}) values (", column_list(&assignments)));
            push_values(&mut query, &assignments);
            query.push(")");
        }
        query.push(" returning id");
        let id: i64 = query
            .build_query_scalar()
            .fetch_one(&mut *connection)
            .await
            .map_err(|error| violation(error, object))?;
        consequences::follow(connection, principal, object, id, Happened::Created).await?;
        scope.check_demands(connection, id).await?;
        search::index(connection, object, &[id]).await?;
        duplicates::index(connection, object, &[id]).await?;
        // A row that its maker could not change afterwards lies outside the maker's range.
        if !scope.admits(connection, id, RowAccess::Write).await? {
            return Err(Error::Forbidden);
        }
        let made = scope
            .written(connection, id, false)
            .await?
            .ok_or(Error::Forbidden)?;
        if !sales::after_create(
            connection,
            &scope.dictionary,
            principal,
            object,
            &[id],
            owned,
        )
        .await?
        {
            return Ok(made);
        }
        // A rule may have given it to somebody else, out of its maker's sight.
        Ok(scope
            .written(connection, id, false)
            .await?
            .unwrap_or_else(|| Written::out_of_sight(id, made.version)))
    }

    /// As [`update`](Self::update), within a transaction begun for the same principal.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub async fn update_in(
        &self,
        connection: &mut PgConnection,
        principal: &Principal,
        object: &str,
        id: i64,
        patch: JsonMap,
        if_match: Option<i32>,
    ) -> Result<Written> {
        let scope = self.scope(principal, object)?;
        if !scope.can(Action::Update) {
            return Err(scope.refusal(connection, id, false).await?);
        }
        let object = scope.object();
        let mut assignments = input::read(principal, object, &patch, false)?;
        input::complete_ownership(connection, principal, object, &mut assignments, false).await?;
        if assignments.is_empty() {
            let written = scope
                .written(connection, id, false)
                .await?
                .ok_or(Error::NotFound)?;
            return match if_match {
                Some(version) if version != written.version => Err(Error::VersionMismatch {
                    current: written.version,
                }),
                _ => Ok(written),
            };
        }
        rules::on_update(connection, principal, object, id, &assignments).await?;
        consequences::complete(
            connection,
            &self.db,
            principal,
            object,
            Some(id),
            &mut assignments,
        )
        .await?;
        scope.check_references(connection, &assignments).await?;
        check_attachments(connection, &object.name, Some(id), &assignments).await?;

        let mut set = QueryBuilder::new(format!(
            "update {} t set ({}) = row(",
            crm(&object.table),
            column_list(&assignments)
        ));
        push_values(&mut set, &assignments);
        set.push(")");
        // Passing a record on is for those whose range it is in, not for those it is shared with.
        let passes_on = assignments
            .iter()
            .any(|assignment| matches!(assignment.field.name.as_str(), "owner" | "department"));
        let access = if passes_on {
            RowAccess::Full
        } else {
            RowAccess::Write
        };
        let mut written = scope
            .change(&mut *connection, set, id, if_match, (false, access))
            .await?;
        if consequences::follow(connection, principal, object, id, Happened::Changed).await? {
            written = scope
                .written(connection, id, false)
                .await?
                .ok_or(Error::Forbidden)?;
        }
        scope.check_demands(connection, id).await?;
        if assignments.iter().any(|assignment| assignment.field.search) {
            search::index(connection, object, &[id]).await?;
        }
        if assignments
            .iter()
            .any(|assignment| assignment.field.sql_type() == SqlType::Text)
        {
            duplicates::index(connection, object, &[id]).await?;
        }
        if sales::after_update(connection, &scope.dictionary, object, &[id]).await? {
            return scope
                .written(connection, id, false)
                .await?
                .ok_or(Error::Forbidden);
        }
        Ok(written)
    }

    /// As [`delete`](Self::delete), within a transaction begun for the same principal.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub async fn delete_in(
        &self,
        connection: &mut PgConnection,
        principal: &Principal,
        object: &str,
        id: i64,
        if_match: Option<i32>,
    ) -> Result<Written> {
        let scope = self.scope(principal, object)?;
        if !scope.can(Action::Delete) || !scope.object().has(Trait::Recycle) {
            return Err(scope.refusal(connection, id, false).await?);
        }
        rules::on_delete(connection, &scope.object().name, id).await?;
        let set = QueryBuilder::new(format!(
            "update {} t set deleted_at = now()",
            crm(&scope.object().table)
        ));
        let written = scope
            .change(
                &mut *connection,
                set,
                id,
                if_match,
                (false, RowAccess::Full),
            )
            .await?;
        scope
            .recycle_parts(connection, scope.object(), &[id])
            .await?;
        consequences::follow(connection, principal, scope.object(), id, Happened::Binned).await?;
        Ok(written)
    }

    /// As [`restore`](Self::restore), within a transaction begun for the same principal.
    ///
    /// # Errors
    /// As [`restore`](Self::restore).
    pub async fn restore_in(
        &self,
        connection: &mut PgConnection,
        principal: &Principal,
        object: &str,
        id: i64,
    ) -> Result<Written> {
        let scope = self.scope(principal, object)?;
        if !scope.can(Action::Delete) {
            return Err(scope.refusal(connection, id, true).await?);
        }
        let table = crm(&scope.object().table);
        let went = format!("select deleted_at from {table} where id = $1 for update");
        let went_at: Option<DateTime<Utc>> = sqlx::query_scalar(AssertSqlSafe(went))
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?
            .flatten();
        let set = QueryBuilder::new(format!("update {table} t set deleted_at = null"));
        let written = scope
            .change(&mut *connection, set, id, None, (true, RowAccess::Full))
            .await?;
        if let Some(went_at) = went_at {
            scope
                .restore_parts(connection, scope.object(), &[id], went_at)
                .await?;
        }
        consequences::follow(connection, principal, scope.object(), id, Happened::Binned).await?;
        Ok(written)
    }

    /// The record after a command's own statements, as the principal sees it.
    pub(crate) async fn written_in(
        &self,
        connection: &mut PgConnection,
        principal: &Principal,
        object: &str,
        id: i64,
    ) -> Result<Written> {
        self.scope(principal, object)?
            .written(connection, id, false)
            .await?
            .ok_or(Error::NotFound)
    }
}

impl Scope<'_> {
    /// Runs `update … set …` for one row that the principal may deal with in this way, and reads the row back.
    async fn change(
        &self,
        connection: &mut PgConnection,
        mut update: QueryBuilder<Postgres>,
        id: i64,
        if_match: Option<i32>,
        (was_recycled, access): (bool, RowAccess),
    ) -> Result<Written> {
        update.push(" where t.id = ").push_bind(id);
        update.push(if was_recycled {
            " and t.deleted_at is not null"
        } else {
            " and t.deleted_at is null"
        });
        if let Some(version) = if_match {
            update.push(" and t.version = ").push_bind(version);
        }
        update.push(" and ");
        let rule = self
            .principal
            .rule_for(&self.dictionary, self.object(), access);
        push_row_rule(&mut update, "t", &rule);
        if self.is_bound_by_locks() {
            push_unlocked(&mut update, &self.object().name);
        }
        update.push(" returning t.deleted_at is not null");
        let recycled: Option<bool> = update
            .build_query_scalar()
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| violation(error, self.object()))?;
        let Some(recycled) = recycled else {
            return Err(match self.written(connection, id, was_recycled).await? {
                Some(written) if if_match.is_some_and(|version| version != written.version) => {
                    Error::VersionMismatch {
                        current: written.version,
                    }
                }
                Some(_) if self.is_locked(connection, id).await? => Error::conflict(
                    "locked",
                    "An approval of this record is under way; it can't be changed until then.",
                    "该记录正在审批中，审批结束前不能修改。",
                ),
                Some(_) => Error::Forbidden,
                None => Error::NotFound,
            });
        };
        // A row that is no longer visible was moved out of the principal's range.
        self.written(connection, id, recycled)
            .await?
            .ok_or(Error::Forbidden)
    }

    /// Background work goes on with a record that is locked for people.
    fn is_bound_by_locks(&self) -> bool {
        !matches!(
            self.principal.kind,
            PrincipalKind::Job | PrincipalKind::System
        )
    }

    async fn is_locked(&self, connection: &mut PgConnection, id: i64) -> Result<bool> {
        Ok(self.is_bound_by_locks()
            && sqlx::query_scalar("select exists (select from sys.approval where object = $1 and record_id = $2 and state = 'pending')")
                .bind(&self.object().name)
                .bind(id)
                .fetch_one(connection)
                .await?)
    }

    /// Whether the row is there and the principal may deal with it in this way.
    async fn admits(
        &self,
        connection: &mut PgConnection,
        id: i64,
        access: RowAccess,
    ) -> Result<bool> {
        let rule = self
            .principal
            .rule_for(&self.dictionary, self.object(), access);
        if rule == self.principal.row_rule(&self.dictionary, self.object()) {
            // Reading the record back will tell.
            return Ok(true);
        }
        let mut query = QueryBuilder::new(format!(
            "select exists (select from {} t where t.id = ",
            crm(&self.object().table)
        ));
        query.push_bind(id).push(" and ");
        push_row_rule(&mut query, "t", &rule);
        query.push(")");
        Ok(query.build_query_scalar().fetch_one(connection).await?)
    }

    async fn written(
        &self,
        connection: &mut PgConnection,
        id: i64,
        recycled: bool,
    ) -> Result<Option<Written>> {
        let Some(record) = self.read(connection, id, &Select::all(), recycled).await? else {
            return Ok(None);
        };
        let version = record
            .get("version")
            .and_then(serde_json::Value::as_i64)
            .and_then(|version| i32::try_from(version).ok());
        Ok(Some(Written {
            id,
            version: version.unwrap_or_default(),
            record,
        }))
    }

    /// Why an action without its right is refused: a record that isn't readable isn't there.
    pub(super) async fn refusal(
        &self,
        connection: &mut PgConnection,
        id: i64,
        recycled: bool,
    ) -> Result<Error> {
        let readable = self.written(connection, id, recycled).await?.is_some();
        Ok(if readable {
            Error::Forbidden
        } else {
            Error::NotFound
        })
    }
}

/// ` and` the row is not locked by an approval.
fn push_unlocked(query: &mut QueryBuilder<Postgres>, object: &str) {
    query.push(" and not exists (select from sys.approval a where a.record_id = t.id and a.state = 'pending' and a.object = ");
    query.push_bind(object.to_owned()).push(")");
}

fn column_list(assignments: &[Assignment<'_>]) -> String {
    let columns = assignments
        .iter()
        .flat_map(|assignment| assignment.field.columns());
    columns
        .map(|column| quoted(&column.name))
        .collect::<Vec<_>>()
        .join(", ")
}

fn push_values(query: &mut QueryBuilder<Postgres>, assignments: &[Assignment<'_>]) {
    let mut first = true;
    for Assignment { field, value } in assignments {
        for part in 0..field.columns().len() {
            if !first {
                query.push(", ");
            }
            first = false;
            push_value(query, value, part);
        }
    }
}
