//! The source's catalog: which columns a table has, how they are read, what identifies a row.

use std::collections::HashMap;

use basalt_warehouse::{ColumnDef, Lsn, TableDef, TableName};
use sqlx::{PgConnection, Row as _};

use crate::error::{Error, Malformed, Result};
use crate::sql;
use crate::types::{self, Codec, PgType};

/// A source table that can be captured.
#[derive(Debug, Clone, PartialEq)]
pub struct CapturedTable {
    pub oid: u32,
    pub def: TableDef,
    /// How each column of `def` is read.
    pub codecs: Vec<Codec>,
    /// Type and modifier each column of `def` has in Postgres.
    pub sources: Vec<(u32, i32)>,
    /// Positions of the key columns.
    pub key: Vec<usize>,
    /// `r`egular or `p`artitioned.
    pub kind: u8,
    /// Rows by the planner's statistics; 0 when unknown.
    pub estimated_rows: u64,
    /// Columns (by `attnum`) whose older rows may hold something else than null.
    pub with_default: Vec<i32>,
}

impl CapturedTable {
    /// Do both read the same rows in the same way?
    pub fn reads_like(&self, other: &Self) -> bool {
        self.oid == other.oid
            && self.def == other.def
            && self.codecs == other.codecs
            && self.sources == other.sources
    }

    pub fn name(&self) -> &TableName {
        &self.def.name
    }
}

/// Where the source is now: what is read from the catalog after this is at least as new.
pub(crate) async fn position(connection: &mut PgConnection) -> Result<Lsn> {
    let text: String = sqlx::query_scalar("select pg_current_wal_insert_lsn()::text")
        .fetch_one(connection)
        .await?;
    text.parse()
        .map_err(|_| Malformed::new(format!("{text} as a position")).into())
}

/// Reads what the catalog says about `name`.
///
/// # Errors
/// [`Error::UnknownTable`], or [`Error::Table`] with the reason why the table can't be captured.
pub async fn describe(connection: &mut PgConnection, name: &TableName) -> Result<CapturedTable> {
    let refuse = |reason: String| Error::Table {
        table: name.clone(),
        reason,
    };
    let class = sqlx::query(
        "select c.oid::int8 as oid, c.relkind::text as kind, c.relreplident::text as identity,
                c.relpersistence::text as persistence,
                greatest(c.reltuples, 0)::float8 as rows,
                has_table_privilege(c.oid, 'select') as readable
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = $1 and c.relname = $2",
    )
    .bind(&name.schema)
    .bind(&name.name)
    .fetch_optional(&mut *connection)
    .await?
    .ok_or_else(|| Error::UnknownTable(name.clone()))?;
    let oid: i64 = class.get("oid");
    let kind: String = class.get("kind");
    let identity: String = class.get("identity");
    if !matches!(kind.as_str(), "r" | "p") {
        return Err(refuse("it is not a table".into()));
    }
    if class.get::<String, _>("persistence") != "p" {
        return Err(refuse(
            "it is temporary or unlogged, so its changes are not in the WAL".into(),
        ));
    }
    if !class.get::<bool, _>("readable") {
        return Err(Error::MissingRight {
            what: format!("read {name}"),
            fix: format!(
                "GRANT SELECT ON {} TO the capturing role;",
                sql::table(name)
            ),
        });
    }
    if identity == "n" {
        return Err(refuse(format!(
            "its replica identity is NOTHING: run  ALTER TABLE {} REPLICA IDENTITY DEFAULT;",
            sql::table(name)
        )));
    }
    let key_names = key_columns(connection, oid, &identity).await?;
    if key_names.is_empty() {
        return Err(refuse(format!(
            "it has no primary key, so changed rows can't be found again: run  ALTER TABLE {} ADD PRIMARY KEY (…);",
            sql::table(name)
        )));
    }
    let columns = columns(connection, oid).await?;
    let type_oids: Vec<i64> = columns
        .iter()
        .map(|column| i64::from(column.type_oid))
        .collect();
    let known = types_of(connection, &type_oids).await?;
    let mut table = CapturedTable {
        oid: u32::try_from(oid).expect("an oid has 32 bits"),
        def: TableDef {
            name: name.clone(),
            columns: Vec::new(),
            key: key_names.clone(),
        },
        codecs: Vec::new(),
        sources: Vec::new(),
        key: Vec::new(),
        kind: kind.as_bytes()[0],
        estimated_rows: class.get::<f64, _>("rows") as u64,
        with_default: Vec::new(),
    };
    for column in columns.into_iter().filter(|column| !column.generated) {
        let codec = types::codec(column.type_oid, column.modifier, &|oid| known.get(&oid))
            .ok_or_else(|| {
                refuse(format!(
                    "column {} has type {}, which has no place in the lake",
                    column.name, column.type_name
                ))
            })?;
        if column.has_default {
            table.with_default.push(column.number);
        }
        table.def.columns.push(ColumnDef {
            nullable: !key_names.contains(&column.name),
            name: column.name,
            data_type: codec.data_type(),
            source_id: column.number,
        });
        table.codecs.push(codec);
        table.sources.push((column.type_oid, column.modifier));
    }
    for key in &key_names {
        let position = table
            .def
            .columns
            .iter()
            .position(|column| column.name == *key);
        table
            .key
            .push(position.ok_or_else(|| refuse(format!("key column {key} is generated")))?);
    }
    Ok(table)
}

