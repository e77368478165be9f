//! Writing what is staged: known rows are changed, new ones added, and whatever turns out to be refused
//! as a whole is taken back before the rest is written again.

use basalt_model::{Principal, Problem};
use sqlx::{PgConnection, QueryBuilder};

use super::Stage;
use crate::ddl::literal;
use crate::duplicates;
use crate::error::Result;
use crate::import::refusal::{Refusal, Refusals};
use crate::record::demands::{Demand, bound, demands};
use crate::record::violation;
use crate::sales;
use crate::sql::{Joins, column, crm, quoted};

impl Stage<'_> {
    /// Writes what is left: changed records and new ones. Rows that turn out to be refused, seen as a
    /// whole, are taken back and the rest is written again.
    pub async fn write(
        &self,
        connection: &mut PgConnection,
        refusals: &mut Refusals,
    ) -> Result<(u64, u64)> {
        self.match_rows(connection).await?;
        let demands = if bound(self.principal) {
            demands(self.dictionary, self.object)?
        } else {
            Vec::new()
        };
        let checks_duplicates =
            bound(self.principal) && duplicates::has_rules(connection, &self.object.name).await?;
        loop {
            sqlx::query("savepoint written")
                .execute(&mut *connection)
                .await?;
            let done = self.write_rows(connection).await?;
            let before = refusals.count();
            let mut broken = Vec::new();
            for demand in &demands {
                broken.extend(self.broken(connection, demand).await?);
            }
            if checks_duplicates {
                broken.extend(self.duplicates(connection).await?);
            }
            if broken.is_empty() {
                self.follow_up(connection).await?;
                self.note_for_search(connection).await?;
                return Ok(done);
            }
            sqlx::query("rollback to savepoint written")
                .execute(&mut *connection)
                .await?;
            self.refuse_lines(connection, refusals, broken).await?;
            if refusals.count() == before {
                return Ok((0, 0));
            }
        }
    }

    /// Which rows are known by the upsert key.
    async fn match_rows(&self, connection: &mut PgConnection) -> Result<()> {
        let Some(key) = self.columns.upsert_key.map(|key| quoted(&key.column())) else {
            return Ok(());
        };
        let mut query = QueryBuilder::new(
            "update pg_temp.basalt_stage s set row_id = x.id, known = true from (",
        );
        self.push_resolved(&mut query);
        query.push(format!(
            ") t join {} x on x.{key} = t.{key} where s.line = t.line",
            crm(&self.object.table)
        ));
        query.build().execute(connection).await?;
        Ok(())
    }

    async fn write_rows(&self, connection: &mut PgConnection) -> Result<(u64, u64)> {
        let table = crm(&self.object.table);
        let mut updated = 0;
        if self.columns.upsert_key.is_some() {
            let given: Vec<&str> = self
                .resolved
                .iter()
                .filter(|resolved| resolved.given)
                .map(|resolved| resolved.name.as_str())
                .collect();
            let of = |alias: &str| {
                given
                    .iter()
                    .map(|name| column(alias, name))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let differs = format!(
                "x.id = t.row_id and t.known and row({}) is distinct from row({})",
                of("x"),
                of("t")
            );
            let pairs: Vec<String> = given
                .iter()
                .map(|name| format!("{}, {}", literal(name), column("x", name)))
                .collect();
            // A function takes a hundred arguments at most.
            let objects: Vec<String> = pairs
                .chunks(40)
                .map(|pairs| format!("jsonb_build_object({})", pairs.join(", ")))
                .collect();
            let mut query = QueryBuilder::new(
                "insert into sys.import_before (import_id, record_id, version, before) select ",
            );
            query.push_bind(self.import_id);
            query.push(format!(
                ", x.id, x.version + 1, {} from {table} x join (",
                objects.join(" || ")
            ));
            self.push_resolved(&mut query);
            query.push(format!(") t on {differs}"));
            query.build().execute(&mut *connection).await?;

            let list: Vec<String> = given.iter().map(|name| quoted(name)).collect();
            let mut query = QueryBuilder::new(format!(
                "update {table} x set ({}) = row({}) from (",
                list.join(", "),
                of("t")
            ));
            self.push_resolved(&mut query);
            query.push(format!(") t where {differs}"));
            let done = query
                .build()
                .execute(&mut *connection)
                .await
                .map_err(|error| violation(error, self.object))?;
            updated = done.rows_affected();
        }
        let names = self
            .resolved
            .iter()
            .map(|resolved| quoted(&resolved.name))
            .collect::<Vec<_>>();
        let values = names
            .iter()
            .map(|name| format!("t.{name}"))
            .collect::<Vec<_>>()
            .join(", ");
        let mut query = QueryBuilder::new(format!(
            "insert into {table} (id, {}, import_id) select t.row_id, {values}, ",
            names.join(", ")
        ));
        query.push_bind(self.import_id).push(" from (");
        self.push_resolved(&mut query);
        query.push(") t where not t.known order by t.line");
        let done = query
            .build()
            .execute(connection)
            .await
            .map_err(|error| violation(error, self.object))?;
        Ok((updated, done.rows_affected()))
    }

    /// Lines whose rows, as they were written, are refused.
    async fn broken(&self, connection: &mut PgConnection, demand: &Demand) -> Result<Vec<Refusal>> {
        let mut joins = Joins::default();
        demand.join(&mut joins);
        let mut query = QueryBuilder::new(format!(
            "select s.line from pg_temp.basalt_stage s join {} t on t.id = s.row_id",
            crm(&self.object.table)
        ));
        joins.push(&mut query, self.dictionary, &Principal::system());
        query.push(" where ");
        demand.push(&mut query, &mut joins);
        query.push(" order by s.line");
        let lines: Vec<i64> = query.build_query_scalar().fetch_all(connection).await?;
        Ok(lines
            .into_iter()
            .map(|line| Refusal {
                line: line.unsigned_abs(),
                column: demand.field.clone(),
                value: String::new(),
                problem: demand.problem.clone(),
            })
            .collect())
    }

    /// Lines whose new records are duplicates by a rule that blocks.
    async fn duplicates(&self, connection: &mut PgConnection) -> Result<Vec<Refusal>> {
        let ids: Vec<i64> = sqlx::query_scalar("select row_id from pg_temp.basalt_stage")
            .fetch_all(&mut *connection)
            .await?;
        for part in ids.chunks(5000) {
            duplicates::index(connection, self.object, part).await?;
        }
        let found = duplicates::staged_duplicates(connection, self.object).await?;
        Ok(found
            .into_iter()
            .map(|(line, rule)| Refusal {
                line: line.unsigned_abs(),
                column: String::new(),
                value: String::new(),
                problem: Problem::new(
                    "duplicate",
                    format!("looks like another record, by the rule {rule:?}"),
                    format!("与其他记录疑似重复，规则：{rule}"),
                ),
            })
            .collect())
    }

    /// Takes lines off the stage, each for its first reason.
    async fn refuse_lines(
        &self,
        connection: &mut PgConnection,
        refusals: &mut Refusals,
        mut broken: Vec<Refusal>,
    ) -> Result<()> {
        broken.sort_by_key(|refusal| refusal.line);
        broken.dedup_by_key(|refusal| refusal.line);
        let lines: Vec<i64> = broken
            .iter()
            .filter_map(|refusal| i64::try_from(refusal.line).ok())
            .collect();
        for refusal in broken {
            refusals.add(refusal)?;
        }
        sqlx::query("delete from pg_temp.basalt_stage where line = any($1)")
            .bind(lines)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// What follows from saving such records: scores, owners by rules, …
    async fn follow_up(&self, connection: &mut PgConnection) -> Result<()> {
        let rows: Vec<(i64, bool)> =
            sqlx::query_as("select row_id, known from pg_temp.basalt_stage order by line")
                .fetch_all(&mut *connection)
                .await?;
        let (known, new): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, known)| *known);
        let ids = |rows: Vec<(i64, bool)>| rows.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        let owned = self.columns.of("owner").is_some();
        sales::after_create(
            connection,
            self.dictionary,
            self.principal,
            self.object,
            &ids(new),
            owned,
        )
        .await?;
        sales::after_update(connection, self.dictionary, self.object, &ids(known)).await?;
        Ok(())
    }

    /// The words of many records are written in the background.
    async fn note_for_search(&self, connection: &mut PgConnection) -> Result<()> {
        if crate::search::searched(self.object).next().is_some() {
            sqlx::query(
                "insert into sys.search_pending (object, record_id) select $1, row_id from pg_temp.basalt_stage on conflict do nothing",
            )
            .bind(&self.object.name)
            .execute(connection)
            .await?;
        }
        Ok(())
    }
}
