//! Parameters of prepared statements: their types on the wire, and their values in the plan.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use arrow_pg::datatypes::df::deserialize_parameters_with_server_types;
use arrow_pg::datatypes::{PG_OID_ALIAS_KEY, into_pg_type, pg_type_for_alias_kind};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan};
use pgwire::api::Type;
use pgwire::api::portal::Portal;
use pgwire::error::PgWireResult;

use super::reply;
use super::statements::Prepared;
use crate::session::Session;

/// One parameter, as the plan uses it.
#[derive(Default)]
struct Parameter {
    data_type: Option<DataType>,
    /// Postgres' own type where the column says so (object ids of `pg_catalog`).
    alias: Option<Type>,
}

/// Types in the order of `$1`, `$2`, …
pub(super) fn wire_types(plan: &LogicalPlan) -> PgWireResult<Vec<Type>> {
    inferred(plan)?
        .into_values()
        .map(|parameter| parameter.wire_type())
        .collect()
}

/// The plan with the portal's values in place.
pub(super) fn bind(
    session: &Session,
    plan: LogicalPlan,
    portal: &Portal<Prepared>,
) -> PgWireResult<LogicalPlan> {
    let parameters = inferred(&plan)?;
    let types: Vec<Option<&DataType>> = parameters.values().map(|p| p.data_type.as_ref()).collect();
    let wire: Vec<Type> = parameters
        .values()
        .map(Parameter::wire_type)
        .collect::<PgWireResult<_>>()?;
    let wire: Vec<Option<&Type>> = wire.iter().map(Some).collect();
    let values = deserialize_parameters_with_server_types(portal, &types, &wire)?;
    plan.replace_params_with_values(&values)
        .map_err(|error| reply::error(&session.error(error)))
}

impl Parameter {
    fn wire_type(&self) -> PgWireResult<Type> {
        match (&self.alias, &self.data_type) {
            (Some(alias), _) => Ok(alias.clone()),
            (None, Some(data_type)) => into_pg_type(data_type),
            (None, None) => Ok(Type::UNKNOWN),
        }
    }
}

/// What the plan tells of each parameter: its type where it is compared, else where it is cast.
fn inferred(plan: &LogicalPlan) -> PgWireResult<BTreeMap<usize, Parameter>> {
    let failed = |error: DataFusionError| reply::refuse("42P02", error.to_string());
    let mut parameters: BTreeMap<usize, Parameter> = BTreeMap::new();
    for (name, data_type) in plan.get_parameter_types().map_err(failed)? {
        parameters.entry(number(&name)).or_default().data_type = data_type;
    }
    plan.apply_with_subqueries(|node| {
        let limit = matches!(node, LogicalPlan::Limit(_));
        for expr in node.expressions() {
            expr.apply(|expr| {
                let (placeholder, cast) = match expr {
                    Expr::Cast(cast) => (cast.expr.as_ref(), Some(cast.field.data_type())),
                    other => (other, None),
                };
                if let Expr::Placeholder(placeholder) = placeholder {
                    let parameter = parameters.entry(number(&placeholder.id)).or_default();
                    let fallback = cast.cloned().or_else(|| limit.then_some(DataType::Int64));
                    parameter.data_type = parameter.data_type.take().or(fallback);
                    let kind = placeholder
                        .field
                        .as_ref()
                        .and_then(|field| field.metadata().get(PG_OID_ALIAS_KEY));
                    if matches!(parameter.data_type, Some(DataType::Int32)) {
                        parameter.alias = kind.and_then(|kind| pg_type_for_alias_kind(kind));
                    }
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(failed)?;
    Ok(parameters)
}

fn number(name: &str) -> usize {
    name.trim_start_matches('$').parse().unwrap_or(usize::MAX)
}
