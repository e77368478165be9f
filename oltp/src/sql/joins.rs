//! Left joins over references, shared by the columns, the filter and the order of one statement.
//!
//! A joined row that is recycled, or that the principal may not read, is as if it weren't there.

use basalt_model::condition::Join;
use basalt_model::{Dictionary, Principal};
use sqlx::{Postgres, QueryBuilder};

use super::{column, crm, push_row_rule};

/// The joins of a statement whose own table has alias `t`.
#[derive(Debug)]
pub struct Joins {
    own: String,
    joins: Vec<Join>,
}

impl Default for Joins {
    fn default() -> Self {
        Self::of("t")
    }
}

impl Joins {
    /// The joins of a statement whose own table has this alias.
    pub(super) fn of(alias: &str) -> Self {
        Self {
            own: alias.to_owned(),
            joins: Vec::new(),
        }
    }

    /// Makes sure that all joins of a path are there and says the alias of the last (the own table's without joins).
    pub fn alias(&mut self, path: &[Join]) -> String {
        for join in path {
            if !self.joins.contains(join) {
                self.joins.push(join.clone());
            }
        }
        path.last()
            .map_or_else(|| self.own.clone(), |join| self.alias_of(&join.name))
    }

    /// Pushes the join clauses; each stands after the one it builds on.
    pub fn push(
        &self,
        query: &mut QueryBuilder<Postgres>,
        dictionary: &Dictionary,
        principal: &Principal,
    ) {
        for join in &self.joins {
            let alias = self.alias_of(&join.name);
            let left = join
                .name
                .rsplit_once('.')
                .map_or_else(|| self.own.clone(), |(left, _)| self.alias_of(left));
            query.push(format!(
                " left join {} {alias} on {} = {}",
                crm(&join.table),
                column(&alias, &join.right_column),
                column(&left, &join.left_column)
            ));
            if let Some(object) = join
                .object
                .as_deref()
                .and_then(|name| dictionary.object(name))
            {
                query.push(format!(" and {alias}.deleted_at is null and "));
                push_row_rule(query, &alias, &principal.row_rule(dictionary, object));
            }
        }
    }

    fn alias_of(&self, name: &str) -> String {
        self.joins
            .iter()
            .position(|join| join.name == name)
            .map_or_else(|| self.own.clone(), |at| format!("j{at}"))
    }
}
