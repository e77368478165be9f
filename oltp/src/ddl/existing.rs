//! What is in schema `crm` now, read from the system catalogs.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, Row};

use crate::error::Result;

/// A column that is there.
#[derive(Debug)]
pub(super) struct ExistingColumn {
    /// As `format_type` prints it.
    pub type_name: String,
    pub not_null: bool,
    pub comment: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Existing {
    pub tables: BTreeMap<String, BTreeMap<String, ExistingColumn>>,
    /// `table.name`
    pub constraints: BTreeSet<String>,
    pub indexes: BTreeSet<String>,
    /// `table.name`
    pub triggers: BTreeSet<String>,
    pub sequences: BTreeSet<String>,
}

impl Existing {
    pub async fn read(connection: &mut PgConnection) -> Result<Self> {
        let mut existing = Self::default();
        let columns = sqlx::query(
            "select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, col_description(c.oid, a.attnum)
             from pg_class c
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             where c.relnamespace = to_regnamespace('crm') and c.relkind in ('r', 'p')",
        )
        .fetch_all(&mut *connection)
        .await?;
        for row in columns {
            let column = ExistingColumn {
                type_name: row.try_get(2)?,
                not_null: row.try_get(3)?,
                comment: row.try_get(4)?,
            };
            existing
                .tables
                .entry(row.try_get(0)?)
                .or_default()
                .insert(row.try_get(1)?, column);
        }
        let named = sqlx::query(
            "select 'constraint', c.relname || '.' || k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid
             where c.relnamespace = to_regnamespace('crm')
             union all
             select 'trigger', c.relname || '.' || g.tgname from pg_trigger g join pg_class c on c.oid = g.tgrelid
             where c.relnamespace = to_regnamespace('crm') and not g.tgisinternal
             union all
             select case relkind when 'S' then 'sequence' else 'index' end, relname::text from pg_class
             where relnamespace = to_regnamespace('crm') and relkind in ('i', 'I', 'S')",
        )
        .fetch_all(&mut *connection)
        .await?;
        for row in named {
            let name: String = row.try_get(1)?;
            match row.try_get::<&str, _>(0)? {
                "constraint" => existing.constraints.insert(name),
                "trigger" => existing.triggers.insert(name),
                "index" => existing.indexes.insert(name),
                _ => existing.sequences.insert(name),
            };
        }
        Ok(existing)
    }

    pub fn column(&self, table: &str, column: &str) -> Option<&ExistingColumn> {
        self.tables.get(table)?.get(column)
    }
}
