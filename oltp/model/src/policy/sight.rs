//! What widens or narrows a principal's rows beyond owner and department: the chain of managers,
//! groups, shares, sharing rules, organisation-wide defaults, data dimensions, assistants.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Principal;
use crate::condition::Condition;

/// Whom something is shared with, or whose records are meant: `user:7`, `department:3` (with the
/// departments below it), `group:2` (with the groups in it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    User(i64),
    Department(i64),
    Group(i64),
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Department(id) => write!(f, "department:{id}"),
            Self::Group(id) => write!(f, "group:{id}"),
        }
    }
}

impl FromStr for Party {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is none of user:ID, department:ID, group:ID");
        let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
        let id: i64 = id.parse().ok().filter(|id| *id > 0).ok_or_else(wrong)?;
        match kind {
            "user" => Ok(Self::User(id)),
            "department" => Ok(Self::Department(id)),
            "group" => Ok(Self::Group(id)),
            _ => Err(wrong()),
        }
    }
}

impl Serialize for Party {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Party {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// What a share lets one do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareAccess {
    Read,
    Write,
}

impl ShareAccess {
    /// As stored: `read`, `write`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// The records a sharing rule is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Shared {
    /// Those of these owners, resolved.
    Owners(Vec<i64>),
    /// Those that meet a condition over their own fields.
    Where(Condition),
}

/// A sharing rule that reaches the principal.
#[derive(Debug, Clone, PartialEq)]
pub struct SharingRule {
    pub id: i64,
    pub name: String,
    pub object: String,
    pub what: Shared,
    pub access: ShareAccess,
}

/// A data dimension that the principal is bound to, such as region = east: its range (not its own
/// rows and what is shared) ends there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    pub dimension: String,
    /// Object → the field that carries the dimension; other objects aren't limited.
    pub fields: BTreeMap<String, String>,
    pub values: Vec<String>,
}

/// Everything that decides on rows besides owner, department and range.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    /// All users below in the chain of managers.
    pub subordinates: Vec<i64>,
    /// Groups, those around them included.
    pub groups: Vec<i64>,
    /// The department and all above it: what is shared with one of them reaches the principal.
    pub department_path: Vec<i64>,
    /// Objects of which single records are shared with the principal, with the widest access.
    pub shares: BTreeMap<String, ShareAccess>,
    pub rules: Vec<SharingRule>,
    /// What everybody may do with every row of an object; the others are private.
    pub defaults: BTreeMap<String, ShareAccess>,
    pub limits: Vec<Limit>,
    /// Public pools of which the principal is a member, and those of them that it administers: what
    /// stands in a pool is read by its members and changed by its administrators.
    pub pools: Vec<i64>,
    pub administered_pools: Vec<i64>,
    /// The managers whom the principal assists, and reads with.
    pub assists: Vec<Principal>,
    /// Position of the change log at which all this was read: a read of the lake must not be older.
    pub as_of: Option<String>,
}

impl Sight {
    /// All names under which something may be shared with the user.
    pub fn parties(&self, user: i64) -> Vec<Party> {
        let mut parties = vec![Party::User(user)];
        parties.extend(self.groups.iter().map(|id| Party::Group(*id)));
        parties.extend(self.department_path.iter().map(|id| Party::Department(*id)));
        parties
    }
}
