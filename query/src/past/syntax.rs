//! `FROM crm.sales_order FOR SYSTEM_TIME AS OF TIMESTAMP '2026-03-01'`.
//!
//! The grammar of Postgres has no such clause, and the planner would pass over one. So the clause is
//! taken out of the text before it is parsed, and its moment becomes part of the table's name, which
//! the schemas resolve: `crm."sales_order@2026-03-01T00:00:00Z" AS sales_order`.

use std::borrow::Cow;

use basalt_warehouse::AsOf;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::keywords::{Keyword, RESERVED_FOR_TABLE_ALIAS};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word};

use super::{MARK, moment};
use crate::error::{Error, Past, Result};

/// The text with its clauses moved into the names; unchanged when it has none. Moments that name no
/// offset are in `zone`.
///
/// # Errors
/// [`Past::Unreadable`] for a clause whose moment is not written out.
pub(crate) fn rewrite<'a>(sql: &'a str, zone: &str) -> Result<Cow<'a, str>> {
    // Text that does not even fall into tokens is for the parser to complain about.
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location() else {
        return Ok(Cow::Borrowed(sql));
    };
    let tokens: Vec<_> = tokens
        .into_iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .collect();
    let mut edits = Vec::new();
    for at in 1..tokens.len() {
        let Some(kind) = clause(&tokens[at..]) else {
            continue;
        };
        let Token::Word(table) = &tokens[at - 1].token else {
            continue;
        };
        let (as_of, length) = value(kind, &tokens[at + CLAUSE..], zone)?;
        let end = at + CLAUSE + length;
        edits.push((
            tokens[at - 1].span.start,
            tokens[at - 1].span.end,
            quoted(&format!("{}{MARK}{}", folded(table), moment::write(as_of))),
        ));
        let alias = if is_alias(tokens.get(end)) {
            String::new()
        } else {
            format!("AS {}", quoted(&folded(table)))
        };
        edits.push((tokens[at].span.start, tokens[end - 1].span.end, alias));
    }
    if edits.is_empty() {
        return Ok(Cow::Borrowed(sql));
    }
    Ok(Cow::Owned(spliced(sql, &edits)))
}

/// Tokens of `FOR … AS OF`.
const CLAUSE: usize = 4;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Time,
    Version,
}

fn clause(tokens: &[TokenWithSpan]) -> Option<Kind> {
    let [opening, kind, r#as, of, ..] = tokens else {
        return None;
    };
    let fits = keyword(opening) == Keyword::FOR
        && keyword(r#as) == Keyword::AS
        && keyword(of) == Keyword::OF;
    match keyword(kind) {
        Keyword::SYSTEM_TIME | Keyword::TIMESTAMP if fits => Some(Kind::Time),
        Keyword::VERSION if fits => Some(Kind::Version),
        _ => None,
    }
}

/// The moment, and of how many tokens it is made.
fn value(kind: Kind, tokens: &[TokenWithSpan], zone: &str) -> Result<(AsOf, usize)> {
    let written: Vec<&Token> = tokens.iter().take(2).map(|token| &token.token).collect();
    match (kind, written.as_slice()) {
        (Kind::Version, [Token::Number(version, _), ..]) => {
            Ok((moment::read(&format!("v{version}"), zone)?, 1))
        }
        (Kind::Time, [Token::SingleQuotedString(text), ..]) => Ok((instant_or_lsn(text, zone)?, 1)),
        (Kind::Time, [Token::Word(word), Token::SingleQuotedString(text)])
            if matches!(
                word.value.to_ascii_lowercase().as_str(),
                "timestamp" | "timestamptz" | "date" | "lsn"
            ) =>
        {
            Ok((instant_or_lsn(text, zone)?, 2))
        }
        _ => Err(unreadable(
            &written
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" "),
        )),
    }
}

fn instant_or_lsn(text: &str, zone: &str) -> Result<AsOf> {
    match moment::read(text, zone)? {
        AsOf::Version(_) => Err(unreadable(text)),
        at => Ok(at),
    }
}

fn unreadable(text: &str) -> Error {
    Error::Past(Past::Unreadable(text.to_owned()))
}

fn keyword(token: &TokenWithSpan) -> Keyword {
    match &token.token {
        Token::Word(word) => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

/// Does a name for the table follow?
fn is_alias(token: Option<&TokenWithSpan>) -> bool {
    let Some(Token::Word(word)) = token.map(|token| &token.token) else {
        return false;
    };
    word.quote_style.is_some()
        || word.keyword == Keyword::AS
        || !RESERVED_FOR_TABLE_ALIAS.contains(&word.keyword)
}

/// The name as the planner would fold it.
fn folded(word: &Word) -> String {
    match word.quote_style {
        Some(_) => word.value.clone(),
        None => word.value.to_lowercase(),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `sql` with pieces of it replaced; the edits come in order.
fn spliced(sql: &str, edits: &[(Location, Location, String)]) -> String {
    let mut text = String::with_capacity(sql.len() + 32 * edits.len());
    let mut edits = edits.iter();
    let mut edit = edits.next();
    let mut here = Location::new(1, 1);
    for character in sql.chars() {
        while let Some((_, end, new)) = edit
            && here == *end
        {
            text.push_str(new);
            edit = edits.next();
        }
        if edit.is_none_or(|(start, _, _)| here < *start) {
            text.push(character);
        }
        if character == '\n' {
            here = Location::new(here.line + 1, 1);
        } else {
            here.column += 1;
        }
    }
    if let Some((_, _, new)) = edit {
        text.push_str(new);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str) -> String {
        rewrite(sql, "Asia/Shanghai").expect(sql).into_owned()
    }

    #[test]
    fn the_moment_becomes_part_of_the_name() {
        let day = "\"t@2026-02-28T16:00:00Z\"";
        assert_eq!(
            of("select * from crm.t for system_time as of timestamp '2026-03-01' where t.a = 1"),
            format!("select * from crm.{day} AS \"t\" where t.a = 1")
        );
        assert_eq!(
            of("select * from T FOR SYSTEM_TIME\n AS OF '2026-03-01' AS x"),
            format!("select * from {day}  AS x")
        );
        assert_eq!(
            of(
                "select * from t for timestamp as of date '2026-03-01' x join \"U\" for version as of 7 on true"
            ),
            format!("select * from {day}  x join \"U@v7\" AS \"U\" on true")
        );
        assert_eq!(
            of("(select '您好', 1 from t for system_time as of lsn '1/AB')"),
            "(select '您好', 1 from \"t@1/AB\" AS \"t\")"
        );
        assert_eq!(
            of("select 1 from t for version as of 1;\nselect 2 from t for version as of 2"),
            "select 1 from \"t@v1\" AS \"t\";\nselect 2 from \"t@v2\" AS \"t\""
        );
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for sql in [
            "select 'x for version as of 1' from t -- for version as of 1",
            "select version as of, substring('abc' for 2) from t",
            "select * from t for update",
            "this is 'not SQL",
            "",
        ] {
            assert!(matches!(rewrite(sql, "UTC"), Ok(Cow::Borrowed(same)) if same == sql));
        }
    }

    #[test]
    fn a_moment_must_be_written_out() {
        for sql in [
            "select * from t for system_time as of now()",
            "select * from t for system_time as of $1",
            "select * from t for system_time as of",
            "select * from t for system_time as of 'v3'",
            "select * from t for version as of '3'",
            "select * from t for version as of 1.5",
        ] {
            assert!(
                matches!(rewrite(sql, "UTC"), Err(Error::Past(Past::Unreadable(_)))),
                "{sql}"
            );
        }
    }
}
