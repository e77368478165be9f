//! The report as the body of a mail: tables and inline styles only, every value escaped, no pictures to load.

use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value as TemplateValue};
use serde_json::{Value as Json, json};

use crate::Error;
use crate::chart::PALETTE;
use crate::definition::Format;
use crate::report::{Block, Chart, Figure, Matrix, Report, Table};
use crate::shade;
use crate::wording::{Word, Wording};

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates
        .add_template("mail.html", include_str!("../templates/mail.html"))
        .expect("the embedded template is valid: a test renders it");
    templates
});

/// The report as one HTML document.
pub fn render(report: &Report) -> Result<String, Error> {
    let template = TEMPLATES
        .get_template("mail.html")
        .map_err(|error| failed(&error))?;
    template
        .render(template_value(&content(report)))
        .map_err(|error| failed(&error))
}

/// The same in plain words, for mail programs without HTML: the figures of the head and what is attached.
pub fn plain(report: &Report) -> String {
    let wording = report.wording();
    let mut lines = vec![
        report.organisation.clone(),
        report.title.clone(),
        String::new(),
    ];
    lines.extend(
        report
            .facts()
            .map(|(label, value)| format!("{label}: {value}")),
    );
    lines.push(String::new());
    for block in report.sections.iter().flat_map(|section| &section.blocks) {
        if let Block::Figures(figures) = block {
            lines.extend(figures.iter().map(|figure| {
                let change = figure
                    .change
                    .map(|change| format!("  ({} {})", wording.change(change), figure.compared));
                format!(
                    "{}: {}{}",
                    figure.label,
                    wording.value(&figure.value, figure.format),
                    change.unwrap_or_default()
                )
            }));
        }
    }
    lines.push(String::new());
    lines.push(wording.word(Word::Attached).to_owned());
    lines.join("\r\n")
}

fn failed(error: &minijinja::Error) -> Error {
    Error::Render(format!("cannot write the mail: {error}"))
}

/// JSON as the template engine holds values.
fn template_value(json: &Json) -> TemplateValue {
    match json {
        Json::Null => TemplateValue::from(()),
        Json::Bool(truth) => TemplateValue::from(*truth),
        Json::Number(number) => TemplateValue::from(number.as_f64().unwrap_or_default()),
        Json::String(text) => TemplateValue::from(text.as_str()),
        Json::Array(items) => items.iter().map(template_value).collect(),
        Json::Object(fields) => TemplateValue::from_pairs(
            fields
                .iter()
                .map(|(name, value)| (name.as_str(), template_value(value))),
        ),
    }
}

