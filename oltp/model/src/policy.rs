//! Who may do what: principals, function rights, row scopes and field masks.
//!
//! Rights are denied unless given. A row rule says which rows of an object a principal reads (and,
//! where the function right is there, writes); it is compiled for Postgres by `basalt-oltp` and
//! for the lake by `basalt-query`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::dictionary::{Dictionary, Field, Object, Ownership, RightsFrom};
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

/// Something one may do with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Read,
    Update,
    Delete,
    Import,
    Export,
}

impl Action {
    pub const ALL: [Self; 6] = [
        Self::Create,
        Self::Read,
        Self::Update,
        Self::Delete,
        Self::Import,
        Self::Export,
    ];
}

/// How far a principal's sight reaches over the rows of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowScope {
    #[default]
    None,
    /// Rows one owns.
    Own,
    /// Rows one owns and rows of one's department.
    Department,
    /// Rows one owns and rows of one's department and the departments below it.
    DepartmentTree,
    All,
}

/// The rights on one object.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectRights {
    pub create: bool,
    pub read: bool,
    pub update: bool,
    pub delete: bool,
    pub import: bool,
    pub export: bool,
    pub rows: RowScope,
    /// Fields that don't exist for the principal: not returned, filtered, sorted nor searched.
    pub hidden: BTreeSet<String>,
    /// Fields that are returned but not written.
    pub readonly: BTreeSet<String>,
}

impl ObjectRights {
    fn allows(&self, action: Action) -> bool {
        match action {
            Action::Create => self.create,
            Action::Read => self.read,
            Action::Update => self.update,
            Action::Delete => self.delete,
            Action::Import => self.import,
            Action::Export => self.export,
        }
    }
}

/// All rights of a profile. An object that is not listed can't be touched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rights {
    /// Everything is allowed, on every row and field.
    pub admin: bool,
    pub objects: BTreeMap<String, ObjectRights>,
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
    /// Narrows an API key: `read`, `write`, `<object>:read`, `<object>:write`. `None`: no narrowing.
    pub scopes: Option<Vec<String>>,
    pub via: Via,
}

