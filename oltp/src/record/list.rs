//! Lists: filter, search, order and keyset pages in one statement.

use basalt_model::condition::{ColumnPath, resolve};
use basalt_model::{Action, FieldKind, SqlType};
use sqlx::{Postgres, QueryBuilder, Row};

use super::cursor::Cursor;
use super::projection::Projection;
use super::{COUNT_CAP, CappedCount, ListRequest, Page, Scope};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::search::push_found;
use crate::sql::{Joins, column, crm, push_condition, type_name};

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 1000;
const MAX_SORT: usize = 5;

pub(super) async fn list(db: &Db, scope: &Scope<'_>, request: &ListRequest) -> Result<Page> {
    if !scope.can(Action::Read) {
        return Err(Error::Forbidden);
    }
    let limit = match request.limit {
        0 => DEFAULT_LIMIT,
        limit => limit.min(MAX_LIMIT),
    };
    let mut joins = Joins::default();
    let dictionary = &scope.dictionary;
    let projection = Projection::of_list(
        dictionary,
        scope.object(),
        scope.principal,
        &request.fields,
        &request.include,
        &mut joins,
    )?;
    let order = Order::of(scope, request, &mut joins)?;
    let after = request
        .after
        .as_deref()
        .map(|after| Cursor::decode(after, &order.name, order.columns.len()))
        .transpose()?;

    let mut query = QueryBuilder::new("select ");
    projection.push(&mut query);
    for sorted in &order.columns {
        query.push(format!(", {}::text", sorted.expression));
    }
    push_from_where(&mut query, scope, request, &mut joins)?;
    if let Some(cursor) = &after {
        order.push_after(&mut query, cursor);
    }
    order.push(&mut query);
    query.push(format!(" limit {}", limit + 1));
    let mut rows = query
        .build()
        .fetch_all(db.pool())
        .await
        .map_err(|error| bad_cursor(error, after.is_some()))?;

    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = match rows.last() {
        Some(last) if more => {
            let values = (0..order.columns.len())
                .map(|at| last.try_get(projection.width() + at))
                .collect::<Result<_, _>>()?;
            Some(
                Cursor {
                    sort: order.name.clone(),
                    values,
                }
                .encode(),
            )
        }
        _ => None,
    };
    let items = rows
        .iter()
        .map(|row| projection.record(row))
        .collect::<Result<_>>()?;
    let total = if request.count {
        Some(count(db, scope, request).await?)
    } else {
        None
    };
    Ok(Page { items, next, total })
}

async fn count(db: &Db, scope: &Scope<'_>, request: &ListRequest) -> Result<CappedCount> {
    let mut query = QueryBuilder::new("select count(*) from (select 1");
    push_from_where(&mut query, scope, request, &mut Joins::default())?;
    query.push(format!(" limit {}) counted", COUNT_CAP + 1));
    let found: i64 = query.build_query_scalar().fetch_one(db.pool()).await?;
    let found = found.unsigned_abs();
    Ok(CappedCount {
        value: found.min(COUNT_CAP),
        capped: found > COUNT_CAP,
    })
}

/// ` from … joins … where …` without the page.
fn push_from_where(
    query: &mut QueryBuilder<Postgres>,
    scope: &Scope<'_>,
    request: &ListRequest,
    joins: &mut Joins,
) -> Result<()> {
    let checked = request
        .filter
        .as_ref()
        .map(|filter| filter.check_for(&scope.dictionary, &scope.object().name, scope.principal))
        .transpose()?;
    if let Some(checked) = &checked {
        for join in checked.joins() {
            joins.alias(std::slice::from_ref(&join));
        }
    }
    query.push(format!(" from {} t", crm(&scope.object().table)));
    joins.push(query, &scope.dictionary, scope.principal);
    query.push(if request.recycled {
        " where t.deleted_at is not null"
    } else {
        " where t.deleted_at is null"
    });
    scope.push_rule(query);
    // What was recycled is listed whole.
    if let (Some(archive), false) = (&scope.object().archive, request.recycled) {
        let archive = archive.check(&scope.dictionary, &scope.object().name)?;
        query.push(if request.archived {
            " and ("
        } else {
            " and not ("
        });
        push_condition(query, &archive.root, joins);
        query.push(")");
    }
    if let Some(checked) = &checked {
        query.push(" and ");
        push_condition(query, &checked.root, joins);
    }
    if let Some(search) = &request.search {
        push_search(query, scope, search);
    }
    if let Some(tag) = &request.tag {
        query.push(
            " and exists (select from sys.record_tag m where m.record_id = t.id and m.object = ",
        );
        query.push_bind(scope.object().name.clone());
        query.push(" and m.tag = ").push_bind(tag.clone()).push(")");
    }
    Ok(())
}

/// Every word must occur in one of the searchable fields: as it stands, by a sequential `ilike`, or
/// by the search index, which knows Chinese words and pinyin.
fn push_search(query: &mut QueryBuilder<Postgres>, scope: &Scope<'_>, search: &str) {
    query.push(" and (");
    push_found(query, scope.object(), scope.principal, search);
    query.push(" or (true");
    push_words(query, scope, search);
    query.push("))");
}

fn push_words(query: &mut QueryBuilder<Postgres>, scope: &Scope<'_>, search: &str) {
    let object = scope.object();
    let columns: Vec<String> = object
        .fields
        .iter()
        .filter(|field| !scope.principal.is_hidden(&object.name, &field.name))
        .filter(|field| {
            matches!(
                field.kind,
                FieldKind::Text { .. }
                    | FieldKind::LongText
                    | FieldKind::Email
                    | FieldKind::Phone
                    | FieldKind::AutoNumber
            )
        })
        .map(|field| column("t", &field.column()))
        .collect();
    for word in search.split_whitespace().take(8) {
        if columns.is_empty() {
            query.push(" and false");
            return;
        }
        let escaped = word
            .replace('\0', "")
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        query.push(" and (");
        for (at, column) in columns.iter().enumerate() {
            query.push(format!(
                "{}{column} ilike ",
                if at > 0 { " or " } else { "" }
            ));
            query.push_bind(format!("%{escaped}%"));
        }
        query.push(")");
    }
}

