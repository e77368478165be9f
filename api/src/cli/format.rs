//! How rows are printed: a table for people, CSV and JSON for programs.

use clap::ValueEnum;
use serde_json::Value;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Table,
    Csv,
    Json,
}

/// Prints rows (arrays, one value a column).
pub fn print(format: Format, columns: &[String], rows: &[Value]) -> anyhow::Result<()> {
    match format {
        Format::Table => print!("{}", table(columns, rows)),
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(std::io::stdout().lock());
            writer.write_record(columns)?;
            for row in rows {
                writer.write_record(cells(row).map(|cell| neutral(&text(cell))))?;
            }
            writer.flush()?;
        }
        Format::Json => {
            let objects: Vec<Value> = rows
                .iter()
                .map(|row| {
                    columns
                        .iter()
                        .cloned()
                        .zip(cells(row).cloned())
                        .collect::<serde_json::Map<_, _>>()
                        .into()
                })
                .collect();
            println!("{}", serde_json::to_string_pretty(&objects)?);
        }
    }
    Ok(())
}

fn table(columns: &[String], rows: &[Value]) -> String {
    let lines: Vec<Vec<String>> = rows
        .iter()
        .map(|row| cells(row).map(text).collect())
        .collect();
    let mut widths: Vec<usize> = columns.iter().map(|name| width(name)).collect();
    for line in &lines {
        for (at, cell) in line.iter().enumerate().take(widths.len()) {
            widths[at] = widths[at].max(width(cell));
        }
    }
    let numeric: Vec<bool> = (0..columns.len())
        .map(|at| {
            rows.iter().any(|row| row[at].is_number())
                && rows
                    .iter()
                    .all(|row| row[at].is_number() || row[at].is_null())
        })
        .collect();
    let mut out = String::new();
    let mut put = |cells: &[String]| {
        for (at, cell) in cells.iter().enumerate().take(widths.len()) {
            let gap = " ".repeat(widths[at].saturating_sub(width(cell)));
            let last = at + 1 == widths.len();
            match (numeric[at], last) {
                (true, _) => out.extend([gap.as_str(), cell, if last { "" } else { "  " }]),
                (false, true) => out.push_str(cell),
                (false, false) => out.extend([cell.as_str(), &gap, "  "]),
            }
        }
        out.push('\n');
    };
    put(columns);
    put(&widths.iter().map(|w| "─".repeat(*w)).collect::<Vec<_>>());
    for line in &lines {
        put(line);
    }
    out.push_str(&format!(
        "({} {})\n",
        rows.len(),
        if rows.len() == 1 { "row" } else { "rows" }
    ));
    out
}

fn cells(row: &Value) -> impl Iterator<Item = &Value> {
    row.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Columns on a terminal: Han characters and full-width signs take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if matches!(c as u32, 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x20000..=0x3fffd) { 2 } else { 1 }).sum()
}

/// A cell that a spreadsheet would run as a formula gets an apostrophe. Numbers stay numbers.
fn neutral(cell: &str) -> String {
    let formula =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    if formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_line_up_with_wide_characters() {
        let shown = table(
            &["name".into(), "n".into()],
            &[json!(["华东", 12]), json!(["east", 3])],
        );
        assert_eq!(shown, "name   n\n────  ──\n华东  12\neast   3\n(2 rows)\n");
    }

    #[test]
    fn formulas_are_neutralised_and_numbers_kept() {
        assert_eq!(neutral("=1+1"), "'=1+1");
        assert_eq!(neutral("-12.5"), "-12.5");
    }
}
