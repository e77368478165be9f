//! Rich text made harmless: the text is taken apart and written anew from an allow-list of tags,
//! so that what isn't understood can't survive.

/// Tags that are kept, besides links. None has attributes.
const KEPT: &[&str] = &[
    "p",
    "br",
    "hr",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "s",
    "sub",
    "sup",
    "h1",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
];
/// Tags without content.
const EMPTY: &[&str] = &["br", "hr"];
/// Tags whose content is not for people.
const DROPPED: &[&str] = &[
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "template",
    "noscript",
    "textarea",
    "title",
    "head",
    "svg",
    "math",
    "xmp",
    "plaintext",
    "noembed",
    "noframes",
    "select",
    "option",
    "audio",
    "video",
];
/// What a link may begin with.
const SCHEMES: &[&str] = &["https://", "http://", "mailto:"];
const DEEPEST: usize = 100;

/// The text with nothing but allowed mark-up, all tags closed.
pub fn sanitised(html: &str) -> String {
    let mut writer = Writer {
        out: String::with_capacity(html.len()),
        open: Vec::new(),
    };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        writer.text(&rest[..at]);
        rest = &rest[at..];
        rest = match next(rest) {
            Next::Text => {
                writer.out.push_str("&lt;");
                &rest[1..]
            }
            Next::Nothing(after) => after,
            Next::Open(name, href, after) if DROPPED.contains(&name.as_str()) => {
                let _ = href;
                skip(after, &name)
            }
            Next::Open(name, href, after) => {
                writer.open(&name, href.as_deref());
                after
            }
            Next::Close(name, after) => {
                writer.close(&name);
                after
            }
        };
    }
    writer.text(rest);
    writer.finish()
}

/// Plain text, for search and for one line of a list.
pub fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut within = false;
    for sign in html.chars() {
        match sign {
            '<' => within = true,
            '>' if within => {
                within = false;
                text.push(' ');
            }
            sign if !within => text.push(sign),
            _ => {}
        }
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

struct Writer {
    out: String,
    open: Vec<String>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        escape(text, &mut self.out);
    }

    fn open(&mut self, name: &str, href: Option<&str>) {
        let link = name == "a" && href.is_some();
        if !link && !KEPT.contains(&name) {
            return;
        }
        if EMPTY.contains(&name) {
            self.out.push_str(&format!("<{name}>"));
            return;
        }
        if self.open.len() >= DEEPEST {
            return;
        }
        match href.filter(|_| link) {
            Some(href) => {
                self.out.push_str("<a href=\"");
                escape(href, &mut self.out);
                self.out.push_str("\" rel=\"noopener nofollow\">");
            }
            None => self.out.push_str(&format!("<{name}>")),
        }
        self.open.push(name.to_owned());
    }

    fn close(&mut self, name: &str) {
        if !self.open.iter().any(|open| open == name) {
            return;
        }
        while let Some(open) = self.open.pop() {
            self.out.push_str(&format!("</{open}>"));
            if open == name {
                break;
            }
        }
    }

    fn finish(mut self) -> String {
        while let Some(open) = self.open.pop() {
            self.out.push_str(&format!("</{open}>"));
        }
        self.out
    }
}

/// What stands at a `<`.
enum Next<'a> {
    /// Just the sign.
    Text,
    /// A comment or a declaration.
    Nothing(&'a str),
    Open(String, Option<String>, &'a str),
    Close(String, &'a str),
}

fn next(text: &str) -> Next<'_> {
    let after = &text[1..];
    if let Some(comment) = after.strip_prefix("!--") {
        return Next::Nothing(comment.find("-->").map_or("", |end| &comment[end + 3..]));
    }
    if after.starts_with(['!', '?']) {
        return Next::Nothing(after.find('>').map_or("", |end| &after[end + 1..]));
    }
    let (closing, body) = match after.strip_prefix('/') {
        Some(body) => (true, body),
        None => (false, after),
    };
    if !body.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Next::Text;
    }
    let name_end = body
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == ':'))
        .unwrap_or(body.len());
    let name = body[..name_end].to_ascii_lowercase();
    let Some((href, rest)) = attributes(&body[name_end..]) else {
        return Next::Text;
    };
    if closing {
        Next::Close(name, rest)
    } else {
        Next::Open(name, href, rest)
    }
}

/// The link among a tag's attributes, and what follows the tag; nothing when it has no end.
fn attributes(text: &str) -> Option<(Option<String>, &str)> {
    let mut href = None;
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Some((href, after));
        }
        let name_end = rest.find(|c: char| c.is_whitespace() || "=>/".contains(c))?;
        if name_end == 0 {
            // A stray sign such as `=`.
            let sign = rest.chars().next()?;
            rest = &rest[sign.len_utf8()..];
            continue;
        }
        let name = &rest[..name_end];
        rest = rest[name_end..].trim_start();
        let Some(value) = rest.strip_prefix('=') else {
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next()? {
            quote @ ('"' | '\'') => {
                let inner = &value[1..];
                let end = inner.find(quote)?;
                (&inner[..end], &inner[end + 1..])
            }
            _ => {
                let end = value.find(|c: char| c.is_whitespace() || c == '>')?;
                (&value[..end], &value[end..])
            }
        };
        rest = after;
        if name.eq_ignore_ascii_case("href") && href.is_none() {
            href = safe_link(value);
        }
    }
}

