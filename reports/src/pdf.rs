//! The printed report: typst compiles the template, the report comes in as a JSON file.

mod world;

use basalt_model::Locale;
use serde_json::{Value as Json, json};
use typst::diag::SourceDiagnostic;
use typst_pdf::PdfOptions;

pub use world::Fonts;
use world::ReportWorld;

use crate::Error;
use crate::chart;
use crate::definition::Format;
use crate::report::{Block, Figure, Matrix, Report, Table};
use crate::wording::{Word, Wording};

/// The report as a PDF file. Takes the CPU for a while: call it off the async threads.
pub fn render(report: &Report, fonts: &Fonts) -> Result<Vec<u8>, Error> {
    let mut charts = Vec::new();
    let data = content(report, &mut charts)?;
    let world = ReportWorld::new(fonts, data.to_string(), charts);
    let pdf = typst::compile(&world)
        .output
        .and_then(|document| typst_pdf::pdf(&document, &PdfOptions::default()));
    // Whatever came out, the memo of this compile must not outlive it: it would grow with every report.
    comemo::evict(0);
    pdf.map_err(|errors| Error::Render(format!("cannot typeset the report: {}", told(&errors))))
}

fn told(errors: &[SourceDiagnostic]) -> String {
    errors
        .iter()
        .map(|error| error.message.to_string())
        .collect::<Vec<_>>()
        .join("; ")
}

/// The report as the template reads it: every value written out, nothing to compute.
fn content(report: &Report, charts: &mut Vec<String>) -> Result<Json, Error> {
    let wording = report.wording();
    let mut sections = Vec::new();
    for section in &report.sections {
        let mut blocks = Vec::new();
        for block in &section.blocks {
            blocks.push(match block {
                Block::Figures(figures) => {
                    json!({ "kind": "figures", "items": figures.iter().map(|figure| self::figure(figure, &wording)).collect::<Vec<_>>() })
                }
                Block::Chart(chart) => {
                    charts.push(chart::svg(chart, &wording)?);
                    let file = world::chart_file(charts.len() - 1);
                    json!({ "kind": "chart", "title": chart.title, "alt": chart.alt, "file": file })
                }
                Block::Table(table) => self::table(table, &wording),
                Block::Matrix(matrix) => self::matrix(matrix, &wording),
                Block::Nothing(text) => json!({ "kind": "nothing", "text": text }),
            });
        }
        sections.push(json!({ "title": section.title, "note": section.note, "blocks": blocks }));
    }
    Ok(json!({
        "lang": match report.locale { Locale::En => "en", Locale::Zh => "zh" },
        "organisation": report.organisation,
        "title": report.title,
        "subtitle": report.subtitle,
        "period": report.as_of.format("%Y-%m-%d").to_string(),
        "footer": wording.word(Word::MadeBy),
        "page_words": [wording.word(Word::PageBefore), wording.word(Word::PageBetween), wording.word(Word::PageAfter)],
        "facts": report.facts().into_iter().map(|(label, value)| json!({ "label": label, "value": value })).collect::<Vec<_>>(),
        "sections": sections,
    }))
}

fn figure(figure: &Figure, wording: &Wording<'_>) -> Json {
    json!({
        "label": figure.label,
        "value": wording.value(&figure.value, figure.format),
        "change": figure.change.map(|change| wording.change(change)),
        "tone": match figure.change {
            Some(change) if change >= 0.0005 => "good",
            Some(change) if change <= -0.0005 => "bad",
            _ => "flat",
        },
        "compared": figure.compared,
    })
}

fn table(table: &Table, wording: &Wording<'_>) -> Json {
    let written = |row: &Vec<_>| -> Vec<String> {
        row.iter()
            .zip(&table.columns)
            .map(|(value, column)| wording.value(value, column.format))
            .collect()
    };
    json!({
        "kind": "table",
        "title": table.title,
        "columns": table.columns.iter().map(|column| json!({
            "label": column.label,
            "weight": column.weight,
            "align": match column.format {
                Format::Date | Format::Month => "center",
                format if format.is_number() => "right",
                _ => "left",
            },
        })).collect::<Vec<_>>(),
        "rows": table.rows.iter().map(written).collect::<Vec<_>>(),
        "total": table.total.as_ref().map(written),
    })
}

fn matrix(matrix: &Matrix, wording: &Wording<'_>) -> Json {
    json!({
        "kind": "matrix",
        "title": matrix.title,
        "corner": matrix.corner,
        "lead": matrix.lead.iter().map(|(label, _)| label).collect::<Vec<_>>(),
        "columns": matrix.columns,
        "rows": matrix.rows.iter().map(|row| json!({
            "label": row.label,
            "lead": matrix.lead.iter().zip(&row.lead).map(|((_, format), value)| wording.value(value, *format)).collect::<Vec<_>>(),
            "cells": row.cells.iter().map(|cell| match cell {
                Some(cell) => json!({
                    "text": wording.number(cell.value, matrix.format),
                    "detail": cell.detail.zip(matrix.detail_format).map(|(detail, format)| wording.number(detail, format)),
                    "share": cell.shade,
                }),
                None => json!({ "text": "", "detail": null, "share": null }),
            }).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "legend": matrix.legend,
    })
}
