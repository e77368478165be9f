//! A report filled with data: typed values in one language, ready for any renderer.

use basalt_model::Locale;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;

use crate::definition::{ChartKind, Format};
use crate::wording::{Word, Wording};

/// A filled pack for one recipient.
#[derive(Debug, Clone)]
pub struct Report {
    pub pack: String,
    pub locale: Locale,
    pub organisation: String,
    pub title: String,
    pub subtitle: String,
    /// Who it is for.
    pub recipient: String,
    /// Which rows the recipient's rights let in, in words.
    pub scope: String,
    /// When the data were read, in the pack's time zone.
    pub as_of: DateTime<Tz>,
    /// The position of the change log that the figures show.
    pub lsn: String,
    pub currency: String,
    pub sections: Vec<Section>,
}

impl Report {
    /// The writer of this report's values.
    pub fn wording(&self) -> Wording<'_> {
        Wording {
            locale: self.locale,
            currency: &self.currency,
        }
    }

    /// What stands at the head of every rendering: label and value.
    pub fn facts(&self) -> [(&'static str, String); 4] {
        let wording = self.wording();
        [
            (wording.word(Word::Recipient), self.recipient.clone()),
            (wording.word(Word::Scope), self.scope.clone()),
            (
                wording.word(Word::DataAsOf),
                self.as_of.format("%Y-%m-%d %H:%M %Z").to_string(),
            ),
            (wording.word(Word::Position), self.lsn.clone()),
        ]
    }
}

#[derive(Debug, Clone)]
pub struct Section {
    pub title: String,
    pub note: Option<String>,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
pub enum Block {
    Figures(Vec<Figure>),
    Chart(Chart),
    Table(Table),
    Matrix(Matrix),
    /// The query had no rows.
    Nothing(String),
}

/// A single figure and its change against the period before.
#[derive(Debug, Clone)]
pub struct Figure {
    pub label: String,
    pub value: Value,
    pub format: Format,
    /// Relative change, 0.1 for ten per cent more.
    pub change: Option<f64>,
    pub compared: String,
}

/// Values by category and series; a series has one value a category.
#[derive(Debug, Clone)]
pub struct Chart {
    pub title: Option<String>,
    pub alt: String,
    pub kind: ChartKind,
    pub category_label: String,
    pub categories: Vec<String>,
    pub series: Vec<Series>,
    pub format: Format,
}

#[derive(Debug, Clone)]
pub struct Series {
    pub name: String,
    pub values: Vec<f64>,
}

#[derive(Debug, Clone)]
pub struct Table {
    pub title: Option<String>,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Value>>,
    pub total: Option<Vec<Value>>,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub label: String,
    pub format: Format,
    pub weight: u8,
}

/// A heat map.
#[derive(Debug, Clone)]
pub struct Matrix {
    pub title: Option<String>,
    pub corner: String,
    /// Label and format of the column between the row labels and the cells.
    pub lead: Option<(String, Format)>,
    pub columns: Vec<String>,
    pub rows: Vec<MatrixRow>,
    pub format: Format,
    pub detail_format: Option<Format>,
    pub legend: Option<String>,
}

#[derive(Debug, Clone)]
pub struct MatrixRow {
    pub label: String,
    pub lead: Option<Value>,
    pub cells: Vec<Option<MatrixCell>>,
}

#[derive(Debug, Clone, Copy)]
pub struct MatrixCell {
    pub value: f64,
    pub detail: Option<f64>,
    /// Depth of the colour, 0 to 1.
    pub shade: f64,
}

/// A value as the query gave it; words are translated already.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Nothing,
    Text(String),
    Number(f64),
    Date(NaiveDate),
}

impl Value {
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}
