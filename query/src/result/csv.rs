//! An answer as CSV.

use serde_json::Value;

use super::{QueryResult, json};
use crate::error::{Error, Result};

pub(super) fn write(result: &QueryResult) -> Result<String> {
    let mut out = String::new();
    line(
        &mut out,
        result
            .schema
            .fields()
            .iter()
            .map(|field| cell(field.name(), true)),
    );
    for batch in &result.batches {
        let columns = batch
            .columns()
            .iter()
            .map(|column| Ok((json::column(column)?, is_text(column.data_type()))))
            .collect::<Result<Vec<_>, arrow::error::ArrowError>>()
            .map_err(|error| Error::Internal(error.to_string()))?;
        for row in 0..batch.num_rows() {
            line(
                &mut out,
                columns.iter().map(|(values, text)| match &values[row] {
                    Value::Null => String::new(),
                    Value::String(value) => cell(value, *text),
                    other => cell(&other.to_string(), false),
                }),
            );
        }
    }
    Ok(out)
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&cell);
    }
    out.push_str("\r\n");
}

/// Quotes where CSV needs it. Text that begins like a formula is defused; numbers stay numbers.
fn cell(value: &str, text: bool) -> String {
    let formula = text && value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let value = if formula {
        format!("'{value}")
    } else {
        value.to_owned()
    };
    if value.contains([',', '"', '\n', '\r']) || value.is_empty() {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value
    }
}

fn is_text(data_type: &arrow::datatypes::DataType) -> bool {
    data_type.is_string() || data_type.is_nested()
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_and_formulas_defused() {
        assert_eq!(cell("a,b", true), "\"a,b\"");
        assert_eq!(cell("say \"hi\"", true), "\"say \"\"hi\"\"\"");
        assert_eq!(cell("=1+1", true), "'=1+1");
        assert_eq!(cell("-12.50", false), "-12.50");
        assert_eq!(cell("", true), "\"\"");
    }
}
