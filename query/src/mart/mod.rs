//! The star schema `mart.*`: views over the reader's own `crm.*`, so that every figure obeys the
//! reader's rights. Each view is one file of SQL; [`COLUMNS`] says what each column means.
//!
//! Columns that are hidden from the reader, and tables that the reader may not read, come as NULL.
//! A view is absent when the reader may not read its main table, or when the lake lacks a table.

mod columns;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::SchemaProvider;
use datafusion::datasource::{TableProvider, ViewTable};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;

pub use columns::{COLUMNS, Column};
pub use page::page;

/// One view of the star schema.
#[derive(Debug, Clone, Copy)]
pub struct View {
    pub name: &'static str,
    /// The table whose rows it has; without the right to read it the view is absent.
    pub main: Option<&'static str>,
    /// Every table it reads.
    pub tables: &'static [&'static str],
    pub sql: &'static str,
}

pub const VIEWS: &[View] = &[
    View {
        name: "customer",
        main: Some("customer"),
        tables: &[
            "customer",
            "sales_order",
            "customer_score",
            "app_user",
            "department",
        ],
        sql: include_str!("customer.sql"),
    },
    View {
        name: "orders",
        main: Some("sales_order"),
        tables: &[
            "sales_order",
            "customer",
            "app_user",
            "payment",
            "sales_order_line",
        ],
        sql: include_str!("orders.sql"),
    },
    View {
        name: "order_line",
        main: Some("sales_order_line"),
        tables: &["sales_order_line", "sales_order", "customer", "product"],
        sql: include_str!("order_line.sql"),
    },
    View {
        name: "campaign_result",
        main: Some("campaign"),
        tables: &["campaign", "message", "sales_order"],
        sql: include_str!("campaign_result.sql"),
    },
    View {
        name: "opportunity",
        main: Some("opportunity"),
        tables: &["opportunity"],
        sql: include_str!("opportunity.sql"),
    },
    View {
        name: "opportunity_stage_step",
        main: Some("opportunity_stage_change"),
        tables: &["opportunity_stage_change", "opportunity"],
        sql: include_str!("opportunity_stage_step.sql"),
    },
    View {
        name: "lead",
        main: Some("lead"),
        tables: &["lead"],
        sql: include_str!("lead.sql"),
    },
    View {
        name: "lead_step",
        main: Some("history_entry"),
        tables: &["history_entry", "lead"],
        sql: include_str!("lead_step.sql"),
    },
    View {
        name: "activity",
        main: Some("activity"),
        tables: &["activity"],
        sql: include_str!("activity.sql"),
    },
    View {
        name: "message",
        main: Some("message"),
        tables: &["message", "campaign"],
        sql: include_str!("message.sql"),
    },
    View {
        name: "campaign_touch",
        main: Some("campaign_touch"),
        tables: &["campaign_touch"],
        sql: include_str!("campaign_touch.sql"),
    },
    View {
        name: "campaign_cost",
        main: Some("campaign_cost"),
        tables: &["campaign_cost"],
        sql: include_str!("campaign_cost.sql"),
    },
    View {
        name: "invoice",
        main: Some("invoice"),
        tables: &["invoice"],
        sql: include_str!("invoice.sql"),
    },
    View {
        name: "receipt",
        main: Some("payment"),
        tables: &["payment"],
        sql: include_str!("receipt.sql"),
    },
    View {
        name: "quota",
        main: Some("quota"),
        tables: &["quota"],
        sql: include_str!("quota.sql"),
    },
    View {
        name: "behaviour_event",
        main: Some("behaviour_event"),
        tables: &["behaviour_event"],
        sql: include_str!("behaviour_event.sql"),
    },
    View {
        name: "segment_member",
        main: Some("segment_member"),
        tables: &["segment_member"],
        sql: include_str!("segment_member.sql"),
    },
    View {
        name: "contact",
        main: Some("contact"),
        tables: &["contact"],
        sql: include_str!("contact.sql"),
    },
    View {
        name: "product",
        main: Some("product"),
        tables: &["product"],
        sql: include_str!("product.sql"),
    },
    View {
        name: "employee",
        main: Some("app_user"),
        tables: &["app_user", "department"],
        sql: include_str!("employee.sql"),
    },
    View {
        name: "department",
        main: Some("department"),
        tables: &["department"],
        sql: include_str!("department.sql"),
    },
    View {
        name: "campaign",
        main: Some("campaign"),
        tables: &["campaign"],
        sql: include_str!("campaign.sql"),
    },
    View {
        name: "source",
        main: Some("source"),
        tables: &["source"],
        sql: include_str!("source.sql"),
    },
    View {
        name: "date",
        main: None,
        tables: &[],
        sql: include_str!("date.sql"),
    },
];

/// Plans the views when they are asked for.
#[derive(Debug)]
pub(crate) struct MartSchema {
    /// A state whose catalog holds the tables that the views read.
    source: SessionState,
    views: BTreeMap<&'static str, &'static View>,
}

impl MartSchema {
    /// `readable` are the tables that the reader finds in `crm`; `source` knows all that the lake has.
    pub(crate) fn new(
        source: SessionState,
        readable: &BTreeMap<String, Arc<dyn TableProvider>>,
        known: &BTreeSet<String>,
    ) -> Self {
        let views = VIEWS
            .iter()
            .filter(|view| view.main.is_none_or(|main| readable.contains_key(main)))
            .filter(|view| view.tables.iter().all(|table| known.contains(*table)))
            .map(|view| (view.name, view))
            .collect();
        Self { source, views }
    }
}

#[async_trait]
impl SchemaProvider for MartSchema {
    fn table_names(&self) -> Vec<String> {
        self.views.keys().map(ToString::to_string).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let Some(view) = self.views.get(name) else {
            return Ok(None);
        };
        let plan = self.source.create_logical_plan(view.sql).await?;
        Ok(Some(Arc::new(ViewTable::new(
            plan,
            Some(view.sql.to_owned()),
        ))))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.views.contains_key(name)
    }
}
