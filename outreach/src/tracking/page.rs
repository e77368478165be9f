//! The page behind an unsubscribe link: it asks, and only the button acts.

use basalt_model::Locale;
use serde::Serialize;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnsubscribePage {
    /// The full address; [`shown_address`](Self::shown_address) is what a page shows.
    #[serde(skip)]
    pub address: String,
    pub locale: Locale,
    /// The address gets no mail any more.
    pub done: bool,
}

impl UnsubscribePage {
    /// Enough to recognise one's own address, not enough to learn somebody else's.
    pub fn shown_address(&self) -> String {
        match self.address.split_once('@') {
            Some((name, domain)) => {
                let first: String = name.chars().take(1).collect();
                format!("{first}…@{domain}")
            }
            None => "…".into(),
        }
    }

    /// A complete page; its form posts to the page's own address.
    pub fn html(&self) -> String {
        let (lang, title, text, button) = match (self.locale, self.done) {
            (Locale::En, false) => (
                "en",
                "Unsubscribe",
                "No more mail to {address}?",
                Some("Unsubscribe"),
            ),
            (Locale::En, true) => (
                "en",
                "Unsubscribed",
                "{address} gets no more mail from us.",
                None,
            ),
            (Locale::Zh, false) => ("zh", "退订", "不再向 {address} 发送邮件？", Some("退订")),
            (Locale::Zh, true) => ("zh", "已退订", "我们不会再向 {address} 发送邮件。", None),
        };
        let text = text.replace("{address}", &escaped(&self.shown_address()));
        let form = button.map_or_else(String::new, |button| {
            format!("<form method=\"post\"><button type=\"submit\">{button}</button></form>")
        });
        format!(
            "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\"><title>{title}</title>\
             <style>body{{font:16px/1.6 system-ui,sans-serif;max-width:28rem;margin:15vh auto;padding:0 1rem;color:#1f2937}}\
             button{{font:inherit;padding:.6rem 1.4rem;border:0;border-radius:6px;background:#1f2937;color:#fff;cursor:pointer}}</style>\
             </head><body><h1>{title}</h1><p>{text}</p>{form}</body></html>"
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_in_the_persons_language_and_hides_the_address() {
        let mut page = UnsubscribePage {
            address: "li<b>@example.test".into(),
            locale: Locale::Zh,
            done: false,
        };
        assert!(page.html().contains("退订") && page.html().contains("method=\"post\""));
        assert!(page.html().contains("l…@example.test") && !page.html().contains("<b>"));
        page.done = true;
        assert!(!page.html().contains("<form"));
    }
}