fn content(report: &Report) -> Json {
    let wording = report.wording();
    let block = |block: &Block| match block {
        Block::Figures(figures) => {
            json!({ "kind": "figures", "items": figures.iter().map(|figure| self::figure(figure, &wording)).collect::<Vec<_>>() })
        }
        Block::Chart(chart) => bars(chart, &wording),
        Block::Table(table) => self::table(table, &wording),
        Block::Matrix(matrix) => self::matrix(matrix, &wording),
        Block::Nothing(text) => json!({ "kind": "nothing", "text": text }),
    };
    json!({
        "lang": report.locale.tag(),
        "organisation": report.organisation,
        "title": report.title,
        "subtitle": report.subtitle,
        "facts": report.facts().into_iter().map(|(label, value)| json!({ "label": label, "value": value })).collect::<Vec<_>>(),
        "attached": wording.word(Word::Attached),
        "footer": wording.word(Word::MadeBy),
        "sections": report.sections.iter().map(|section| json!({
            "title": section.title,
            "note": section.note,
            "blocks": section.blocks.iter().map(block).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn figure(figure: &Figure, wording: &Wording<'_>) -> Json {
    json!({
        "label": figure.label,
        "value": wording.value(&figure.value, figure.format),
        "change": figure.change.map(|change| wording.change(change)),
        "compared": figure.compared,
        "color": match figure.change {
            Some(change) if change >= 0.0005 => "#2e7d4f",
            Some(change) if change <= -0.0005 => "#b23b3b",
            _ => "#66737f",
        },
    })
}

/// Mail programs show no SVG: a chart becomes horizontal bars made of table cells, stacked by series.
fn bars(chart: &Chart, wording: &Wording<'_>) -> Json {
    let color = |at: usize| {
        let color = PALETTE[at % PALETTE.len()];
        format!("#{:02x}{:02x}{:02x}", color.0, color.1, color.2)
    };
    let at = |category: usize| -> Vec<f64> {
        chart
            .series
            .iter()
            .map(|series| series.values.get(category).copied().unwrap_or(0.0).max(0.0))
            .collect()
    };
    let highest = (0..chart.categories.len())
        .map(|category| at(category).iter().sum::<f64>())
        .fold(0.0, f64::max);
    let bars: Vec<Json> = chart
        .categories
        .iter()
        .enumerate()
        .map(|(category, label)| {
            let values = at(category);
            let total: f64 = values.iter().sum();
            let parts: Vec<Json> = values
                .iter()
                .enumerate()
                .filter(|(_, value)| **value > 0.0)
                .map(|(series, value)| json!({ "width": format!("{:.1}", 100.0 * value / total), "color": color(series) }))
                .collect();
            let width = if highest > 0.0 { (100.0 * total / highest).max(1.0) } else { 1.0 };
            json!({ "label": label, "width": format!("{width:.1}"), "parts": parts, "value": wording.number(total, chart.format) })
        })
        .collect();
    let legend: Vec<Json> = if chart.series.len() < 2 {
        Vec::new()
    } else {
        chart
            .series
            .iter()
            .enumerate()
            .map(|(at, series)| json!({ "name": series.name, "color": color(at) }))
            .collect()
    };
    json!({ "kind": "bars", "bars": bars, "legend": legend })
}

fn table(table: &Table, wording: &Wording<'_>) -> Json {
    let written = |row: &Vec<_>| -> Vec<String> {
        row.iter()
            .zip(&table.columns)
            .map(|(value, column)| wording.value(value, column.format))
            .collect()
    };
    let align = |format: Format| match format {
        Format::Date | Format::Month => "center",
        format if format.is_number() => "right",
        _ => "left",
    };
    json!({
        "kind": "table",
        "title": table.title,
        "columns": table.columns.iter().map(|column| json!({ "label": column.label, "align": align(column.format) })).collect::<Vec<_>>(),
        "rows": table.rows.iter().map(written).collect::<Vec<_>>(),
        "total": table.total.as_ref().map(written),
    })
}

fn matrix(matrix: &Matrix, wording: &Wording<'_>) -> Json {
    let cell = |cell: &Option<crate::report::MatrixCell>| match cell {
        Some(cell) => {
            let (background, dark) = shade::of(cell.shade);
            json!({
                "text": wording.number(cell.value, matrix.format),
                "detail": cell.detail.zip(matrix.detail_format).map(|(detail, format)| wording.number(detail, format)),
                "background": format!("#{background:06x}"),
                "color": if dark { "#ffffff" } else { "#1b2733" },
            })
        }
        None => json!({ "text": "", "detail": null, "background": null, "color": null }),
    };
    json!({
        "kind": "matrix",
        "title": matrix.title,
        "corner": matrix.corner,
        "lead": matrix.lead.iter().map(|(label, _)| label).collect::<Vec<_>>(),
        "columns": matrix.columns,
        "rows": matrix.rows.iter().map(|row| json!({
            "label": row.label,
            "lead": matrix.lead.iter().zip(&row.lead).map(|((_, format), value)| wording.value(value, *format)).collect::<Vec<_>>(),
            "cells": row.cells.iter().map(cell).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "legend": matrix.legend,
    })
}
