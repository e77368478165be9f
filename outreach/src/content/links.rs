//! The links of a mail: found once in the template, replaced by signed addresses for each person.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};

/// A destination in the order it stands in the template. Its index is the `link` of a click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub url: String,
}

/// A link that can't be tracked safely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLink {
    pub href: String,
    pub problem: BadLinkProblem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLinkProblem {
    /// Not an absolute http or https address, and not one of the kinds that are left alone.
    NotAbsolute,
    /// A script or data address.
    Forbidden,
    /// Personal values inside an address would let a value choose where people are sent.
    Personal,
}

static HREF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?is)(<a\b[^>]*?\bhref\s*=\s*)(?:"([^"]*)"|'([^']*)')"#)
        .expect("the pattern is constant")
});

static UNSUBSCRIBE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*\{\{-?\s*unsubscribe_url\s*-?\}\}\s*$").expect("the pattern is constant")
});

/// The template with `{{ link_urls[n] }}` in place of every web address, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    pub html: String,
    pub links: Vec<Link>,
    pub bad: Vec<BadLink>,
    pub has_unsubscribe: bool,
}

/// Rewrites the anchors of `html`. `mailto:`, `tel:` and in-page anchors stay as they are.
pub fn rewrite(html: &str) -> Rewritten {
    let mut links: Vec<Link> = Vec::new();
    let mut bad = Vec::new();
    let mut has_unsubscribe = false;
    let html = HREF.replace_all(html, |found: &Captures<'_>| {
        let href = found
            .get(2)
            .or_else(|| found.get(3))
            .map_or("", |m| m.as_str());
        let href = unescape(href.trim());
        if UNSUBSCRIBE.is_match(&href) {
            has_unsubscribe = true;
            return found[0].to_owned();
        }
        match destination(&href) {
            Destination::Web(url) => {
                let index = links
                    .iter()
                    .position(|link| link.url == url)
                    .unwrap_or_else(|| {
                        links.push(Link { url });
                        links.len() - 1
                    });
                format!("{}\"{{{{ link_urls[{index}] }}}}\"", &found[1])
            }
            Destination::LeftAlone => found[0].to_owned(),
            Destination::Bad(problem) => {
                bad.push(BadLink { href, problem });
                found[0].to_owned()
            }
        }
    });
    Rewritten {
        html: html.into_owned(),
        links,
        bad,
        has_unsubscribe,
    }
}

enum Destination {
    Web(String),
    LeftAlone,
    Bad(BadLinkProblem),
}

fn destination(href: &str) -> Destination {
    if href.contains("{{") || href.contains("{%") {
        return Destination::Bad(BadLinkProblem::Personal);
    }
    if href.starts_with('#') {
        return Destination::LeftAlone;
    }
    match url::Url::parse(href) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => {
            Destination::Web(url.into())
        }
        Ok(url) if matches!(url.scheme(), "mailto" | "tel") => Destination::LeftAlone,
        Ok(_) => Destination::Bad(BadLinkProblem::Forbidden),
        Err(_) => Destination::Bad(BadLinkProblem::NotAbsolute),
    }
}

/// The five entities that occur inside attribute values.
fn unescape(attribute: &str) -> String {
    attribute
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_become_numbered_links_and_equal_ones_share_a_number() {
        let found = rewrite(
            r#"<a class="b" href="https://shop.test/a?x=1&amp;y=2">A</a><a href='https://shop.test/b'>B</a>
               <a href="https://shop.test/a?x=1&amp;y=2">A again</a>"#,
        );
        assert_eq!(
            found.links,
            [
                Link {
                    url: "https://shop.test/a?x=1&y=2".into()
                },
                Link {
                    url: "https://shop.test/b".into()
                }
            ]
        );
        assert_eq!(found.html.matches("{{ link_urls[0] }}").count(), 2);
        assert_eq!(found.html.matches("{{ link_urls[1] }}").count(), 1);
        assert!(found.bad.is_empty());
    }

    #[test]
    fn the_unsubscribe_link_is_recognised_and_kept() {
        let found = rewrite(r#"<a href="{{ unsubscribe_url }}">leave</a>"#);
        assert!(found.has_unsubscribe);
        assert!(found.links.is_empty());
        assert!(!rewrite("<p>{{ unsubscribe_url }}</p>").has_unsubscribe);
    }

    #[test]
    fn other_kinds_are_left_alone_or_named_as_bad() {
        let found = rewrite(
            r##"<a href="mailto:a@b.test">m</a><a href="#top">t</a><a href="javascript:alert(1)">j</a>
               <a href="/page">r</a><a href="https://{{ customer.website }}/">p</a>"##,
        );
        assert!(found.links.is_empty());
        let problems: Vec<_> = found.bad.iter().map(|bad| bad.problem).collect();
        assert_eq!(
            problems,
            [
                BadLinkProblem::Forbidden,
                BadLinkProblem::NotAbsolute,
                BadLinkProblem::Personal
            ]
        );
    }
}
