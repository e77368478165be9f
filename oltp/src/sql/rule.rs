//! Row rules as Postgres predicates.

use basalt_model::{Dictionary, Object, Party, Principal, RowRule, ShareAccess};
use sqlx::{Postgres, QueryBuilder};

use super::{Joins, column, crm, push_condition};

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
        RowRule::Ids { column: name, ids } => push_ids(query, &column(alias, name), ids),
        RowRule::Texts {
            column: name,
            values,
        } => {
            query
                .push(column(alias, name))
                .push(" = any(")
                .push_bind(values.clone())
                .push(")");
        }
        RowRule::Shared {
            object,
            with,
            access,
        } => {
            query.push(format!("{alias}.id in ("));
            push_shares(query, object, with, *access);
            query.push(")");
        }
        RowRule::Where(condition) => {
            query.push("(");
            push_condition(query, condition, &mut Joins::of(alias));
            query.push(")");
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
        RowRule::Any(rules) => push_list(query, alias, rules, depth, " or ", "false"),
        RowRule::All(rules) => push_list(query, alias, rules, depth, " and ", "true"),
        RowRule::Few { table, rules } => {
            query.push(format!("{alias}.id in ("));
            for (at, rule) in rules.iter().enumerate() {
                if at > 0 {
                    query.push(" union all ");
                }
                if let RowRule::Shared {
                    object,
                    with,
                    access,
                } = rule
                {
                    push_shares(query, object, with, *access);
                } else {
                    let few = format!("f{depth}");
                    query.push(format!("select {few}.id from {} {few} where ", crm(table)));
                    push(query, &few, rule, depth + 1);
                }
            }
            query.push(")");
        }
    }
}

fn push_ids(query: &mut QueryBuilder<Postgres>, column: &str, ids: &[i64]) {
    match ids {
        [] => query.push("false"),
        // A single value has better statistics than an array.
        [id] => query.push(format!("{column} = ")).push_bind(*id),
        ids => query
            .push(format!("{column} = any("))
            .push_bind(ids.to_vec())
            .push(")"),
    };
}

/// The ids of the records of an object that are shared with one of the parties.
fn push_shares(
    query: &mut QueryBuilder<Postgres>,
    object: &str,
    with: &[Party],
    access: ShareAccess,
) {
    query.push("select s.record_id from crm.record_share s where s.object = ");
    query.push_bind(object.to_owned());
    query.push(" and s.grantee = any(");
    query.push_bind(with.iter().map(Party::to_string).collect::<Vec<_>>());
    query.push(match access {
        ShareAccess::Read => ")",
        ShareAccess::Write => ") and s.access = 'write'",
    });
}

fn push_list(
    query: &mut QueryBuilder<Postgres>,
    alias: &str,
    rules: &[RowRule],
    depth: usize,
    between: &str,
    empty: &str,
) {
    if rules.is_empty() {
        query.push(empty);
        return;
    }
    query.push("(");
    for (at, rule) in rules.iter().enumerate() {
        if at > 0 {
            query.push(between);
        }
        push(query, alias, rule, depth);
    }
    query.push(")");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_as_sql() {
        let ids = |column: &str, ids: Vec<i64>| RowRule::Ids {
            column: column.into(),
            ids,
        };
        let text = |rule: &RowRule| {
            let mut query = QueryBuilder::new("");
            push_row_rule(&mut query, "t", rule);
            query.sql().as_str().to_owned()
        };
        let own = RowRule::Any(vec![
            ids("owner_id", vec![7]),
            RowRule::All(vec![
                ids("department_id", vec![1, 2]),
                RowRule::Texts {
                    column: "region".into(),
                    values: vec!["east".into()],
                },
            ]),
        ]);
        let rule = RowRule::Via {
            column: "customer_id".into(),
            parent_table: "customer".into(),
            rule: Box::new(own),
        };
        assert_eq!(
            text(&rule),
            r#"exists (select from crm."customer" p0 where p0.id = t."customer_id" and (p0."owner_id" = $1 or (p0."department_id" = any($2) and p0."region" = any($3))))"#
        );
        let few = RowRule::Few {
            table: "customer".into(),
            rules: vec![
                ids("owner_id", vec![7]),
                RowRule::Shared {
                    object: "customer".into(),
                    with: vec![Party::User(7), Party::Group(2)],
                    access: ShareAccess::Write,
                },
            ],
        };
        assert_eq!(
            text(&few),
            r#"t.id in (select f0.id from crm."customer" f0 where f0."owner_id" = $1 union all select s.record_id from crm.record_share s where s.object = $2 and s.grantee = any($3) and s.access = 'write')"#
        );
        assert_eq!(text(&RowRule::Any(Vec::new())), "false");
        assert_eq!(text(&ids("owner_id", Vec::new())), "false");
    }
}
