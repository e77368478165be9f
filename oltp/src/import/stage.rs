//! The staging table: rows as read go in by `COPY`; then references are resolved and rows are
//! checked and written set by set.

mod write;

use basalt_model::{Dictionary, Object, Ownership, Principal, Problem, RowAccess, RowRule};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, QueryBuilder, Row as _};

use super::columns::{Columns, ImportColumn, Part};
use super::refusal::{Refusal, Refusals};
use super::row::RowReader;
use super::source::Rows;
use crate::ddl::column_default;
use crate::error::Result;
use crate::record::check_problem;
use crate::sql::{Joins, column, crm, push_condition, push_row_rule, quoted, type_name};

/// A column of the result: name in the object's table, expression over the staging table `s` and
/// the records joined to it.
struct Resolved {
    name: String,
    expression: String,
    /// Whether the file gives it; else it is filled in for new rows only.
    given: bool,
}

/// The staging table of one import.
pub(super) struct Stage<'a> {
    dictionary: &'a Dictionary,
    object: &'a Object,
    principal: &'a Principal,
    columns: &'a Columns<'a>,
    import_id: i64,
    resolved: Vec<Resolved>,
}

impl<'a> Stage<'a> {
    pub fn new(
        dictionary: &'a Dictionary,
        object: &'a Object,
        principal: &'a Principal,
        columns: &'a Columns<'a>,
        import_id: i64,
    ) -> Result<Self> {
        let mut stage = Self {
            dictionary,
            object,
            principal,
            columns,
            import_id,
            resolved: Vec::new(),
        };
        stage.resolve()?;
        Ok(stage)
    }