/// The rows of a table a principal reads. Columns are those of the object's own table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowRule {
    Nothing,
    Everything,
    /// `column = user`
    Owner {
        column: String,
        user: i64,
    },
    /// `column in ids`
    Departments {
        column: String,
        ids: Vec<i64>,
    },
    /// `column in (select id from crm.parent_table where rule)`
    Via {
        column: String,
        parent_table: String,
        rule: Box<RowRule>,
    },
    /// At least one of the rules.
    Any(Vec<RowRule>),
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
            scopes: None,
            via: Via::Job,
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

    /// The actor as recorded in the audit trail and in the lake's history: `user:7`, `key:7`, `job:0`, `system`.
    pub fn actor(&self) -> String {
        match self.kind {
            PrincipalKind::User => format!("user:{}", self.user_id),
            PrincipalKind::ApiKey => format!("key:{}", self.user_id),
            PrincipalKind::Job => format!("job:{}", self.user_id),
            PrincipalKind::System => "system".to_owned(),
        }
    }

    /// Whether the function right is there. Says nothing about a single row.
    pub fn can(&self, object: &str, action: Action) -> bool {
        let held = self.rights.admin
            || self
                .rights
                .objects
                .get(object)
                .is_some_and(|rights| rights.allows(action));
        held && self.in_scope(object, action)
    }

    /// Which rows of the object the principal sees.
    pub fn row_rule(&self, dictionary: &Dictionary, object: &Object) -> RowRule {
        self.rule_within(dictionary, object, 0)
    }

    /// Which rows of a side table (scores, members, events) the principal sees: those of the
    /// parent rows it sees. A table that no side table knows is for administrators.
    pub fn side_table_rule(&self, dictionary: &Dictionary, table: &str) -> RowRule {
        if self.rights.admin && self.scopes.is_none() {
            return RowRule::Everything;
        }
        let Some(side) = dictionary
            .side_tables()
            .iter()
            .find(|side| side.table == table)
        else {
            return RowRule::Nothing;
        };
        match (&side.parent_object, &side.parent_column) {
            (Some(parent), Some(column)) => match dictionary.object(parent) {
                Some(parent) => self.via(dictionary, parent, column.clone(), 0),
                None => RowRule::Nothing,
            },
            _ => match side.readable_with.as_deref() {
                Some(object) if self.can(object, Action::Update) => RowRule::Everything,
                _ => RowRule::Nothing,
            },
        }
    }

    /// Names of the fields that don't exist for the principal.
    pub fn is_hidden(&self, object: &str, field: &str) -> bool {
        !self.rights.admin
            && self
                .rights
                .objects
                .get(object)
                .is_none_or(|rights| rights.hidden.contains(field))
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
            Action::Create | Action::Update | Action::Delete | Action::Import => "write",
        };
        scopes.iter().any(|scope| match scope.split_once(':') {
            Some((scoped, verb)) => scoped == object && verb == word,
            None => scope == word,
        })
    }

    fn rule_within(&self, dictionary: &Dictionary, object: &Object, depth: usize) -> RowRule {
        if !self.can(&object.name, Action::Read) {
            return RowRule::Nothing;
        }
        if self.rights.admin {
            return RowRule::Everything;
        }
        let scope = self
            .rights
            .objects
            .get(&object.name)
            .map_or(RowScope::None, |rights| rights.rows);
        if scope == RowScope::None {
            return RowRule::Nothing;
        }
        match &object.rights {
            RightsFrom::Public => RowRule::Everything,
            RightsFrom::Own => self.own_rule(object, scope),
            RightsFrom::Parent {
                field,
                object: parent,
            } => {
                let (Some(parent), Some(column)) = (
                    dictionary.object(parent),
                    object.field(field).map(Field::column),
                ) else {
                    return RowRule::Nothing;
                };
                self.via(dictionary, parent, column, depth)
            }
        }
    }

    fn via(
        &self,
        dictionary: &Dictionary,
        parent: &Object,
        column: String,
        depth: usize,
    ) -> RowRule {
        // The dictionary refuses cycles; the bound keeps a hand-made one from recursing for ever.
        if depth > 8 {
            return RowRule::Nothing;
        }
        match self.rule_within(dictionary, parent, depth + 1) {
            rule @ (RowRule::Nothing | RowRule::Everything) => rule,
            rule => RowRule::Via {
                column,
                parent_table: parent.table.clone(),
                rule: Box::new(rule),
            },
        }
    }

    fn own_rule(&self, object: &Object, scope: RowScope) -> RowRule {
        let owner = RowRule::Owner {
            column: "owner_id".to_owned(),
            user: self.user_id,
        };
        let departments = |ids: Vec<i64>| RowRule::Departments {
            column: "department_id".to_owned(),
            ids,
        };
        match (object.ownership, scope) {
            (_, RowScope::All) => RowRule::Everything,
            (_, RowScope::None) | (Ownership::None, _) => RowRule::Nothing,
            (Ownership::User, RowScope::Own) => owner,
            (Ownership::User, RowScope::Department) => RowRule::Any(vec![
                owner,
                departments(self.department_id.into_iter().collect()),
            ]),
            (Ownership::User, RowScope::DepartmentTree) => {
                RowRule::Any(vec![owner, departments(self.department_tree.clone())])
            }
            (Ownership::Department, RowScope::Own | RowScope::Department) => {
                departments(self.department_id.into_iter().collect())
            }
            (Ownership::Department, RowScope::DepartmentTree) => {
                departments(self.department_tree.clone())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A row as a rule sees it: its columns, and the row it refers to.
    #[derive(Debug, Clone)]
    struct Row {
        owner: Option<i64>,
        department: Option<i64>,
    }

    fn admits(rule: &RowRule, row: &Row) -> bool {
        match rule {
            RowRule::Nothing => false,
            RowRule::Everything => true,
            RowRule::Owner { user, .. } => row.owner == Some(*user),
            RowRule::Departments { ids, .. } => row.department.is_some_and(|id| ids.contains(&id)),
            RowRule::Via { rule, .. } => admits(rule, row),
            RowRule::Any(rules) => rules.iter().any(|rule| admits(rule, row)),
        }
    }

    fn principal(rights: Rights) -> Principal {
        Principal {
            kind: PrincipalKind::User,
            user_id: 7,
            department_id: Some(2),
            department_tree: vec![2, 3],
            rights: Arc::new(rights),
            ..Principal::system()
        }
    }

    fn reading(objects: &[&str], rows: RowScope) -> Rights {
        let rights = ObjectRights {
            read: true,
            rows,
            ..ObjectRights::default()
        };
        Rights {
            admin: false,
            objects: objects
                .iter()
                .map(|name| ((*name).to_owned(), rights.clone()))
                .collect(),
        }
    }

    fn any_rights() -> impl Strategy<Value = ObjectRights> {
        let scopes = prop::sample::select(vec![
            RowScope::None,
            RowScope::Own,
            RowScope::Department,
            RowScope::DepartmentTree,
            RowScope::All,
        ]);
        let names = || prop::collection::btree_set("[a-z]{1,6}", 0..3);
        (any::<[bool; 6]>(), scopes, names(), names()).prop_map(|(on, rows, hidden, readonly)| {
            ObjectRights {
                create: on[0],
                read: on[1],
                update: on[2],
                delete: on[3],
                import: on[4],
                export: on[5],
                rows,
                hidden,
                readonly,
            }
        })
    }

    proptest! {
        #[test]
        fn a_wider_scope_sees_no_less(owner in prop::option::of(6_i64..9), department in prop::option::of(1_i64..5)) {
            let dictionary = Dictionary::standard();
            let row = Row { owner, department };
            let scopes = [RowScope::None, RowScope::Own, RowScope::Department, RowScope::DepartmentTree, RowScope::All];
            for name in ["customer", "contact", "order", "payment", "order_line"] {
                let object = dictionary.object(name).unwrap();
                let mut seen = false;
                for scope in scopes {
                    let who = principal(reading(&["customer", "contact", "order", "payment", "order_line"], scope));
                    let sees = admits(&who.row_rule(&dictionary, object), &row);
                    prop_assert!(sees || !seen, "{} at {:?} loses {:?}", name, scope, row);
                    seen = sees;
                }
                prop_assert!(seen);
            }
        }

        #[test]
        fn rights_survive_json_and_deny_what_is_not_named(rights in prop::collection::btree_map("[a-z_]{1,8}", any_rights(), 0..4)) {
            let rights = Rights { admin: false, objects: rights };
            let text = serde_json::to_string(&rights).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Rights>(&text).unwrap(), &rights);
            let who = principal(rights);
            let dictionary = Dictionary::standard();
            for object in dictionary.objects() {
                if !who.rights.objects.contains_key(&object.name) {
                    prop_assert!(Action::ALL.iter().all(|action| !who.can(&object.name, *action)));
                    prop_assert_eq!(who.row_rule(&dictionary, object), RowRule::Nothing);
                    prop_assert_eq!(who.hidden_columns(object).len(), object.columns().count());
                }
            }
        }
    }

    #[test]
    fn a_child_is_seen_as_its_parent_is() {
        let dictionary = Dictionary::standard();
        let who = principal(reading(&["order", "payment"], RowScope::Own));
        let payment = dictionary.object("payment").unwrap();
        let owner = RowRule::Owner {
            column: "owner_id".into(),
            user: 7,
        };
        let via = RowRule::Via {
            column: "order_id".into(),
            parent_table: "sales_order".into(),
            rule: Box::new(owner),
        };
        assert_eq!(who.row_rule(&dictionary, payment), via);
        // Without the parent there is nothing to see of the child.
        let who = principal(reading(&["payment"], RowScope::All));
        assert_eq!(who.row_rule(&dictionary, payment), RowRule::Nothing);
    }

    #[test]
    fn scopes_narrow_a_key() {
        let mut key = principal(Rights {
            admin: true,
            objects: BTreeMap::new(),
        });
        key.scopes = Some(vec!["customer:read".to_owned()]);
        assert!(key.can("customer", Action::Read) && key.can("customer", Action::Export));
        assert!(!key.can("customer", Action::Update) && !key.can("order", Action::Read));
        assert_eq!(
            key.side_table_rule(&Dictionary::standard(), "customer_score"),
            RowRule::Everything
        );
        assert_eq!(
            key.side_table_rule(&Dictionary::standard(), "send_run"),
            RowRule::Nothing
        );
        assert_eq!(
            key.side_table_rule(&Dictionary::standard(), "unheard_of"),
            RowRule::Nothing
        );
    }

    #[test]
    fn side_tables_follow_their_parent() {
        let dictionary = Dictionary::standard();
        let who = principal(reading(&["customer"], RowScope::Own));
        assert!(matches!(
            who.side_table_rule(&dictionary, "customer_score"),
            RowRule::Via { .. }
        ));
        assert_eq!(
            who.side_table_rule(&dictionary, "suppression"),
            RowRule::Nothing
        );
    }
}
