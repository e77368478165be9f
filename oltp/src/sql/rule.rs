//! Row rules as Postgres predicates.

use basalt_model::{Dictionary, Object, Principal, RowRule};
use sqlx::{Postgres, QueryBuilder};

use super::{column, crm};

/// Pushes the predicate that holds exactly for the rows of `alias` that the rule admits.
pub fn push_row_rule(query: &mut QueryBuilder<Postgres>, alias: &str, rule: &RowRule) {
    push(query, alias, rule, 0);
}

/// Pushes the predicate for the rows of `alias` that exist for the principal: not recycled and
/// readable. For statements of one's own over an object's table.
pub fn push_readable(
    query: &mut QueryBuilder<Postgres>,
    alias: &str,
    dictionary: &Dictionary,
    principal: &Principal,
    object: &Object,
) {
    query.push(format!("{alias}.deleted_at is null and "));
    push_row_rule(query, alias, &principal.row_rule(dictionary, object));
}

fn push(query: &mut QueryBuilder<Postgres>, alias: &str, rule: &RowRule, depth: usize) {
    match rule {
        RowRule::Nothing => {
            query.push("false");
        }
        RowRule::Everything => {
            query.push("true");
        }
        RowRule::Owner { column: name, user } => {
            query.push(column(alias, name)).push(" = ").push_bind(*user);
        }
        RowRule::Departments { column: name, ids } => {
            query
                .push(column(alias, name))
                .push(" = any(")
                .push_bind(ids.clone())
                .push(")");
        }
        RowRule::Via {
            column: name,
            parent_table,
            rule,
        } => {
            let parent = format!("p{depth}");
            query.push(format!(
                "exists (select from {} {parent} where {parent}.id = {} and ",
                crm(parent_table),
                column(alias, name)
            ));
            push(query, &parent, rule, depth + 1);
            query.push(")");
        }
        RowRule::Any(rules) => {
            query.push("(");
            for (at, rule) in rules.iter().enumerate() {
                if at > 0 {
                    query.push(" or ");
                }
                push(query, alias, rule, depth);
            }
            query.push(if rules.is_empty() { "false)" } else { ")" });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_as_sql() {
        let own = RowRule::Any(vec![
            RowRule::Owner {
                column: "owner_id".into(),
                user: 7,
            },
            RowRule::Departments {
                column: "department_id".into(),
                ids: vec![1, 2],
            },
        ]);
        let rule = RowRule::Via {
            column: "customer_id".into(),
            parent_table: "customer".into(),
            rule: Box::new(own),
        };
        let mut query = QueryBuilder::new("");
        push_row_rule(&mut query, "t", &rule);
        assert_eq!(
            query.sql().as_str(),
            r#"exists (select from crm."customer" p0 where p0.id = t."customer_id" and (p0."owner_id" = $1 or p0."department_id" = any($2)))"#
        );
        let mut query = QueryBuilder::new("");
        push_row_rule(&mut query, "t", &RowRule::Any(Vec::new()));
        assert_eq!(query.sql().as_str(), "(false)");
    }
}
