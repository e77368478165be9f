//! What a checked condition means, stated as plain code: the yardstick of both compilers.

use std::cmp::Ordering;

use super::check::{Checked, ColumnPath, Comparison, Node, Scalar, TestKind};

impl Checked {
    /// Whether the condition holds for a row whose columns `lookup` gives; `None` is an absent value.
    pub fn holds(&self, lookup: &impl Fn(&ColumnPath) -> Option<Scalar>) -> bool {
        node(&self.root, lookup)
    }
}

fn node(tree: &Node, lookup: &impl Fn(&ColumnPath) -> Option<Scalar>) -> bool {
    match tree {
        Node::All(parts) => parts.iter().all(|part| node(part, lookup)),
        Node::Any(parts) => parts.iter().any(|part| node(part, lookup)),
        Node::Not(part) => !node(part, lookup),
        Node::Test(test) => kind(&test.kind, lookup(&test.path).as_ref()),
    }
}

fn kind(kind: &TestKind, value: Option<&Scalar>) -> bool {
    let Some(value) = value else {
        return matches!(
            kind,
            TestKind::IsEmpty | TestKind::Compare(Comparison::Ne, _)
        );
    };
    match kind {
        TestKind::Compare(comparison, other) => {
            let order = order(value, other);
            match comparison {
                Comparison::Eq => order == Some(Ordering::Equal),
                Comparison::Ne => order != Some(Ordering::Equal),
                Comparison::Lt => order == Some(Ordering::Less),
                Comparison::Le => order.is_some_and(Ordering::is_le),
                Comparison::Gt => order == Some(Ordering::Greater),
                Comparison::Ge => order.is_some_and(Ordering::is_ge),
            }
        }
        TestKind::In(others) => others
            .iter()
            .any(|other| order(value, other) == Some(Ordering::Equal)),
        TestKind::Between(low, high) => {
            order(value, low).is_some_and(Ordering::is_ge)
                && order(value, high).is_some_and(Ordering::is_le)
        }
        TestKind::Within(from, until) => {
            order(value, from).is_some_and(Ordering::is_ge)
                && order(value, until) == Some(Ordering::Less)
        }
        TestKind::Contains(part) => text(value).contains(&part.to_ascii_lowercase()),
        TestKind::StartsWith(part) => text(value).starts_with(&part.to_ascii_lowercase()),
        TestKind::IsEmpty => false,
        TestKind::IsNotEmpty => true,
    }
}

fn text(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => text.to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// The order of two values of one type; text by code point.
fn order(a: &Scalar, b: &Scalar) -> Option<Ordering> {
    match (a, b) {
        (Scalar::Text(a), Scalar::Text(b)) => Some(a.cmp(b)),
        (Scalar::Integer(a), Scalar::Integer(b)) => Some(a.cmp(b)),
        (Scalar::Decimal(a), Scalar::Decimal(b)) => Some(a.cmp(b)),
        (Scalar::Float(a), Scalar::Float(b)) => a.partial_cmp(b),
        (Scalar::Bool(a), Scalar::Bool(b)) => Some(a.cmp(b)),
        (Scalar::Date(a), Scalar::Date(b)) => Some(a.cmp(b)),
        (Scalar::Instant(a), Scalar::Instant(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
