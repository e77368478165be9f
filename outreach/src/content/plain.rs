//! The plain-text part of a mail, derived from its HTML. Works on the template, before personal
//! values are put in, so that `{{ … }}` and `{% … %}` pass through untouched.

/// Text of `html`: one line a block, links written out as `label (address)`, images by their
/// alternative text; style sheets, comments and the head are dropped.
pub fn from_html(html: &str) -> String {
    let mut text = Text::default();
    let mut rest = html;
    let mut anchors: Vec<Option<String>> = Vec::new();
    while let Some(start) = rest.find('<') {
        text.push(&rest[..start]);
        let tag = &rest[start..];
        if let Some(comment) = tag.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(end) = tag_end(tag) else {
            text.push(tag);
            rest = "";
            break;
        };
        let (inner, after) = (&tag[1..end], &tag[end + 1..]);
        rest = after;
        let closing = inner.starts_with('/');
        let name: String = inner
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        match name.as_str() {
            "head" | "style" | "script" | "title" if !closing => {
                let close = format!("</{name}");
                let lowered = rest.to_ascii_lowercase();
                rest = match lowered.find(&close) {
                    Some(at) => rest[at..].find('>').map_or("", |end| &rest[at + end + 1..]),
                    None => "",
                };
            }
            "a" if !closing => anchors.push(attribute(inner, "href")),
            "a" => {
                if let Some(Some(href)) = anchors.pop() {
                    let href = decode(&href);
                    if !href.starts_with('#') && !text.ends_with(&href) {
                        text.push_raw(&format!(" ({href})"));
                    }
                }
            }
            "img" => {
                if let Some(alt) = attribute(inner, "alt").filter(|alt| !alt.trim().is_empty()) {
                    text.push(&alt);
                }
            }
            "br" => text.line_break(),
            "li" if !closing => {
                text.line_break();
                text.push_raw("- ");
            }
            "p" | "div" | "tr" | "table" | "ul" | "ol" | "li" | "h1" | "h2" | "h3" | "h4"
            | "h5" | "h6" | "section" | "blockquote" | "hr" => text.line_break(),
            "td" | "th" if closing => text.push(" "),
            _ => {}
        }
    }
    text.push(rest);
    text.finish()
}

/// The `>` that ends the tag at the start of `tag`, quotes and template expressions respected.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in tag.char_indices().skip(1) {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let lowered = tag.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lowered[from..].find(name) {
        let at = from + found;
        from = at + name.len();
        let before = lowered[..at].chars().next_back();
        let after = lowered[from..].trim_start();
        if !before.is_some_and(char::is_whitespace) || !after.starts_with('=') {
            continue;
        }
        let value = tag[tag.len() - after.len() + 1..].trim_start();
        let quote = value.chars().next()?;
        return if matches!(quote, '"' | '\'') {
            value[1..].split(quote).next().map(str::to_owned)
        } else {
            value.split_whitespace().next().map(str::to_owned)
        };
    }
    None
}

fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest
            .find(';')
            .filter(|end| *end <= 10)
            .map(|end| &rest[1..end]);
        match entity.and_then(character) {
            Some(c) => {
                out.push(c);
                rest = &rest[entity.map_or(0, str::len) + 2..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "zwnj" | "shy" => '\u{200c}',
        "copy" => '©',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "rarr" => '→',
        _ => {
            let code = entity.strip_prefix('#')?;
            let number = match code.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => code.parse().ok()?,
            };
            char::from_u32(number)?
        }
    })
}

#[derive(Default)]
struct Text {
    lines: Vec<String>,
    line: String,
}

impl Text {
    /// HTML text: entities decoded, white space collapsed.
    fn push(&mut self, html: &str) {
        for c in decode(html).chars() {
            if c == '\u{200c}' {
                continue;
            }
            if c.is_whitespace() {
                if !self.line.is_empty() && !self.line.ends_with(' ') {
                    self.line.push(' ');
                }
            } else {
                self.line.push(c);
            }
        }
    }

    fn push_raw(&mut self, text: &str) {
        if text.starts_with(' ') && self.line.ends_with(' ') {
            self.line.push_str(text.trim_start());
        } else {
            self.line.push_str(text);
        }
    }

    fn ends_with(&self, suffix: &str) -> bool {
        self.line.trim_end().ends_with(suffix)
    }

    fn line_break(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end();
        if !line.is_empty() {
            self.lines.push(line.to_owned());
        }
    }

    fn finish(mut self) -> String {
        self.line_break();
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_lines_and_links_are_written_out() {
        let html = r#"<html><head><title>t</title><style>p{color:red}</style></head><body>
            <!-- hidden <b>comment</b> --><h1>Hello&nbsp;{{ contact.name }} &amp; co</h1>
            <p>Spring
               offer:<br/>half price</p><div><a href="{{ link_urls[0] }}">Shop <b>now</b></a></div>
            <img alt="A basalt column" src="x"><ul><li>one</li><li>two</li></ul></body></html>"#;
        assert_eq!(
            from_html(html),
            "Hello {{ contact.name }} & co\nSpring offer:\nhalf price\nShop now ({{ link_urls[0] }})\nA basalt column\n- one\n- two\n"
        );
    }

    #[test]
    fn broken_html_loses_nothing_and_does_not_panic() {
        assert_eq!(from_html("a < b"), "a < b\n");
        assert_eq!(from_html("<p>x</p"), "x</p\n");
        assert_eq!(from_html("<!-- open"), "\n");
        assert_eq!(from_html("&#x4f60;&#22909; &bogus; &"), "你好 &bogus; &\n");
    }
}
