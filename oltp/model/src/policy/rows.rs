//! Row rights: which rows of a table a principal reads or changes, and why.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Action, Party, Principal, RowScope, ShareAccess, Shared, SharingRule};
use crate::condition::Node;
use crate::dictionary::{
    Dictionary, Field, Object, Ownership, ParentOf, RightsFrom, SqlType, Trait,
};

/// What is to be done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowAccess {
    Read,
    /// Change its fields. A share may give this.
    Write,
    /// Delete it, pass it on, share it: only within one's own range, never by a share.
    Full,
}

/// The rows of a table. Columns are those of the object's own table.
#[derive(Debug, Clone, PartialEq)]
pub enum RowRule {
    Nothing,
    Everything,
    /// `column in ids`
    Ids {
        column: String,
        ids: Vec<i64>,
    },
    /// `column in texts`
    Texts {
        column: String,
        values: Vec<String>,
    },
    /// There is a share of the row with one of the parties, at least with this access.
    Shared {
        object: String,
        with: Vec<Party>,
        access: ShareAccess,
    },
    /// A condition over the row's own columns.
    Where(Node),
    /// `column in (select id from crm.parent_table where rule)`
    Via {
        column: String,
        parent_table: String,
        rule: Box<RowRule>,
    },
    /// At least one of the rules.
    Any(Vec<RowRule>),
    /// Every one of the rules.
    All(Vec<RowRule>),
    /// As `Any` over `crm.table`, where every rule admits few rows by an index: an engine may
    /// collect their ids instead of testing every row.
    Few {
        table: String,
        rules: Vec<RowRule>,
    },
}

impl RowRule {
    /// The columns of the object's own table that the rule looks at, with their types; those of
    /// conditions and shares aside.
    pub fn columns(&self) -> BTreeMap<&str, SqlType> {
        match self {
            Self::Nothing | Self::Everything | Self::Shared { .. } | Self::Where(_) => {
                BTreeMap::new()
            }
            Self::Ids { column, .. } | Self::Via { column, .. } => {
                [(column.as_str(), SqlType::BigInt)].into()
            }
            Self::Texts { column, .. } => [(column.as_str(), SqlType::Text)].into(),
            Self::Any(rules) | Self::All(rules) | Self::Few { rules, .. } => {
                rules.iter().flat_map(Self::columns).collect()
            }
        }
    }
}

/// Why a row is admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    Administrator,
    /// Everyone who may read the object reads all of it.
    Public,
    Owner,
    Subordinate,
    Department,
    DepartmentTree,
    AllRows,
    /// The organisation's default for the object.
    Default,
    /// A share of this record: team or single share.
    Share,
    /// It stands in a public pool of which one is a member.
    Pool,
    SharingRule {
        id: i64,
        name: String,
    },
    /// As assistant of this user.
    Assistant {
        manager: i64,
        because: Box<Reason>,
    },
    /// By the rights on the record it belongs to.
    Parent {
        object: String,
        because: Box<Reason>,
    },
}

/// What is asked of the policy.
#[derive(Clone, Copy)]
struct Asked<'a> {
    dictionary: &'a Dictionary,
    access: RowAccess,
    /// Every way on its own, to be explained; else the ways over a parent are one rule.
    each: bool,
    depth: usize,
}

impl Principal {
    /// Which rows of the object the principal reads.
    pub fn row_rule(&self, dictionary: &Dictionary, object: &Object) -> RowRule {
        self.rule_for(dictionary, object, RowAccess::Read)
    }

    /// Which rows of the object the principal may deal with in this way, given the function right.
    pub fn rule_for(&self, dictionary: &Dictionary, object: &Object, access: RowAccess) -> RowRule {
        let asked = Asked {
            dictionary,
            access,
            each: false,
            depth: 0,
        };
        combined(object, self.parts(asked, object))
    }

