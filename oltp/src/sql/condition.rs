//! Checked conditions as Postgres predicates, with the meaning `basalt_model::condition` states.

use basalt_model::SqlType;
use basalt_model::condition::{Comparison, Node, Scalar, TestKind};
use sqlx::{Postgres, QueryBuilder};

use super::{Joins, column, push_scalar};

/// Pushes the predicate of a checked condition. A test on an absent value may be unknown to
/// Postgres, which a `where` takes as false; under `not` it is made false explicitly.
///
/// The joins the condition needs are added to `joins`: push the condition onto a builder of its
/// own first, or ask [`Joins::alias`] for [`Checked::joins`](basalt_model::Checked::joins) before the `from` is written.
pub fn push_condition(query: &mut QueryBuilder<Postgres>, node: &Node, joins: &mut Joins) {
    match node {
        Node::All(parts) => list(query, parts, joins, " and ", "true"),
        Node::Any(parts) => list(query, parts, joins, " or ", "false"),
        Node::Not(part) => {
            query.push("((");
            push_condition(query, part, joins);
            query.push(") is not true)");
        }
        Node::Test(test) => {
            let alias = joins.alias(&test.path.joins);
            push_test(
                query,
                &column(&alias, &test.path.column),
                test.path.sql_type,
                &test.kind,
            );
        }
    }
}

fn list(
    query: &mut QueryBuilder<Postgres>,
    parts: &[Node],
    joins: &mut Joins,
    between: &str,
    empty: &str,
) {
    if parts.is_empty() {
        query.push(empty);
        return;
    }
    query.push("(");
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            query.push(between);
        }
        push_condition(query, part, joins);
    }
    query.push(")");
}

pub(crate) fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Eq => "=",
        Comparison::Ne => "is distinct from",
        Comparison::Lt => "<",
        Comparison::Le => "<=",
        Comparison::Gt => ">",
        Comparison::Ge => ">=",
    }
}

fn push_test(query: &mut QueryBuilder<Postgres>, column: &str, sql_type: SqlType, kind: &TestKind) {
    match kind {
        TestKind::Compare(comparison, scalar) => {
            query.push(format!("{column} {} ", operator(*comparison)));
            push_scalar(query, scalar);
        }
        TestKind::In(scalars) => push_in(query, column, sql_type, scalars),
        TestKind::Between(low, high) => {
            query.push(format!("({column} >= "));
            push_scalar(query, low);
            query.push(format!(" and {column} <= "));
            push_scalar(query, high);
            query.push(")");
        }
        TestKind::Within(from, until) => {
            query.push(format!("({column} >= "));
            push_scalar(query, from);
            query.push(format!(" and {column} < "));
            push_scalar(query, until);
            query.push(")");
        }
        TestKind::Contains(text) => {
            // Collation "C" folds ASCII letters only, which is the language's meaning.
            query.push(format!("strpos(lower({column} collate \"C\"), "));
            query.push_bind(text.to_ascii_lowercase()).push(") > 0");
        }
        TestKind::StartsWith(text) => {
            query.push(format!("starts_with(lower({column} collate \"C\"), "));
            query.push_bind(text.to_ascii_lowercase()).push(")");
        }
        TestKind::IsEmpty => {
            query.push(format!("{column} is null"));
        }
        TestKind::IsNotEmpty => {
            query.push(format!("{column} is not null"));
        }
    }
}

fn push_in(
    query: &mut QueryBuilder<Postgres>,
    column: &str,
    sql_type: SqlType,
    scalars: &[Scalar],
) {
    query.push(format!("{column} = any(array["));
    for (at, scalar) in scalars.iter().enumerate() {
        if at > 0 {
            query.push(", ");
        }
        push_scalar(query, scalar);
    }
    // A narrower type would refuse a large number or round a long one; it should just match nothing.
    let element = match sql_type {
        SqlType::Integer | SqlType::BigInt => "bigint".to_owned(),
        SqlType::Numeric { .. } => "numeric".to_owned(),
        other => super::type_name(other),
    };
    query.push(format!("]::{element}[])"));
}
