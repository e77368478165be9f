//! The people who read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use basalt_model::policy::{ObjectRights, PrincipalKind, Rights, RowScope, Via};
use basalt_model::{Locale, Principal};

const OBJECTS: &[&str] = &[
    "department",
    "user",
    "customer",
    "contact",
    "product",
    "order",
    "order_line",
    "payment",
    "campaign",
    "segment",
    "message",
    "opportunity",
    "opportunity_stage_change",
    "lead",
    "history_entry",
    "source",
    "activity",
    "campaign_touch",
    "campaign_cost",
    "invoice",
    "quota",
    "behaviour_event",
];

/// Everything.
pub fn admin() -> Principal {
    person(
        10,
        "ada",
        1,
        vec![1, 2, 3],
        Rights {
            admin: true,
            objects: BTreeMap::new(),
        },
    )
}

/// Reads the own rows; no campaigns.
pub fn sam() -> Principal {
    sales(12, "sam", 2)
}

pub fn sue() -> Principal {
    sales(13, "sue", 3)
}

fn sales(id: i64, login: &str, department: i64) -> Principal {
    let objects = [
        "department",
        "user",
        "customer",
        "contact",
        "product",
        "order",
        "order_line",
        "payment",
    ];
    person(
        id,
        login,
        department,
        vec![department],
        rights(&objects, RowScope::Own, &[]),
    )
}

/// Reads the department tree.
pub fn manager() -> Principal {
    person(
        11,
        "mia",
        2,
        vec![2],
        rights(OBJECTS, RowScope::DepartmentTree, &[]),
    )
}

/// Reads every row, without addresses.
pub fn analyst() -> Principal {
    let hidden = [
        ("customer", "phone"),
        ("customer", "email"),
        ("contact", "email"),
        ("contact", "phone"),
    ];
    person(
        14,
        "ana",
        1,
        vec![1],
        rights(OBJECTS, RowScope::All, &hidden),
    )
}

/// Holds no right at all.
pub fn nobody() -> Principal {
    person(99, "nobody", 1, vec![1], Rights::default())
}

fn rights(objects: &[&str], rows: RowScope, hidden: &[(&str, &str)]) -> Rights {
    let of = |object: &str| ObjectRights {
        read: true,
        rows,
        hidden: hidden
            .iter()
            .filter(|(of, _)| *of == object)
            .map(|(_, field)| (*field).to_owned())
            .collect::<BTreeSet<_>>(),
        ..ObjectRights::default()
    };
    Rights {
        admin: false,
        objects: objects
            .iter()
            .map(|object| ((*object).to_owned(), of(object)))
            .collect(),
    }
}

fn person(user_id: i64, login: &str, department: i64, tree: Vec<i64>, rights: Rights) -> Principal {
    Principal {
        kind: PrincipalKind::User,
        user_id,
        login: login.to_owned(),
        name: login.to_owned(),
        locale: Locale::En,
        department_id: Some(department),
        department_tree: tree,
        rights: Arc::new(rights),
        sight: Arc::default(),
        scopes: None,
        via: Via::Sql,
        impersonator: None,
    }
}