    /// The rule in its parts, each with the reason it stands for.
    pub fn reasons(
        &self,
        dictionary: &Dictionary,
        object: &Object,
        access: RowAccess,
    ) -> Vec<(Reason, RowRule)> {
        let asked = Asked {
            dictionary,
            access,
            each: true,
            depth: 0,
        };
        self.parts(asked, object)
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
                Some(parent) => match self.row_rule(dictionary, parent) {
                    rule @ (RowRule::Nothing | RowRule::Everything) => rule,
                    rule => RowRule::Via {
                        column: column.clone(),
                        parent_table: parent.table.clone(),
                        rule: Box::new(rule),
                    },
                },
                None => RowRule::Nothing,
            },
            _ => match side.readable_with.as_deref() {
                Some(object) if self.can(object, Action::Update) => RowRule::Everything,
                _ => RowRule::Nothing,
            },
        }
    }

    fn parts(&self, asked: Asked<'_>, object: &Object) -> Vec<(Reason, RowRule)> {
        // The dictionary refuses circles of parents; the bound keeps a hand-made one from recursing for ever.
        if asked.depth > 8 || !self.in_scope(&object.name, Action::Read) {
            return Vec::new();
        }
        if self.rights.admin {
            return vec![(Reason::Administrator, RowRule::Everything)];
        }
        let mut parts = Vec::new();
        let own = self.rights.objects.get(&object.name);
        if let Some(own) = own.filter(|own| own.read) {
            match &object.rights {
                RightsFrom::Public if own.rows == RowScope::None => {}
                RightsFrom::Public => parts.push((Reason::Public, RowRule::Everything)),
                RightsFrom::Own => self.own_parts(asked, object, own.rows, &mut parts),
                RightsFrom::Parent { field, object: of } if own.rows != RowScope::None => {
                    let parent = ParentOf {
                        field: field.clone(),
                        object: of.clone(),
                    };
                    self.parent_parts(asked, object, &parent, &mut parts);
                }
                RightsFrom::Parent { .. } => {}
                RightsFrom::AnyParent(parents) => {
                    self.own_parts(asked, object, own.rows, &mut parts);
                    for parent in parents.iter().filter(|_| own.rows != RowScope::None) {
                        self.parent_parts(asked, object, parent, &mut parts);
                    }
                }
            }
        }
        if asked.access == RowAccess::Read {
            for manager in &self.sight.assists {
                for (reason, rule) in manager.parts(asked, object) {
                    let because = Box::new(reason);
                    let manager = manager.user_id;
                    parts.push((Reason::Assistant { manager, because }, rule));
                }
            }
        }
        parts
    }

    fn own_parts(
        &self,
        asked: Asked<'_>,
        object: &Object,
        scope: RowScope,
        parts: &mut Vec<(Reason, RowRule)>,
    ) {
        let Asked {
            dictionary, access, ..
        } = asked;
        let owned = object.ownership == Ownership::User;
        let departed = object.ownership != Ownership::None;
        let ids = |column: &str, ids: Vec<i64>| RowRule::Ids {
            column: column.to_owned(),
            ids,
        };
        let limits = self.limits(object);
        let mut range = |reason, rule| {
            let mut all = vec![rule];
            all.extend(limits.iter().cloned());
            let rule = match all.len() {
                1 => all.remove(0),
                _ if all[0] == RowRule::Everything && all.len() == 2 => all.remove(1),
                _ => RowRule::All(all),
            };
            parts.push((reason, rule));
        };
        if scope == RowScope::All {
            range(Reason::AllRows, RowRule::Everything);
        } else {
            if departed && scope >= RowScope::DepartmentTree {
                range(
                    Reason::DepartmentTree,
                    ids("department_id", self.department_tree.clone()),
                );
            } else if departed
                && (scope == RowScope::Department || (!owned && scope >= RowScope::Own))
            {
                let own = self.department_id.into_iter().collect();
                range(Reason::Department, ids("department_id", own));
            }
            if owned && scope >= RowScope::Subordinates && !self.sight.subordinates.is_empty() {
                let below = self.sight.subordinates.clone();
                range(Reason::Subordinate, ids("owner_id", below));
            }
        }
        if let Some(given) = self.sight.defaults.get(&object.name)
            && reaches(*given, access)
        {
            range(Reason::Default, RowRule::Everything);
        }
        if owned && scope >= RowScope::Own {
            // First, as most lists are of one's own.
            parts.insert(0, (Reason::Owner, ids("owner_id", vec![self.user_id])));
        }
        if object.has(Trait::Pooled) {
            let pools = match access {
                RowAccess::Read => &self.sight.pools,
                RowAccess::Write | RowAccess::Full => &self.sight.administered_pools,
            };
            // Passing on what stands in a pool is a command, for which its administrators are asked.
            if access != RowAccess::Full && !pools.is_empty() {
                parts.push((Reason::Pool, ids("pool_id", pools.clone())));
            }
        }
        if let Some(widest) = self.sight.shares.get(&object.name)
            && reaches(*widest, access)
        {
            let rule = RowRule::Shared {
                object: object.name.clone(),
                with: self.sight.parties(self.user_id),
                access: if access == RowAccess::Read {
                    ShareAccess::Read
                } else {
                    ShareAccess::Write
                },
            };
            parts.push((Reason::Share, rule));
        }
        for rule in &self.sight.rules {
            if rule.object == object.name && reaches(rule.access, access) {
                let reason = Reason::SharingRule {
                    id: rule.id,
                    name: rule.name.clone(),
                };
                parts.push((reason, shared(dictionary, object, rule)));
            }
        }
    }

    fn parent_parts(
        &self,
        asked: Asked<'_>,
        object: &Object,
        parent: &ParentOf,
        parts: &mut Vec<(Reason, RowRule)>,
    ) {
        let (Some(found), Some(field)) = (
            asked.dictionary.object(&parent.object),
            object.field(&parent.field),
        ) else {
            return;
        };
        let above = Asked {
            depth: asked.depth + 1,
            ..asked
        };
        let mut admitting = self.parts(above, found);
        if !asked.each {
            admitting = vec![(Reason::Public, combined(found, admitting))];
        }
        for (because, rule) in admitting {
            let rule = match rule {
                RowRule::Nothing => continue,
                // Every child has a parent that is admitted.
                RowRule::Everything if field.required => RowRule::Everything,
                rule => RowRule::Via {
                    column: field.column(),
                    parent_table: found.table.clone(),
                    rule: Box::new(rule),
                },
            };
            let reason = Reason::Parent {
                object: found.name.clone(),
                because: Box::new(because),
            };
            parts.push((reason, rule));
        }
    }

    /// The data dimensions that bind the principal on this object.
    fn limits(&self, object: &Object) -> Vec<RowRule> {
        self.sight
            .limits
            .iter()
            .filter_map(|limit| {
                let name = limit.fields.get(&object.name)?;
                Some(match object.field(name) {
                    Some(field) => limited(field, &limit.values),
                    None => RowRule::Nothing,
                })
            })
            .collect()
    }
}