    /// Stages all rows that can be read; says how many there were.
    pub async fn fill(
        &mut self,
        connection: &mut PgConnection,
        mut rows: Rows,
        refusals: &mut Refusals,
        progress: impl Fn(u64, u64) -> Result<()>,
    ) -> Result<u64> {
        let reader = RowReader::new(self.columns);
        let mut names = vec!["line".to_owned()];
        names.extend(self.staged().map(|(name, _)| quoted(&name)));
        let mut definition = vec!["line bigint not null".to_owned()];
        definition.extend(
            self.staged()
                .map(|(name, kind)| format!("{} {kind}", quoted(&name))),
        );
        // Every row has its id from the beginning; of a row that is matched it is replaced.
        let create = format!(
            "create temp table basalt_stage ({}, row_id bigint not null default nextval(pg_get_serial_sequence('crm.{}', 'id')),
             known boolean not null default false) on commit drop",
            definition.join(", "),
            self.object.table
        );
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&mut *connection)
            .await?;

        let mut copy = connection
            .copy_in_raw(&format!(
                "copy pg_temp.basalt_stage ({}) from stdin",
                names.join(", ")
            ))
            .await?;
        let mut read = 0;
        let mut buffer = Vec::with_capacity(1 << 19);
        while let Some(batch) = rows.recv().await {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    copy.abort("the file can't be read").await?;
                    return Err(error);
                }
            };
            buffer.clear();
            for row in &batch {
                read += 1;
                if let Err(refusal) = reader.encode(row, &mut buffer) {
                    refusals.add(refusal)?;
                }
            }
            copy.send(buffer.as_slice()).await?;
            if let Err(error) = progress(read, refusals.count()) {
                copy.abort("the import was stopped").await?;
                return Err(error);
            }
        }
        copy.finish().await?;
        sqlx::raw_sql("analyze pg_temp.basalt_stage")
            .execute(connection)
            .await?;
        Ok(read)
    }

    /// Refuses the rows that can only be judged together with others or with the database.
    pub async fn check(
        &self,
        connection: &mut PgConnection,
        refusals: &mut Refusals,
    ) -> Result<()> {
        for (at, found) in self.columns.list.iter().enumerate() {
            self.check_reference(connection, refusals, at, found)
                .await?;
        }
        for found in &self.columns.list {
            self.check_condition(connection, refusals, found).await?;
        }
        for names in self.unique_sets() {
            self.check_within_file(connection, refusals, &names).await?;
            self.check_against_records(connection, refusals, &names)
                .await?;
        }
        self.check_range(connection, refusals).await
    }

    /// Names and types of the staging table's columns, in the order in which rows are encoded.
    fn staged(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.columns.list.iter().flat_map(|found| match found.part {
            Part::Value => found
                .field
                .columns()
                .into_iter()
                .map(|column| {
                    let collation = if type_name(column.sql_type) == "text" {
                        " collate \"C\""
                    } else {
                        ""
                    };
                    (
                        column.name,
                        format!("{}{collation}", type_name(column.sql_type)),
                    )
                })
                .collect(),
            Part::Key { .. } => vec![(
                format!("{}.key", found.field.column()),
                "text collate \"C\"".to_owned(),
            )],
            Part::Currency | Part::Rate => Vec::new(),
        })
    }

    /// Works out the columns of the result, owner and department included.
    fn resolve(&mut self) -> Result<()> {
        for (at, found) in self.columns.list.iter().enumerate() {
            match found.part {
                Part::Value => {
                    self.resolved
                        .extend(found.field.columns().into_iter().map(|column| Resolved {
                            expression: format!("s.{}", quoted(&column.name)),
                            name: column.name,
                            given: true,
                        }));
                }
                Part::Key { .. } => {
                    self.resolved.push(Resolved {
                        name: found.field.column(),
                        expression: format!("r{at}.id"),
                        given: true,
                    });
                }
                Part::Currency | Part::Rate => {}
            }
        }
        // The table gives the defaults of standard columns itself.
        for field in self.object.fields.iter().filter(|field| field.custom) {
            if self.columns.of(&field.name).is_some() {
                continue;
            }
            for (at, column) in field.columns().into_iter().enumerate() {
                if let Some(default) = column_default(self.object, field, at)? {
                    self.resolved.push(Resolved {
                        expression: format!("{default}::{}", type_name(column.sql_type)),
                        name: column.name,
                        given: false,
                    });
                }
            }
        }
        if self.object.ownership != Ownership::User {
            return Ok(());
        }
        let fixed =
            |id: Option<i64>| id.map_or("null::bigint".to_owned(), |id| format!("{id}::bigint"));
        let owner_given = self.columns.of("owner").is_some();
        if !owner_given {
            let expression = fixed(Some(self.principal.user_id).filter(|id| *id > 0));
            self.resolved.push(Resolved {
                name: "owner_id".to_owned(),
                expression,
                given: false,
            });
        }
        if self.columns.of("department").is_none() {
            let expression = if owner_given {
                "owner.department_id".to_owned()
            } else {
                fixed(self.principal.department_id)
            };
            // The department follows a given owner, as it does for single records.
            self.resolved.push(Resolved {
                name: "department_id".to_owned(),
                expression,
                given: owner_given,
            });
        }
        Ok(())
    }

    /// `select line, <columns of the object's table> from` the staging table with references resolved.
    fn push_resolved(&self, query: &mut QueryBuilder<Postgres>) {
        query.push("select s.line, s.row_id, s.known");
        for resolved in &self.resolved {
            query.push(format!(
                ", {} as {}",
                resolved.expression,
                quoted(&resolved.name)
            ));
        }
        query.push(" from pg_temp.basalt_stage s");
        for (at, found) in self.columns.list.iter().enumerate() {
            self.push_reference_join(query, at, found);
        }
        if let Some(resolved) = self
            .resolved
            .iter()
            .find(|resolved| resolved.expression == "owner.department_id")
        {
            let owner = self
                .resolved
                .iter()
                .find(|other| other.name == "owner_id")
                .unwrap_or(resolved);
            query.push(format!(
                " left join crm.app_user owner on owner.id = {}",
                owner.expression
            ));
        }
    }

    /// The record a natural key refers to: there, not recycled and readable.
    fn push_reference_join(
        &self,
        query: &mut QueryBuilder<Postgres>,
        at: usize,
        found: &ImportColumn<'_>,
    ) {
        let Part::Key { target, key } = found.part else {
            return;
        };
        let alias = format!("r{at}");
        let staged = quoted(&format!("{}.key", found.field.column()));
        query.push(format!(
            " left join {} {alias} on {} = s.{staged} and {alias}.deleted_at is null and ",
            crm(&target.table),
            column(&alias, &key.column())
        ));
        push_row_rule(
            query,
            &alias,
            &self.principal.row_rule(self.dictionary, target),
        );
    }

    async fn check_reference(
        &self,
        connection: &mut PgConnection,
        refusals: &mut Refusals,
        at: usize,
        found: &ImportColumn<'_>,
    ) -> Result<()> {
        let Some(target) = found
            .field
            .target()
            .and_then(|name| self.dictionary.object(name))
        else {
            return Ok(());
        };
        let mut query = QueryBuilder::new("");
        if matches!(found.part, Part::Key { .. }) {
            let staged = quoted(&format!("{}.key", found.field.column()));
            query.push(format!(
                "select s.line, s.{staged} from pg_temp.basalt_stage s"
            ));
            self.push_reference_join(&mut query, at, found);
            query.push(format!(
                " where s.{staged} is not null and r{at}.id is null"
            ));
        } else {
            let staged = quoted(&found.field.column());
            query.push(format!(
                "select s.line, s.{staged}::text from pg_temp.basalt_stage s where s.{staged} is not null
                 and not exists (select from {} x where x.id = s.{staged} and x.deleted_at is null and ",
                crm(&target.table)
            ));
            push_row_rule(
                &mut query,
                "x",
                &self.principal.row_rule(self.dictionary, target),
            );
            query.push(")");
        }
        let problem = Problem::new(
            "not_found",
            format!(
                "refers to no {} that is there",
                target.label.en.to_lowercase()
            ),
            format!("引用的{}不存在", target.label.zh),
        );
        self.refuse(connection, refusals, query, &found.header, &problem)
            .await
    }

    async fn check_condition(
        &self,
        connection: &mut PgConnection,
        refusals: &mut Refusals,
        found: &ImportColumn<'_>,
    ) -> Result<()> {
        let (Some(check), Part::Value) = (&found.field.check, found.part) else {
            return Ok(());
        };
        let checked = check.check(self.dictionary, &self.object.name)?;
        let mut query = QueryBuilder::new(format!(
            "select t.line, t.{}::text from pg_temp.basalt_stage t where (",
            quoted(&found.field.column())
        ));
        push_condition(&mut query, &checked.root, &mut Joins::default());
        query.push(") is false");
        self.refuse(connection, refusals, query, &found.header, &check_problem())
            .await
    }

    /// Sets of fields that must be unique and that the file gives in full.
    fn unique_sets(&self) -> Vec<Vec<String>> {
        let single = self
            .object
            .fields
            .iter()
            .filter(|field| field.unique)
            .map(|field| vec![field.name.clone()]);
        single
            .chain(self.object.unique.iter().cloned())
            .filter(|names| names.iter().all(|name| self.columns.of(name).is_some()))
            .collect()
    }

    fn table_columns(&self, names: &[String]) -> Vec<String> {
        names
            .iter()
            .filter_map(|name| self.object.field(name))
            .map(|field| quoted(&field.column()))
            .collect()
    }

    fn headers(&self, names: &[String]) -> String {
        let headers: Vec<&str> = names
            .iter()
            .filter_map(|name| self.columns.of(name))
            .map(|column| column.header.as_str())
            .collect();
        headers.join("+")
    }

    async fn check_within_file(
        &self,
        connection: &mut PgConnection,
        refusals: &mut Refusals,
        names: &[String],
    ) -> Result<()> {
        let columns = self.table_columns(names);
        let list = columns.join(", ");
        let there = columns
            .iter()
            .map(|column| format!("t.{column} is not null"))
            .collect::<Vec<_>>()
            .join(" and ");
        let mut query = QueryBuilder::new(format!(
            "select line, value, first from (select t.line, concat_ws(' ', {list}) as value,
             min(t.line) over (partition by {list}) as first from ("
        ));
        self.push_resolved(&mut query);
        query.push(format!(
            ") t where {there}) d where line <> first order by line"
        ));
        let problem = Problem::new(
            "duplicate",
            "stands in the file more than once; the first is taken",
            "文件中重复出现，仅采用第一行",
        );
        self.refuse(connection, refusals, query, &self.headers(names), &problem)
            .await
    }

    /// A value that another record has. For the upsert key that is a match, unless the record is
    /// recycled or out of the principal's reach.
    async fn check_against_records(
        &self,
        connection: &mut PgConnection,
        refusals: &mut Refusals,
        names: &[String],
    ) -> Result<()> {
        let columns = self.table_columns(names);
        let table = crm(&self.object.table);
        let values = columns
            .iter()
            .map(|column| format!("t.{column}"))
            .collect::<Vec<_>>()
            .join(", ");
        let same = columns
            .iter()
            .map(|column| format!("x.{column} = t.{column}"))
            .collect::<Vec<_>>()
            .join(" and ");
        let mut query =
            QueryBuilder::new(format!("select t.line, concat_ws(' ', {values}) from ("));
        self.push_resolved(&mut query);
        query.push(format!(") t join {table} x on {same} where "));
        match self.columns.upsert_key {
            Some(key) if names == std::slice::from_ref(&key.name) => {
                query.push("(x.deleted_at is not null or not (");
                push_row_rule(
                    &mut query,
                    "x",
                    &self
                        .principal
                        .rule_for(self.dictionary, self.object, RowAccess::Write),
                );
                query.push("))");
            }
            Some(key) => {
                let key = quoted(&key.column());
                query.push(format!("x.{key} is distinct from t.{key}"));
            }
            None => {
                query.push("true");
            }
        }
        let problem = Problem::new("unique", "is taken by another record", "已被其他记录使用");
        self.refuse(connection, refusals, query, &self.headers(names), &problem)
            .await
    }

    async fn check_range(
        &self,
        connection: &mut PgConnection,
        refusals: &mut Refusals,
    ) -> Result<()> {
        let rule = self
            .principal
            .rule_for(self.dictionary, self.object, RowAccess::Full);
        if rule == RowRule::Everything {
            return Ok(());
        }
        // What the file doesn't give is empty in the new rows.
        let absent: String = rule
            .columns()
            .iter()
            .filter(|(name, _)| self.resolved.iter().all(|there| there.name != **name))
            .map(|(name, sql_type)| format!(", null::{} as {}", type_name(*sql_type), quoted(name)))
            .collect();
        let mut query =
            QueryBuilder::new(format!("select t.line, '' from (select r.*{absent} from ("));
        self.push_resolved(&mut query);
        query.push(") r) t where (");
        push_row_rule(&mut query, "t", &rule);
        query.push(") is not true");
        let problem = Problem::new(
            "range",
            "lies outside your range of records",
            "超出您的数据范围",
        );
        self.refuse(connection, refusals, query, "", &problem).await
    }

    /// Refuses the rows a query names by line and value, and takes them off the stage.
    async fn refuse(
        &self,
        connection: &mut PgConnection,
        refusals: &mut Refusals,
        mut query: QueryBuilder<Postgres>,
        header: &str,
        problem: &Problem,
    ) -> Result<()> {
        let rows = query.build().fetch_all(&mut *connection).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let line: i64 = row.try_get(0)?;
            if lines.last() == Some(&line) {
                continue;
            }
            lines.push(line);
            refusals.add(Refusal {
                line: line.unsigned_abs(),
                column: header.to_owned(),
                value: row.try_get::<Option<String>, _>(1)?.unwrap_or_default(),
                problem: problem.clone(),
            })?;
        }
        sqlx::query("delete from pg_temp.basalt_stage where line = any($1)")
            .bind(lines)
            .execute(connection)
            .await?;
        Ok(())
    }
}
