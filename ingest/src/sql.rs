//! Quoting of names and literals for the statements that can't bind them.

use basalt_warehouse::TableName;

/// `"name"`, safe as an identifier.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `"schema"."table"`.
pub(crate) fn table(name: &TableName) -> String {
    format!("{}.{}", identifier(&name.schema), identifier(&name.name))
}

/// `'text'`, safe as a literal (with `standard_conforming_strings`, the default since 9.1).
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `"a"."b", "c"."d"`.
pub(crate) fn tables(names: &[TableName]) -> String {
    names.iter().map(table).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(table(&TableName::new("a b", r#"c"d"#)), r#""a b"."c""d""#);
        assert_eq!(literal("o'clock"), "'o''clock'");
    }
}
