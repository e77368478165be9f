//! Names that administrators may give: plain, not taken, not misleading.

use basalt_model::Problem;

/// What run-time names begin with, so that no later version of Basalt collides with them.
pub(super) const PREFIX: &str = "x_";

/// With the prefix; Postgres identifiers end at 63 bytes and suffixes have to fit.
const LONGEST: usize = 40;

/// Words of SQL that analysts would have to quote, and words of the API.
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "delete",
    "desc",
    "distinct",
    "do",
    "drop",
    "else",
    "end",
    "except",
    "exists",
    "false",
    "fetch",
    "filter",
    "for",
    "foreign",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "in",
    "include",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "join",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "primary",
    "references",
    "returning",
    "right",
    "row",
    "rows",
    "select",
    "session_user",
    "set",
    "similar",
    "some",
    "sort",
    "system",
    "table",
    "tablesample",
    "then",
    "to",
    "true",
    "truncate",
    "union",
    "unique",
    "update",
    "user",
    "using",
    "values",
    "view",
    "when",
    "where",
    "window",
    "with",
];

/// The name with its prefix, when it may be given.
pub(super) fn prefixed(given: &str) -> Result<String, Problem> {
    let bare = given.strip_prefix(PREFIX).unwrap_or(given);
    let plain = bare.starts_with(|c: char| c.is_ascii_lowercase())
        && bare.len() + PREFIX.len() <= LONGEST
        && bare
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !bare.ends_with('_')
        && !bare.contains("__");
    if !plain {
        return Err(Problem::new(
            "name",
            "is no name: a small letter, then small letters, digits and single _, at most 38 in all",
            "名称须以小写字母开头，仅含小写字母、数字和单个下划线，最多 38 个字符",
        ));
    }
    if RESERVED.contains(&bare) {
        return Err(Problem::new(
            "reserved",
            format!("is a reserved word: {bare}"),
            format!("是保留字：{bare}"),
        ));
    }
    Ok(format!("{PREFIX}{bare}"))
}

/// The name is in use already.
pub(super) fn taken(what: &str) -> Problem {
    Problem::new(
        "taken",
        format!("is taken: {what}"),
        format!("已被使用：{what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_pass() {
        assert_eq!(prefixed("colour").unwrap(), "x_colour");
        assert_eq!(prefixed("x_colour").unwrap(), "x_colour");
        for wrong in [
            "",
            "x_",
            "1a",
            "Colour",
            "a b",
            "a-b",
            "a__b",
            "a_",
            "é",
            "a\"b",
            &"a".repeat(39),
        ] {
            assert_eq!(prefixed(wrong).unwrap_err().code, "name", "{wrong}");
        }
        for wrong in ["select", "x_order", "user"] {
            assert_eq!(prefixed(wrong).unwrap_err().code, "reserved", "{wrong}");
        }
        assert!(RESERVED.is_sorted());
    }
}
