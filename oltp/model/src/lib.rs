//! The shared vocabulary of Basalt, pure and without I/O: business objects and their fields,
//! conditions, access policy, money, calendar periods.
//!
//! Every other crate speaks these types. The two compilers of conditions and row rules live where
//! their engines are: Postgres in `basalt-oltp`, DataFusion in `basalt-query`.

#![forbid(unsafe_code)]

pub mod calendar;
pub mod condition;
pub mod dictionary;
pub mod formula;
pub mod label;
pub mod likeness;
pub mod money;
pub mod policy;
pub mod rich_text;
pub mod tokens;
pub mod value;

pub use condition::{Checked, Condition, ConditionError};
pub use dictionary::{
    Column, Dictionary, DictionaryError, Field, FieldKind, Group, NumberRule, Object, Ownership,
    RightsFrom, SideColumn, SideTable, SqlType, Trait,
};
pub use label::{Label, Locale};
pub use money::Money;
pub use policy::{
    Action, ObjectRights, Party, Principal, PrincipalKind, Reason, Rights, RowAccess, RowRule,
    RowScope, ShareAccess, Sight, Via,
};
pub use value::{Problem, Value};