/// A column to sort by.
struct Sorted {
    expression: String,
    sql_type: SqlType,
    nullable: bool,
    descending: bool,
}

/// The order of a list; the id comes last and makes it total.
struct Order {
    name: String,
    columns: Vec<Sorted>,
}

impl Order {
    fn of(scope: &Scope<'_>, request: &ListRequest, joins: &mut Joins) -> Result<Self> {
        if request.sort.len() > MAX_SORT {
            return Err(Error::request(
                "sort",
                "names more than five fields",
                "排序字段超过五个",
            ));
        }
        let mut columns = Vec::new();
        let mut names = Vec::new();
        let mut last_descending = request.sort.is_empty();
        for sort in &request.sort {
            let path = Self::path(scope, &sort.field)?;
            let expression = column(&joins.alias(&path.joins), &path.column);
            columns.push(Sorted {
                expression,
                sql_type: path.sql_type,
                nullable: path.nullable,
                descending: sort.descending,
            });
            names.push(format!(
                "{}{}",
                if sort.descending { "-" } else { "" },
                sort.field
            ));
            last_descending = sort.descending;
        }
        columns.push(Sorted {
            expression: "t.id".to_owned(),
            sql_type: SqlType::BigInt,
            nullable: false,
            descending: last_descending,
        });
        Ok(Self {
            name: names.join(","),
            columns,
        })
    }

    /// A reference sorts by its title.
    fn path(scope: &Scope<'_>, name: &str) -> Result<ColumnPath> {
        let resolve = |name: &str| {
            resolve(
                &scope.dictionary,
                scope.object(),
                name,
                Some(scope.principal),
            )
            .map_err(|error| Error::Request {
                path: "sort".to_owned(),
                message: error.message,
            })
        };
        let path = resolve(name)?;
        if matches!(path.sql_type, SqlType::Json | SqlType::TextList) {
            return Err(Error::request(
                "sort",
                format!("can't sort by {name}"),
                format!("无法按“{name}”排序"),
            ));
        }
        let field = path
            .field
            .as_ref()
            .and_then(|(object, field)| scope.dictionary.object(object)?.field(field));
        let by_name =
            field.is_some_and(|field| name.rsplit('.').next() == Some(field.name.as_str()));
        match field
            .and_then(|field| field.target())
            .and_then(|target| scope.dictionary.object(target))
        {
            Some(target) if by_name => resolve(&format!("{name}.{}", target.title)),
            _ => Ok(path),
        }
    }

    fn push(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(" order by ");
        for (at, sorted) in self.columns.iter().enumerate() {
            let direction = if sorted.descending { " desc" } else { "" };
            // Without "nulls last" a plain index serves both directions.
            let nulls = if sorted.nullable && sorted.descending {
                " nulls last"
            } else {
                ""
            };
            query.push(format!(
                "{}{}{direction}{nulls}",
                if at > 0 { ", " } else { "" },
                sorted.expression
            ));
        }
    }

    /// ` and` the rows that come after the cursor: for some column beyond its value, and equal in
    /// all before. Empty values come last.
    fn push_after(&self, query: &mut QueryBuilder<Postgres>, cursor: &Cursor) {
        let pairs: Vec<(&Sorted, &Option<String>)> =
            self.columns.iter().zip(&cursor.values).collect();
        // The first column alone bounds the range, which an index can use.
        if let Some((
            Sorted {
                nullable: false,
                expression,
                descending,
                sql_type,
            },
            Some(value),
        )) = pairs.first()
        {
            query.push(format!(
                " and {expression} {} ",
                if *descending { "<=" } else { ">=" }
            ));
            query
                .push_bind(value.clone())
                .push(format!("::{}", cast(*sql_type)));
        }
        query.push(" and (");
        let mut first = true;
        for (at, (sorted, value)) in pairs.iter().enumerate() {
            // Nothing comes after an empty value within its column.
            let Some(value) = value else { continue };
            query.push(if first { "(" } else { " or (" });
            first = false;
            for (equal, value) in &pairs[..at] {
                match value {
                    None => query.push(format!("{} is null and ", equal.expression)),
                    Some(value) => {
                        query.push(format!("{} = ", equal.expression));
                        query
                            .push_bind(value.clone())
                            .push(format!("::{} and ", cast(equal.sql_type)))
                    }
                };
            }
            let beyond = if sorted.descending { "<" } else { ">" };
            query.push(format!("({} {beyond} ", sorted.expression));
            query
                .push_bind(value.clone())
                .push(format!("::{}", cast(sorted.sql_type)));
            if sorted.nullable {
                query.push(format!(" or {} is null", sorted.expression));
            }
            query.push("))");
        }
        query.push(if first { "false)" } else { ")" });
    }
}

/// Casting to a bare `numeric`: a scale would round the cursor's value.
fn cast(sql_type: SqlType) -> String {
    match sql_type {
        SqlType::Numeric { .. } => "numeric".to_owned(),
        other => type_name(other),
    }
}

/// A forged cursor fails at the cast of its value; that is the caller's mistake.
fn bad_cursor(error: sqlx::Error, has_cursor: bool) -> Error {
    let data_exception = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code.starts_with("22"));
    if has_cursor && data_exception {
        return Error::request(
            "page[after]",
            "is no position in this list",
            "不是该列表的有效翻页位置",
        );
    }
    error.into()
}