struct Column {
    number: i32,
    name: String,
    type_oid: u32,
    modifier: i32,
    type_name: String,
    generated: bool,
    has_default: bool,
}

async fn columns(connection: &mut PgConnection, table: i64) -> Result<Vec<Column>> {
    let rows = sqlx::query(
        "select a.attnum::int4 as number, a.attname::text as name, a.atttypid::int8 as type_oid,
                a.atttypmod as modifier, format_type(a.atttypid, a.atttypmod) as type_name,
                a.attgenerated <> '' as generated,
                a.atthasmissing or a.atthasdef or a.attidentity <> '' as has_default
           from pg_attribute a
          where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
          order by a.attnum",
    )
    .bind(table)
    .fetch_all(connection)
    .await?;
    Ok(rows
        .iter()
        .map(|row| Column {
            number: row.get("number"),
            name: row.get("name"),
            type_oid: oid(row.get("type_oid")),
            modifier: row.get("modifier"),
            type_name: row.get("type_name"),
            generated: row.get("generated"),
            has_default: row.get("has_default"),
        })
        .collect())
}

/// The columns of the replica identity's index, else of the primary key.
async fn key_columns(
    connection: &mut PgConnection,
    table: i64,
    identity: &str,
) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select a.attname::text
           from pg_index i
          cross join unnest(i.indkey::int2[]) with ordinality as k(number, place)
           join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
          where i.indrelid = $1::oid and k.place <= i.indnkeyatts
            and case when $2 then i.indisreplident else i.indisprimary end
          order by k.place",
    )
    .bind(table)
    .bind(identity == "i")
    .fetch_all(connection)
    .await?)
}

/// The types behind these, with all they are made of.
pub(crate) async fn types_of(
    connection: &mut PgConnection,
    oids: &[i64],
) -> Result<HashMap<u32, PgType>> {
    let rows = sqlx::query(
        "with recursive needed(oid) as (
           select unnest($1::int8[])::oid
           union
           select part.oid
             from needed join pg_type t on t.oid = needed.oid
            cross join lateral (values (t.typelem), (t.typbasetype)) as part(oid)
            where part.oid <> 0
         )
         select t.oid::int8 as oid, t.typname::text as name, t.typtype::text as kind,
                t.typelem::int8 as element, t.typbasetype::int8 as base,
                t.typtypmod as base_modifier,
                t.typlen = -1 and t.typelem <> 0 and t.typcategory = 'A' as is_array
           from needed join pg_type t on t.oid = needed.oid",
    )
    .bind(oids)
    .fetch_all(connection)
    .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let found = PgType {
                oid: oid(row.get("oid")),
                name: row.get("name"),
                kind: row.get::<String, _>("kind").as_bytes()[0],
                element: oid(row.get("element")),
                is_array: row.get("is_array"),
                base: oid(row.get("base")),
                base_modifier: row.get("base_modifier"),
            };
            (found.oid, found)
        })
        .collect())
}

fn oid(number: i64) -> u32 {
    u32::try_from(number).expect("an oid has 32 bits")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// `t(id int primary key, note text)`
    pub(crate) fn two_columns() -> CapturedTable {
        let codecs = vec![Codec::Int32, Codec::Text];
        let columns = ["id", "note"].into_iter().zip(&codecs).enumerate();
        CapturedTable {
            oid: 1,
            def: TableDef {
                name: TableName::new("public", "t"),
                columns: columns
                    .map(|(position, (name, codec))| ColumnDef {
                        name: name.into(),
                        data_type: codec.data_type(),
                        nullable: position > 0,
                        source_id: i32::try_from(position).unwrap() + 1,
                    })
                    .collect(),
                key: vec!["id".into()],
            },
            codecs,
            sources: vec![(23, -1), (25, -1)],
            key: vec![0],
            kind: b'r',
            estimated_rows: 0,
            with_default: Vec::new(),
        }
    }
}
