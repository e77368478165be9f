//! Function rights: what a profile lets one do with each object and field, and how roles, groups,
//! departments and single users change that.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Something one may do with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Read,
    Update,
    Delete,
    Import,
    Export,
    /// Decide on approvals.
    Approve,
    /// Give others access to a single record: team and shares.
    Share,
}

impl Action {
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Read,
        Self::Update,
        Self::Delete,
        Self::Import,
        Self::Export,
        Self::Approve,
        Self::Share,
    ];
}

/// How far a principal's sight reaches over the rows of an object. Each includes those before it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum RowScope {
    /// Only what is shared.
    #[default]
    None,
    /// Rows one owns.
    Own,
    /// Rows of those below in the chain of managers, at any depth.
    Subordinates,
    /// Rows of one's department.
    Department,
    /// Rows of one's department and the departments below it.
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
    pub approve: bool,
    pub share: bool,
    pub rows: RowScope,
    /// Fields that don't exist for the principal: not returned, filtered, sorted nor searched.
    pub hidden: BTreeSet<String>,
    /// Fields that are returned but not written.
    pub readonly: BTreeSet<String>,
}

impl ObjectRights {
    pub fn allows(&self, action: Action) -> bool {
        match action {
            Action::Create => self.create,
            Action::Read => self.read,
            Action::Update => self.update,
            Action::Delete => self.delete,
            Action::Import => self.import,
            Action::Export => self.export,
            Action::Approve => self.approve,
            Action::Share => self.share,
        }
    }

    fn set(&mut self, action: Action, allowed: bool) {
        let right = match action {
            Action::Create => &mut self.create,
            Action::Read => &mut self.read,
            Action::Update => &mut self.update,
            Action::Delete => &mut self.delete,
            Action::Import => &mut self.import,
            Action::Export => &mut self.export,
            Action::Approve => &mut self.approve,
            Action::Share => &mut self.share,
        };
        *right = allowed;
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

/// What one may do with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRight {
    Hidden,
    Read,
    Write,
}

/// What a layer changes about one object; what it doesn't name stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectChange {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub actions: BTreeMap<Action, bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowScope>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldRight>,
}

/// Changes to a profile's rights.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RightsChange {
    /// Range over every object that the profile lets one read; `objects` may say otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowScope>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<String, ObjectChange>,
}

/// Where a right comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    Profile {
        name: String,
    },
    Role {
        name: String,
    },
    Group {
        id: i64,
        name: String,
    },
    Department {
        id: i64,
        name: String,
    },
    User,
    /// Nothing gives it.
    Nothing,
}

/// Changes and where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub source: Source,
    pub change: RightsChange,
}

/// The rights on one object and where each comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    pub object: String,
    pub actions: BTreeMap<Action, Given<bool>>,
    pub rows: Given<RowScope>,
    /// Fields that are not simply readable and writable.
    pub fields: BTreeMap<String, Given<FieldRight>>,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Given<T> {
    pub value: T,
    pub from: Source,
}

impl Rights {
    /// The rights after the layers, in their order: a later one overrides an earlier one.
    #[must_use]
    pub fn with(mut self, layers: &[Layer]) -> Self {
        for layer in layers {
            self.apply(&layer.change);
        }
        self
    }

    fn apply(&mut self, change: &RightsChange) {
        if let Some(rows) = change.rows {
            for rights in self.objects.values_mut() {
                rights.rows = rows;
            }
        }
        for (name, change) in &change.objects {
            let rights = self.objects.entry(name.clone()).or_default();
            for (action, allowed) in &change.actions {
                rights.set(*action, *allowed);
            }
            if let Some(rows) = change.rows {
                rights.rows = rows;
            }
            for (field, right) in &change.fields {
                rights.hidden.remove(field);
                rights.readonly.remove(field);
                match right {
                    FieldRight::Hidden => rights.hidden.insert(field.clone()),
                    FieldRight::Read => rights.readonly.insert(field.clone()),
                    FieldRight::Write => false,
                };
            }
        }
    }

    /// The rights after the layers on each of the objects, each with the layer that decided it.
    pub fn explain<'o>(
        &self,
        profile: &str,
        layers: &[Layer],
        objects: impl Iterator<Item = &'o str>,
    ) -> Vec<Explained> {
        let base = Source::Profile {
            name: profile.to_owned(),
        };
        objects
            .map(|object| self.explain_object(object, &base, layers))
            .collect()
    }

    fn explain_object(&self, object: &str, base: &Source, layers: &[Layer]) -> Explained {
        let mut rights = Self {
            admin: self.admin,
            objects: self
                .objects
                .get_key_value(object)
                .map(|(name, rights)| (name.clone(), rights.clone()))
                .into_iter()
                .collect(),
        };
        let first = if self.admin || rights.objects.contains_key(object) {
            base.clone()
        } else {
            Source::Nothing
        };
        let mut explained = explained(&rights, object, &first, None);
        for layer in layers.iter().filter(|_| !self.admin) {
            rights.apply(&layer.change);
            explained = self::explained(&rights, object, &layer.source, Some((explained, layer)));
        }
        explained
    }
}

/// The state after a step: what the step names is from it, the rest is from before.
fn explained(
    rights: &Rights,
    object: &str,
    source: &Source,
    before: Option<(Explained, &Layer)>,
) -> Explained {
    let held = rights.objects.get(object);
    let change = before
        .as_ref()
        .and_then(|(_, layer)| layer.change.objects.get(object));
    let named_rows = before.as_ref().is_some_and(|(_, layer)| {
        layer.change.rows.is_some() || change.is_some_and(|change| change.rows.is_some())
    });
    let from = |named: bool, earlier: Option<&Source>| match earlier {
        Some(earlier) if !named => earlier.clone(),
        _ => source.clone(),
    };
    let earlier = before.as_ref().map(|(explained, _)| explained);
    let actions = Action::ALL
        .into_iter()
        .map(|action| {
            let named = change.is_some_and(|change| change.actions.contains_key(&action));
            let given = Given {
                value: rights.admin || held.is_some_and(|held| held.allows(action)),
                from: from(named, earlier.map(|e| &e.actions[&action].from)),
            };
            (action, given)
        })
        .collect();
    let rows = Given {
        value: match held {
            _ if rights.admin => RowScope::All,
            Some(held) => held.rows,
            None => RowScope::None,
        },
        from: from(named_rows, earlier.map(|e| &e.rows.from)),
    };
    let restricted = |held: &ObjectRights| {
        let hidden = held.hidden.iter().map(|name| (name, FieldRight::Hidden));
        let readonly = held.readonly.iter().map(|name| (name, FieldRight::Read));
        hidden
            .chain(readonly)
            .map(|(name, value)| {
                let named = change.is_some_and(|change| change.fields.contains_key(name));
                let before = earlier.and_then(|e| e.fields.get(name)).map(|f| &f.from);
                let from = from(named, before);
                (name.clone(), Given { value, from })
            })
            .collect()
    };
    Explained {
        object: object.to_owned(),
        actions,
        rows,
        fields: held.map(restricted).unwrap_or_default(),
    }
}
