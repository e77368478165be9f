//! How what is sent and answered here looks in the OpenAPI document. The values themselves are those of
//! `basalt_oltp::workflow`.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Defines a list of what is described.
macro_rules! lists { ($($list:ident of $item:ty),* $(,)?) => { $(#[derive(Serialize, ToSchema)] pub struct $list { items: Vec<$item> })* } }
lists!(
    Rules of WorkflowRule, Runs of WorkflowRun, DryRuns of RuleTrial, Webhooks of Webhook, Deliveries of WebhookDelivery,
    Flows of ApprovalFlow, Approvals of Approval, WaitingTasks of WaitingApproval, History of WorkflowStep,
);

#[derive(Serialize, ToSchema)]
pub struct MadeRule {
    id: i64,
}

#[derive(Serialize, ToSchema)]
pub struct RuleInput {
    name: String,
    object: String,
    /// `{"on":"created"}`, `{"on":"changed","fields":[…]}`, `{"on":"stage_entered","field":…,"value":…}`,
    /// `{"on":"date_reached","field":…,"days":-3}`, `{"on":"idle","days":7}`, `{"on":"schedule","cron":"0 9 * * 1","time_zone":…}`
    #[schema(value_type = Object)]
    starts: Value,
    #[schema(value_type = Option<Object>)]
    condition: Option<Value>,
    /// Each with `do`: `set_fields`, `assign`, `create_task`, `notify`, `email`, `webhook`, `start_approval`.
    #[schema(value_type = Vec<Object>)]
    actions: Vec<Value>,
    active: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub struct WorkflowRule {
    id: i64,
    name: String,
    object: String,
    #[schema(value_type = Object)]
    starts: Value,
    #[schema(value_type = Option<Object>)]
    condition: Option<Value>,
    #[schema(value_type = Vec<Object>)]
    actions: Vec<Value>,
    active: bool,
    version: i32,
    changed_at: DateTime<Utc>,
    changed_by: Option<i64>,
    next_due_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
pub struct Trial {
    rule: RuleInput,
    records: Vec<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct RuleTrial {
    record_id: i64,
    /// `done`, `not_met`, `gone`, `failed`
    outcome: String,
    #[schema(value_type = Option<Object>)]
    why: Option<Value>,
    #[schema(value_type = Vec<Object>)]
    results: Vec<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct WorkflowRun {
    id: i64,
    rule_id: i64,
    rule: String,
    rule_version: i32,
    object: String,
    record_id: i64,
    started_by: String,
    /// Rules whose actions led here.
    chain: Vec<i64>,
    at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    /// `waiting`, `done`, `not_met`, `cut`, `failed`, `gone`
    outcome: String,
    /// The condition with `held` at each part, or the reason.
    #[schema(value_type = Option<Object>)]
    why: Option<Value>,
    #[schema(value_type = Option<Vec<Object>>)]
    results: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct WorkflowStep {
    at: DateTime<Utc>,
    rule: String,
    outcome: String,
    finished_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
pub struct Webhook {
    id: i64,
    name: String,
    url: String,
    object: String,
    kinds: Vec<String>,
    owner_id: i64,
    active: bool,
}

#[derive(Serialize, ToSchema)]
pub struct WebhookInput {
    name: String,
    url: String,
    /// 16 to 200 characters; absent: stays as it is.
    secret: Option<String>,
    object: String,
    /// `created`, `changed`, `deleted`
    kinds: Vec<String>,
    active: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub struct WebhookDelivery {
    id: i64,
    webhook_id: Option<i64>,
    event: String,
    #[schema(value_type = Object)]
    payload: Value,
    state: String,
    attempts: i32,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    answer: Option<i32>,
    error: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ApprovalStep {
    name: String,
    #[schema(value_type = Option<Object>)]
    when: Option<Value>,
    min_level: Option<i32>,
    max_level: Option<i32>,
    /// `{"party":"user:7"}`, `{"role":…}`, `{"field":"owner"}`, `{"manager_of":{"field":"owner","levels":1}}`
    #[schema(value_type = Vec<Object>)]
    approvers: Vec<Value>,
    /// `any`, `all`, `sequence`
    mode: String,
    hours: Option<u32>,
    #[schema(value_type = Option<Vec<Object>>)]
    escalate_to: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct ApprovalDefinition {
    steps: Vec<ApprovalStep>,
    #[schema(value_type = Option<Object>)]
    on_submit: Option<Value>,
    #[schema(value_type = Option<Object>)]
    on_approve: Option<Value>,
    #[schema(value_type = Option<Object>)]
    on_reject: Option<Value>,
    #[schema(value_type = Option<Object>)]
    on_recall: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct ApprovalFlow {
    id: i64,
    name: String,
    object: String,
    definition: ApprovalDefinition,
    active: bool,
    version: i32,
}

#[derive(Serialize, ToSchema)]
pub struct FlowInput {
    name: String,
    object: String,
    definition: ApprovalDefinition,
    active: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub struct Submission {
    flow: String,
    object: String,
    record: i64,
    comment: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ApprovalEntry {
    at: DateTime<Utc>,
    user_id: Option<i64>,
    /// `submitted`, `asked`, `approved`, `rejected`, `returned`, `delegated`, `recalled`, `escalated`, `skipped`, `finished`
    what: String,
    step: Option<i32>,
    comment: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Approval {
    id: i64,
    flow: String,
    object: String,
    record_id: i64,
    state: String,
    step: Option<String>,
    submitted_by: i64,
    submitted_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    waiting_for: Vec<i64>,
    history: Vec<ApprovalEntry>,
}

#[derive(Serialize, ToSchema)]
pub struct WaitingApproval {
    task_id: i64,
    approval_id: i64,
    flow: String,
    object: String,
    record_id: i64,
    submitted_by: i64,
    submitted_at: DateTime<Utc>,
    due_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
pub struct Decided {
    /// `"approve"`, `"reject"` or `{"return":{"to_step":0}}`
    #[schema(value_type = Object)]
    decision: Value,
    /// Needed unless it is approved.
    comment: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Delegation {
    to: i64,
    comment: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Remark {
    comment: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Notice {
    id: i64,
    at: DateTime<Utc>,
    kind: String,
    title: String,
    body: String,
    object: Option<String>,
    record_id: Option<i64>,
    read_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
pub struct Inbox {
    items: Vec<Notice>,
    unread: i64,
}
