//! Who may do what: principals, function rights, row scopes and field masks.
//!
//! Rights are denied unless given.
//! - [`Rights`]: functions and fields, from a profile and the layers that change it.
//! - [`RowRule`]: the rows of an object that a principal reads or changes. It is compiled for
//!   Postgres by `basalt-oltp` and for the lake by `basalt-query`, with the same meaning.
//! - [`Sight`]: what decides on rows besides owner and department.

mod rights;
mod rows;
mod sight;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use rights::{
    Action, Explained, FieldRight, Given, Layer, ObjectChange, ObjectRights, Rights, RightsChange,
    RowScope, Source,
};
pub use rows::{Reason, RowAccess, RowRule};
pub use sight::{Limit, Party, ShareAccess, Shared, SharingRule, Sight};

use crate::dictionary::{Field, Object};
use crate::label::Locale;

/// What stands behind a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    User,
    ApiKey,
    Job,
    System,
}

/// The door a call came through; recorded with every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    Ui,
    Api,
    Sql,
    Import,
    Job,
    Demo,
}

impl Via {
    /// The door as recorded: `ui`, `api`, `sql`, `import`, `job`, `demo`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ui => "ui",
            Self::Api => "api",
            Self::Sql => "sql",
            Self::Import => "import",
            Self::Job => "job",
            Self::Demo => "demo",
        }
    }
}

/// Who calls: an argument of every call that touches business rows.
#[derive(Debug, Clone)]
pub struct Principal {
    pub kind: PrincipalKind,
    pub user_id: i64,
    pub login: String,
    pub name: String,
    pub locale: Locale,
    pub department_id: Option<i64>,
    /// The own department and all below it.
    pub department_tree: Vec<i64>,
    pub rights: Arc<Rights>,
    pub sight: Arc<Sight>,
    /// Narrows an API key: `read`, `write`, `<object>:read`, `<object>:write`. `None`: no narrowing.
    pub scopes: Option<Vec<String>>,
    pub via: Via,
    /// The administrator who is logged in as this user.
    pub impersonator: Option<i64>,
}

impl Principal {
    /// Basalt itself: migrations, loaders, background work that acts for nobody in particular.
    pub fn system() -> Self {
        Self {
            kind: PrincipalKind::System,
            user_id: 0,
            login: "system".to_owned(),
            name: "Basalt".to_owned(),
            locale: Locale::En,
            department_id: None,
            department_tree: Vec::new(),
            rights: Arc::new(Rights {
                admin: true,
                objects: BTreeMap::new(),
            }),
            sight: Arc::default(),
            scopes: None,
            via: Via::Job,
            impersonator: None,
        }
    }

    /// The same principal through another door.
    #[must_use]
    pub fn through(mut self, via: Via) -> Self {
        self.via = via;
        self
    }

    /// Everything is allowed on every row and field.
    pub fn is_admin(&self) -> bool {
        self.rights.admin
    }

    /// The actor as recorded in the audit trail and in the lake's history: `user:7`, `key:7`,
    /// `job:0`, `system`; `user:7/by:1` when user 1 is logged in as user 7.
    pub fn actor(&self) -> String {
        match self.kind {
            PrincipalKind::User => match self.impersonator {
                Some(by) => format!("user:{}/by:{by}", self.user_id),
                None => format!("user:{}", self.user_id),
            },
            PrincipalKind::ApiKey => format!("key:{}", self.user_id),
            PrincipalKind::Job => format!("job:{}", self.user_id),
            PrincipalKind::System => "system".to_owned(),
        }
    }

    /// Whether the function right is there. Says nothing about a single row. An assistant reads
    /// what its managers read, and does no more with it.
    pub fn can(&self, object: &str, action: Action) -> bool {
        self.in_scope(object, action)
            && (self.holds(object, action)
                || (action == Action::Read
                    && self.sight.assists.iter().any(|m| m.can(object, action))))
    }

    fn holds(&self, object: &str, action: Action) -> bool {
        self.rights.admin
            || self
                .rights
                .objects
                .get(object)
                .is_some_and(|rights| rights.allows(action))
    }

    /// Whether the field doesn't exist for the principal. An assistant sees what neither its own
    /// rights nor those of a manager it reads the object with hide.
    pub fn is_hidden(&self, object: &str, field: &str) -> bool {
        if self.rights.admin {
            return false;
        }
        let hides = |rights: &ObjectRights| rights.hidden.contains(field);
        let own = self.rights.objects.get(object);
        if self.sight.assists.is_empty() {
            return own.is_none_or(hides);
        }
        let mut reading = self
            .sight
            .assists
            .iter()
            .filter(|manager| manager.can(object, Action::Read))
            .peekable();
        match own.filter(|own| own.read) {
            Some(own) => hides(own) || reading.any(|m| m.is_hidden(object, field)),
            None => reading.peek().is_none() || reading.any(|m| m.is_hidden(object, field)),
        }
    }

    /// Whether the principal may write the field (given that it may write the row).
    pub fn may_write(&self, object: &str, field: &str) -> bool {
        self.rights.admin
            || self.rights.objects.get(object).is_some_and(|rights| {
                !rights.hidden.contains(field) && !rights.readonly.contains(field)
            })
    }

    /// The columns behind the hidden fields, money with all its four.
    pub fn hidden_columns(&self, object: &Object) -> BTreeSet<String> {
        object
            .fields
            .iter()
            .filter(|field| self.is_hidden(&object.name, &field.name))
            .flat_map(Field::columns)
            .map(|column| column.name)
            .collect()
    }

    fn in_scope(&self, object: &str, action: Action) -> bool {
        let Some(scopes) = &self.scopes else {
            return true;
        };
        let word = match action {
            Action::Read | Action::Export => "read",
            Action::Create
            | Action::Update
            | Action::Delete
            | Action::Import
            | Action::Approve
            | Action::Share => "write",
        };
        scopes.iter().any(|scope| match scope.split_once(':') {
            Some((scoped, verb)) => scoped == object && verb == word,
            None => scope == word,
        })
    }
}

#[cfg(test)]
mod tests;