/// The field has one of the values; a value that can't be one of the field's admits nothing.
fn limited(field: &Field, values: &[String]) -> RowRule {
    match field.sql_type() {
        SqlType::Text => RowRule::Texts {
            column: field.column(),
            values: values.to_vec(),
        },
        SqlType::BigInt => RowRule::Ids {
            column: field.column(),
            ids: values.iter().filter_map(|v| v.parse().ok()).collect(),
        },
        _ => RowRule::Nothing,
    }
}

/// Whether what is given suffices.
fn reaches(given: ShareAccess, wanted: RowAccess) -> bool {
    match wanted {
        RowAccess::Read => true,
        RowAccess::Write => given == ShareAccess::Write,
        RowAccess::Full => false,
    }
}

/// A rule whose condition makes no sense any more (a field is gone) admits nothing.
fn shared(dictionary: &Dictionary, object: &Object, rule: &SharingRule) -> RowRule {
    match &rule.what {
        Shared::Owners(ids) if object.ownership == Ownership::User => RowRule::Ids {
            column: "owner_id".to_owned(),
            ids: ids.clone(),
        },
        Shared::Owners(_) => RowRule::Nothing,
        Shared::Where(condition) => match condition.check(dictionary, &object.name) {
            Ok(checked) if checked.joins().is_empty() => RowRule::Where(checked.root),
            _ => RowRule::Nothing,
        },
    }
}

fn combined(object: &Object, parts: Vec<(Reason, RowRule)>) -> RowRule {
    let mut rules: Vec<RowRule> = Vec::with_capacity(parts.len());
    for (_, rule) in parts {
        match rule {
            RowRule::Everything => return RowRule::Everything,
            RowRule::Nothing => {}
            rule if rules.contains(&rule) => {}
            rule => rules.push(rule),
        }
    }
    let few = |rule: &RowRule| match rule {
        RowRule::Shared { .. } => true,
        RowRule::Ids { column, .. } => column == "owner_id" || column == "pool_id",
        _ => false,
    };
    let shared = |rule: &RowRule| matches!(rule, RowRule::Shared { .. });
    match rules.len() {
        0 => RowRule::Nothing,
        1 => rules.remove(0),
        _ if rules.iter().any(shared) && rules.iter().all(few) => RowRule::Few {
            table: object.table.clone(),
            rules,
        },
        _ => RowRule::Any(rules),
    }
}