fn safe_link(value: &str) -> Option<String> {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let fits = SCHEMES.iter().any(|scheme| lower.starts_with(scheme))
        && value.len() <= 2000
        && !value.contains(|c: char| c.is_control() || c.is_whitespace());
    fits.then(|| value.to_owned())
}

/// What follows the end of an element that is dropped whole.
fn skip<'a>(text: &'a str, name: &str) -> &'a str {
    let lower = text.to_ascii_lowercase();
    let Some(at) = lower.find(&format!("</{name}")) else {
        return "";
    };
    text[at..].find('>').map_or("", |end| &text[at + end + 1..])
}

/// Escapes what has a meaning in HTML; entities stay as they are.
fn escape(text: &str, out: &mut String) {
    for (at, sign) in text.char_indices() {
        match sign {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '&' if !is_entity(&text[at + 1..]) => out.push_str("&amp;"),
            sign if sign.is_control() && !matches!(sign, '\n' | '\t') => {}
            sign => out.push(sign),
        }
    }
}

fn is_entity(rest: &str) -> bool {
    let Some(end) = rest.find(';').filter(|end| (2..=10).contains(end)) else {
        return false;
    };
    let body = &rest[..end];
    match body.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()),
            None => number.bytes().all(|b| b.is_ascii_digit()),
        },
        None => body.bytes().all(|b| b.is_ascii_alphanumeric()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_allowed_markup_survives() {
        for (given, expected) in [
            ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
            (
                "a < b & c > d &amp; &#8364;",
                "a &lt; b &amp; c &gt; d &amp; &#8364;",
            ),
            ("<p onclick=alert(1) style='x'>x", "<p>x</p>"),
            ("<script>alert(1)</script>after", "after"),
            ("<SCRIPT>alert(1)</ScRiPt >after", "after"),
            ("<script>never closed", ""),
            ("<img src=x onerror=alert(1)>x", "x"),
            ("<div><i>kept</div>", "<i>kept</i>"),
            ("<b><i>x</b>y", "<b><i>x</i></b>y"),
            ("</b>x", "x"),
            (
                "<a href=\"https://a.cn/?a=1&b=2\" onmouseover=x>go</a>",
                "<a href=\"https://a.cn/?a=1&amp;b=2\" rel=\"noopener nofollow\">go</a>",
            ),
            ("<a href='javascript:alert(1)'>x</a>", "x"),
            ("<a href='java&#115;cript:alert(1)'>x</a>", "x"),
            ("<a href=' JaVaScRiPt:alert(1)'>x</a>", "x"),
            ("<a href=\"data:text/html,x\">x</a>", "x"),
            ("<!-- <script> --><p>x</p><!DOCTYPE x>", "<p>x</p>"),
            ("<svg><p onload=x></svg>y", "y"),
            ("<p title='>'>x</p>", "<p>x</p>"),
            ("<b", "&lt;b"),
            ("1<2", "1&lt;2"),
        ] {
            assert_eq!(sanitised(given), expected, "{given}");
        }
        assert_eq!(plain("<p>a &lt; b</p>"), " a < b ");
    }

    proptest! {
        #[test]
        fn whatever_comes_in_only_known_tags_come_out(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("<".to_owned()), Just(">".to_owned()), Just("</".to_owned()), Just("<script".to_owned()),
                    Just("<a href=".to_owned()), Just("javascript:".to_owned()), Just("\"".to_owned()), Just("'".to_owned()),
                    Just(" onload=x".to_owned()), Just("<!--".to_owned()), Just("-->".to_owned()), Just("<p>".to_owned()),
                    Just("https://x.y".to_owned()), Just("&".to_owned()), Just(";".to_owned()), "\\PC{0,6}",
                ],
                0..24,
            )
        ) {
            let out = sanitised(&parts.concat());
            prop_assert_eq!(&sanitised(&out), &out, "harmless text stays as it is");
            let mut rest = out.as_str();
            while let Some(at) = rest.find('<') {
                let end = rest[at..].find('>').map(|end| at + end);
                prop_assert!(end.is_some(), "{}", out);
                let tag = &rest[at + 1..end.unwrap_or(at)];
                let known = KEPT.contains(&tag)
                    || tag.strip_prefix('/').is_some_and(|name| name == "a" || KEPT.contains(&name))
                    || (tag.starts_with("a href=\"http") || tag.starts_with("a href=\"mailto:"))
                        && tag.ends_with("\" rel=\"noopener nofollow\"");
                prop_assert!(known, "{} in {}", tag, out);
                rest = &rest[end.unwrap_or(at) + 1..];
            }
        }
    }
}
