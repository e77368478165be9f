//! A report pack as a file: named queries and the layout of their results, every text in both languages.

use std::collections::BTreeMap;

use basalt_model::Label;
use serde::Deserialize;

use crate::Error;

const STANDARD: &[&str] = &[include_str!("../packs/sales-overview.toml")];

/// One pack: what is asked, and how the answers are laid out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub name: String,
    pub title: Label,
    pub subtitle: Label,
    pub queries: BTreeMap<String, Query>,
    /// Words of the pack's own for coded values, by list and value.
    #[serde(default)]
    pub words: BTreeMap<String, BTreeMap<String, Label>>,
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
}

/// Where the rows come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Query {
    Sql { sql: String },
    Analysis { analysis: Analysis, months: u32 },
}

/// Analyses that give rows to a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Analysis {
    /// Columns: month, customers (of the cohort), months_since, active, rate, revenue.
    Retention,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub title: Label,
    pub note: Option<Label>,
    #[serde(rename = "block")]
    pub blocks: Vec<Block>,
}

/// One way to show the rows of a query.
#[expect(
    clippy::large_enum_variant,
    reason = "a pack has a dozen of these, read once at start"
)]
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Block {
    /// Large single figures from a query of one row, each with its change.
    Figures {
        query: String,
        compared: Label,
        items: Vec<FigureItem>,
    },
    Chart {
        query: String,
        title: Option<Label>,
        alt: Label,
        chart: ChartKind,
        category: Field,
        series: Option<Field>,
        value: Field,
    },
    Table {
        query: String,
        title: Option<Label>,
        columns: Vec<Field>,
    },
    /// Rows by columns as a plain table with totals.
    Pivot {
        query: String,
        title: Option<Label>,
        row: Field,
        column: Field,
        value: Field,
    },
    /// Rows by columns as a heat map.
    Matrix {
        query: String,
        title: Option<Label>,
        corner: Label,
        row: Field,
        lead: Option<Field>,
        column: Field,
        value: Field,
        detail: Option<Field>,
        legend: Option<Label>,
    },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureItem {
    pub label: Label,
    pub field: String,
    /// Column with the value of the period before.
    pub before: Option<String>,
    pub format: Format,
}

/// A column of the query and how its values are written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub field: String,
    pub label: Option<Label>,
    #[serde(default)]
    pub format: Format,
    /// Words for coded values: `customer.region` (a choice field), `rfm_segment`, or a list of the pack's own.
    pub words: Option<String>,
    /// Written before each value.
    pub prefix: Option<String>,
    #[serde(default)]
    pub descending: bool,
    /// Numbers that are on the axis whether there are rows or not.
    #[serde(default)]
    pub always: Vec<i32>,
    /// Summed up in a last row.
    #[serde(default)]
    pub total: bool,
    /// Relative width of a text column.
    pub weight: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    StackedColumns,
    Bars,
    Lines,
}

/// How a value is written for people; spreadsheets get the value itself and a matching number format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Text,
    Integer,
    /// Two decimals.
    Money,
    /// Currency symbol and two decimals.
    SymbolMoney,
    /// Currency symbol, no decimals.
    WholeMoney,
    /// A share of one as per cent, one decimal.
    Percent,
    Date,
    Month,
}

impl Format {
    /// Numbers stand to the right.
    pub fn is_number(self) -> bool {
        !matches!(self, Self::Text | Self::Date | Self::Month)
    }
}

impl Definition {
    /// The packs that come with Basalt.
    pub fn standard() -> Result<Vec<Self>, Error> {
        STANDARD.iter().map(|text| Self::read(text)).collect()
    }

    /// Reads a pack and checks that its layout names only queries that exist.
    pub fn read(text: &str) -> Result<Self, Error> {
        let definition: Self =
            toml::from_str(text).map_err(|error| Error::Definition(error.to_string()))?;
        for block in definition
            .sections
            .iter()
            .flat_map(|section| &section.blocks)
        {
            if !definition.queries.contains_key(block.query()) {
                return Err(Error::Definition(format!(
                    "pack {}: there is no query {}",
                    definition.name,
                    block.query()
                )));
            }
        }
        Ok(definition)
    }
}

impl Block {
    /// Name of the query whose rows the block shows.
    pub fn query(&self) -> &str {
        match self {
            Self::Figures { query, .. }
            | Self::Chart { query, .. }
            | Self::Table { query, .. }
            | Self::Pivot { query, .. }
            | Self::Matrix { query, .. } => query,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_packs_are_readable_and_speak_both_languages() {
        let packs = Definition::standard().expect("readable");
        assert_eq!(packs[0].name, "sales-overview");
        for section in &packs[0].sections {
            assert!(!section.title.en.is_empty() && !section.title.zh.is_empty());
        }
    }

    #[test]
    fn a_layout_without_its_query_is_refused_by_name() {
        let text = r#"
            name = "x"
            title = { en = "X", zh = "X" }
            subtitle = { en = "", zh = "" }
            [queries.a]
            sql = "select 1"
            [[section]]
            title = { en = "X", zh = "X" }
            [[section.block]]
            kind = "table"
            query = "b"
            columns = []
        "#;
        let error = Definition::read(text).expect_err("query b is missing");
        assert!(error.to_string().contains("no query b"), "{error}");
    }
}
