//! Cells of spreadsheets.

use std::borrow::Cow;

/// A cell that a spreadsheet would take for a formula is written as text.
pub(crate) fn harmless(value: &str) -> Cow<'_, str> {
    let risky = value.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
        && value.parse::<f64>().is_err();
    if risky {
        Cow::Owned(format!("'{value}"))
    } else {
        Cow::Borrowed(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        for risky in ["=1+1", "+cmd", "-x", "@sum", "\t=1", "＝1"] {
            assert_eq!(harmless(risky), format!("'{risky}"));
        }
        for fine in ["-1.5", "+86", "a=b", "", "苏州"] {
            assert_eq!(harmless(fine), fine);
        }
    }
}
