//! What the stream does when a table's columns are announced.

use basalt_warehouse::TableName;

use crate::catalog;
use crate::error::{Error, Result};
use crate::lake::patiently;
use crate::pgoutput::{Relation, RelationColumn};
use crate::relation::{Evolved, evolve, known_shape, shape};
use crate::source::{PATIENCE, within};
use crate::stream::Stream;
use crate::types;

impl Stream {
    /// Rows of a table come with these columns from now on.
    pub(crate) async fn relation(&mut self, relation: Relation) -> Result<()> {
        let name = TableName::new(relation.schema, relation.name);
        let Some(place) = self.tables.place(&name) else {
            return match self.tables.place_of(relation.oid) {
                // The publication follows a table under its new name; the old one is gone.
                Some(place) if !self.tables.get(place).failed => {
                    self.fail(place, format!("the table was renamed to {name}"))
                        .await
                }
                _ => Ok(()),
            };
        };
        self.tables.announce(relation.oid, place);
        let table = self.tables.get(place);
        if table.failed {
            return Ok(());
        }
        if let Some(transaction) = &mut self.progress.transaction
            && let Err(error) = self.tables.seal(place, transaction)
        {
            return self.recopy(place, error.to_string()).await;
        }
        if self.tables.get(place).copying_since.is_some() {
            return self
                .relation_while_copying(place, relation.oid, relation.columns)
                .await;
        }
        let columns = relation.columns.clone();
        let refused = if self.tables.get(place).captured.oid == relation.oid {
            // Always compared with the catalog: a column that was dropped and added again, or
            // another key, look the same in the announcement.
            match self.follow_change(place, relation.columns).await {
                Ok(()) => return Ok(()),
                Err(Error::Table { reason, .. }) => reason,
                Err(error) if error.is_of_table() => error.to_string(),
                Err(error) => return Err(error),
            }
        } else {
            "the table was dropped and created again".into()
        };
        self.tables.get_mut(place).relation = Some(columns);
        self.recopy(place, refused).await
    }

    async fn follow_change(&mut self, place: usize, columns: Vec<RelationColumn>) -> Result<()> {
        let before = self.tables.get(place).captured.clone();
        let refuse = |reason| Error::Table {
            table: before.name().clone(),
            reason,
        };
        let read = async {
            let mut connection = self.pool.acquire().await?;
            let now = catalog::describe(&mut connection, before.name()).await?;
            let oids: Vec<_> = columns
                .iter()
                .map(|column| i64::from(column.type_oid))
                .collect();
            let known = catalog::types_of(&mut connection, &oids).await?;
            Ok::<_, Error>((now, known))
        };
        let (now, known) = within("reading the catalog", PATIENCE, read).await??;
        let Evolved {
            table: after,
            copy_again,
        } = evolve(&before, &now).map_err(refuse)?;

        // A column that was announced but has another name by now can't be told from a dropped one.
        let is_known = |name: &str| after.def.columns.iter().any(|column| column.name == name);
        let unknown = columns.iter().find(|column| !is_known(&column.name));
        let added = after.def.columns[before.def.columns.len()..]
            .iter()
            .find(|column| {
                columns
                    .iter()
                    .all(|announced| announced.name != column.name)
            });
        if let (Some(unknown), Some(added)) = (unknown, added) {
            return Err(refuse(format!(
                "column {} may have been renamed to {}",
                unknown.name, added.name
            )));
        }
        let shape = match known_shape(&after, &columns) {
            Some(shape) => shape,
            None => shape(&after, &columns, |column| {
                types::codec(column.type_oid, column.modifier, &|oid| known.get(&oid))
            })
            .map_err(refuse)?,
        };
        if after.def != before.def {
            patiently(&self.lake, &self.status, &mut self.stopping, || {
                self.lake.ensure_table(&after.def)
            })
            .await?;
            tracing::info!(table = %after.name(), columns = after.def.columns.len(), "the table's columns changed");
        }
        self.tables.get_mut(place).reshape(after, shape, columns);
        if let Some(transaction) = &mut self.progress.transaction {
            self.tables.conform_sealed(place, transaction)?;
        }
        if copy_again {
            self.recopy(place, "a column with a default is new".into())
                .await?;
        }
        Ok(())
    }
}
