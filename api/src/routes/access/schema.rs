//! How what is sent and answered here looks in the OpenAPI document. The values themselves are those of
//! `basalt_oltp::rights` and `basalt_model::policy`.
#![expect(dead_code, reason = "described, not built")]

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Defines a list of what is described.
macro_rules! lists { ($($list:ident of $item:ty),* $(,)?) => { $(#[derive(Serialize, ToSchema)] pub struct $list { items: Vec<$item> })* } }
lists!(
    Profiles of Profile, Roles of Role, Groups of Group, Layers of RightsLayer, Assistants of Assistant,
    Readers of Reader, FieldReaders of FieldReader, SharingRules of SharingRule, Defaults of AccessDefaultEntry,
    Dimensions of Dimension,
);

#[derive(Serialize, ToSchema)]
pub struct Made {
    id: i64,
}

#[derive(Serialize, ToSchema)]
pub struct Words {
    en: String,
    zh: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowScope {
    /// Only what is shared.
    None,
    Own,
    /// And those of everybody below in the chain of managers.
    Subordinates,
    /// And those of the department.
    Department,
    /// And those of the departments below.
    DepartmentTree,
    All,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldRight {
    Hidden,
    Read,
    Write,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareAccess {
    Read,
    Write,
}

#[derive(Serialize, ToSchema)]
pub struct ObjectRights {
    create: Option<bool>,
    read: Option<bool>,
    update: Option<bool>,
    delete: Option<bool>,
    import: Option<bool>,
    export: Option<bool>,
    approve: Option<bool>,
    share: Option<bool>,
    rows: Option<RowScope>,
    hidden: Option<Vec<String>>,
    readonly: Option<Vec<String>>,
}

/// What isn't named is denied.
#[derive(Serialize, ToSchema)]
pub struct Rights {
    /// Everything, on every row and field.
    admin: Option<bool>,
    objects: Option<BTreeMap<String, ObjectRights>>,
}

/// What isn't named stays.
#[derive(Serialize, ToSchema)]
pub struct ObjectChange {
    /// create, read, update, delete, import, export, approve, share
    actions: Option<BTreeMap<String, bool>>,
    rows: Option<RowScope>,
    fields: Option<BTreeMap<String, FieldRight>>,
}

#[derive(Serialize, ToSchema)]
pub struct RightsChange {
    /// Range over every object that the profile lets one read.
    rows: Option<RowScope>,
    objects: Option<BTreeMap<String, ObjectChange>>,
}

#[derive(Serialize, ToSchema)]
pub struct Profile {
    name: String,
    label: Words,
    rights: Rights,
    built_in: bool,
    users: i64,
}

#[derive(Serialize, ToSchema)]
pub struct ProfileInput {
    label: Words,
    rights: Rights,
}

#[derive(Serialize, ToSchema)]
pub struct Role {
    name: String,
    label: Words,
    change: RightsChange,
    built_in: bool,
    users: i64,
}

#[derive(Serialize, ToSchema)]
pub struct RoleInput {
    label: Words,
    change: RightsChange,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupPurpose {
    Public,
    Process,
}

#[derive(Serialize, ToSchema)]
pub struct Group {
    id: i64,
    name: String,
    label: Words,
    purpose: GroupPurpose,
    /// `user:7`, `department:3`, `group:2`
    members: Vec<String>,
    /// Users in it, each once.
    users: u64,
}

#[derive(Serialize, ToSchema)]
pub struct GroupInput {
    name: String,
    label: Words,
    purpose: Option<GroupPurpose>,
    members: Option<Vec<String>>,
}

#[derive(Serialize, ToSchema)]
pub struct RightsLayer {
    holder: String,
    change: RightsChange,
}

#[derive(Serialize, ToSchema)]
pub struct Assistant {
    manager_id: i64,
    manager: String,
    assistant_id: i64,
    assistant: String,
}

#[derive(Serialize, ToSchema)]
pub struct SharingRule {
    id: i64,
    name: String,
    object: String,
    owners: Option<String>,
    #[schema(value_type = Option<Object>)]
    condition: Option<Value>,
    grantee: String,
    access: ShareAccess,
    active: bool,
}

/// Either `owners` or `condition`.
#[derive(Serialize, ToSchema)]
pub struct SharingRuleInput {
    name: String,
    object: String,
    /// `user:7`, `department:3` (with those below), `group:2`
    owners: Option<String>,
    /// Over fields of the record itself.
    #[schema(value_type = Option<Object>)]
    condition: Option<Value>,
    grantee: String,
    access: ShareAccess,
    active: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub struct AccessDefaultEntry {
    object: String,
    access: ShareAccess,
}

#[derive(Serialize, ToSchema)]
pub struct Dimension {
    id: i64,
    name: String,
    label: Words,
    /// Object → field.
    fields: BTreeMap<String, String>,
    /// `user:7` → values
    bound: BTreeMap<String, Vec<String>>,
}

#[derive(Serialize, ToSchema)]
pub struct DimensionInput {
    name: String,
    label: Words,
    fields: BTreeMap<String, String>,
    bound: Option<BTreeMap<String, Vec<String>>>,
}

/// Where a right comes from: `profile`, `role`, `group`, `department`, `user` or `nothing`.
#[derive(Serialize, ToSchema)]
pub struct RightSource {
    kind: String,
    id: Option<i64>,
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct GivenAction {
    value: bool,
    from: RightSource,
}

#[derive(Serialize, ToSchema)]
pub struct GivenRows {
    value: RowScope,
    from: RightSource,
}

#[derive(Serialize, ToSchema)]
pub struct GivenField {
    value: FieldRight,
    from: RightSource,
}

/// Why a row is seen: `owner`, `subordinate`, `department`, `department_tree`, `all_rows`, `default`, `share`,
/// `sharing_rule` (id, name), `assistant` (manager, because), `parent` (object, because), `public`, `administrator`.
#[derive(Serialize, ToSchema)]
pub struct RowReason {
    kind: String,
    id: Option<i64>,
    name: Option<String>,
    manager: Option<i64>,
    object: Option<String>,
    #[schema(value_type = Option<Object>)]
    because: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct ExplainedRights {
    object: String,
    actions: BTreeMap<String, GivenAction>,
    rows: GivenRows,
    /// Fields that are not simply readable and writable.
    fields: BTreeMap<String, GivenField>,
    reads: Vec<RowReason>,
    writes: Vec<RowReason>,
}

#[derive(Serialize, ToSchema)]
pub struct DimensionLimit {
    dimension: String,
    values: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct UserRights {
    user_id: i64,
    name: String,
    enabled: bool,
    administrator: bool,
    profile: String,
    parties: Vec<String>,
    subordinates: Vec<i64>,
    assists: Vec<i64>,
    limits: Vec<DimensionLimit>,
    objects: Vec<ExplainedRights>,
}

#[derive(Serialize, ToSchema)]
pub struct Reader {
    user_id: i64,
    name: String,
    because: Vec<RowReason>,
    writes: bool,
}

#[derive(Serialize, ToSchema)]
pub struct FieldReader {
    user_id: i64,
    name: String,
    writes: bool,
}
