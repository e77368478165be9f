//! Functions that Postgres clients expect, beside DataFusion's own.

use std::sync::Arc;

use basalt_model::policy::Principal;
use chrono::{DateTime, NaiveDate, Utc};
use datafusion::catalog::{CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList};
use datafusion::execution::SessionState;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_pg_catalog::pg_catalog::setup_pg_catalog;

use super::CATALOG;
use crate::error::{Error, Result};

/// What `version()` says; clients read the number to choose their catalog queries.
pub(crate) const SERVER_VERSION: &str = "16.6";

/// Adds the functions of `pg_catalog` to `state`. Its tables are not part of the result.
pub(crate) fn register(state: SessionState) -> Result<SessionState> {
    let list = MemoryCatalogProviderList::new();
    list.register_catalog(CATALOG.to_owned(), Arc::new(MemoryCatalogProvider::new()));
    let state = SessionStateBuilder::new_from_existing(state)
        .with_catalog_list(Arc::new(list))
        .build();
    let context = SessionContext::new_with_state(state);
    setup_pg_catalog(&context, CATALOG, EmptyContextProvider).map_err(|error| {
        Error::Internal(format!(
            "cannot register the functions of pg_catalog: {error}"
        ))
    })?;
    context.register_udf(constant("current_schema", "crm"));
    context.register_udf(constant(
        "version",
        &format!(
            "PostgreSQL {SERVER_VERSION} (Basalt {})",
            env!("CARGO_PKG_VERSION")
        ),
    ));
    Ok(context.state())
}

/// Adds the functions that answer for one reader.
pub(crate) fn register_reader(context: &SessionContext, principal: &Principal) {
    for name in ["current_user", "session_user", "user"] {
        context.register_udf(constant(name, &principal.login));
    }
}

/// Lets the functions that tell the time tell `instant`: a question to the past that reaches back "90
/// days from now" is answered as it was then.
pub(crate) fn stop_the_clock(context: &SessionContext, instant: DateTime<Utc>) {
    let date = instant.date_naive() - NaiveDate::default();
    let date = ScalarValue::Date32(i32::try_from(date.num_days()).ok());
    let nanos = instant.timestamp_nanos_opt();
    let now = ScalarValue::TimestampNanosecond(nanos, Some("UTC".into()));
    for (names, value) in [
        (&["current_date", "today"], date),
        (&["now", "current_timestamp"], now),
    ] {
        for name in names {
            context.register_udf(of_value(name, value.clone()));
        }
    }
}

fn constant(name: &str, value: &str) -> ScalarUDF {
    of_value(name, ScalarValue::Utf8(Some(value.to_owned())))
}

fn of_value(name: &str, value: ScalarValue) -> ScalarUDF {
    create_udf(
        name,
        vec![],
        value.data_type(),
        Volatility::Stable,
        Arc::new(move |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(value.clone()))),
    )
}
