//! Predicates that may be evaluated on rows the reader must not see: they cannot fail, they do not
//! vary, and their cost does not depend on the value.

use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

/// Whether `predicate` is built of `column op literal`, `IN (literals)`, `IS [NOT] NULL` and
/// AND / OR / NOT of those, and nothing else: no casts, no arithmetic, no functions.
pub(crate) fn is_safe(predicate: &Expr) -> bool {
    match predicate {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::And | Operator::Or,
            right,
        }) => is_safe(left) && is_safe(right),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_comparison(*op) => matches!(
            (left.as_ref(), right.as_ref()),
            (Expr::Column(_), Expr::Literal(..)) | (Expr::Literal(..), Expr::Column(_))
        ),
        Expr::InList(list) => {
            matches!(list.expr.as_ref(), Expr::Column(_))
                && list
                    .list
                    .iter()
                    .all(|item| matches!(item, Expr::Literal(..)))
        }
        Expr::Between(between) => {
            matches!(between.expr.as_ref(), Expr::Column(_))
                && matches!(between.low.as_ref(), Expr::Literal(..))
                && matches!(between.high.as_ref(), Expr::Literal(..))
        }
        Expr::Not(inner) => is_safe(inner),
        Expr::IsNull(inner) | Expr::IsNotNull(inner) => matches!(inner.as_ref(), Expr::Column(_)),
        _ => false,
    }
}

fn is_comparison(op: Operator) -> bool {
    matches!(
        op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
    )
}
