//! A received mail as a person wants to see it.

use chrono::{DateTime, Utc};
use mail_parser::{MessageParser, MimeHeaders as _};
use serde::{Deserialize, Serialize};

use super::Received;

/// A received mail, parsed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MailboxMessage {
    pub id: u64,
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// `From` header; the envelope's sender when the mail has none.
    pub from: String,
    /// Return path of the envelope.
    pub return_path: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    pub subject: String,
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    pub html: Option<String>,
    pub text: Option<String>,
    /// Name and decoded value, in the order they came.
    pub headers: Vec<(String, String)>,
    pub attachments: Vec<MailboxAttachment>,
    /// Size on the wire in bytes.
    pub bytes: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MailboxAttachment {
    pub name: String,
    pub media_type: String,
    /// Size in bytes after decoding.
    pub bytes: usize,
    /// The content; left out of JSON.
    #[serde(skip)]
    pub content: Vec<u8>,
}

impl MailboxMessage {
    /// The first header of this name, any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first web address in the HTML (or text) that starts with `prefix`.
    pub fn link(&self, prefix: &str) -> Option<String> {
        let body = self.html.as_deref().or(self.text.as_deref())?;
        let start = body.find(prefix)?;
        let link = &body[start..];
        let end = link
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')'))
            .unwrap_or(link.len());
        Some(
            link[..end]
                .replace("&amp;", "&")
                .replace("&#x2f;", "/")
                .replace("&#x3d;", "="),
        )
    }

    pub(super) fn parse(received: &Received) -> Self {
        let envelope = &received.envelope;
        let mut message = Self {
            id: envelope.id,
            at: envelope.at,
            from: envelope.from.clone(),
            return_path: envelope.from.clone(),
            to: envelope.to.clone(),
            subject: String::new(),
            message_id: None,
            html: None,
            text: None,
            headers: Vec::new(),
            attachments: Vec::new(),
            bytes: received.bytes.len(),
        };
        let Some(parsed) = MessageParser::default().parse(&received.bytes) else {
            message.text = Some(String::from_utf8_lossy(&received.bytes).into_owned());
            return message;
        };
        if let Some(from) = parsed.from().and_then(|from| from.first()) {
            let address = from.address.as_deref().unwrap_or_default();
            message.from = match from.name.as_deref() {
                Some(name) => format!("{name} <{address}>"),
                None => address.to_owned(),
            };
        }
        message.subject = parsed.subject().unwrap_or_default().to_owned();
        message.message_id = parsed.message_id().map(str::to_owned);
        // Only parts that really are HTML or text: the parser would otherwise derive one from the other.
        message.html = parsed
            .html_bodies()
            .find(|part| part.is_text_html())
            .and_then(|part| part.text_contents().map(str::to_owned));
        message.text = parsed
            .text_bodies()
            .find(|part| part.is_text() && !part.is_text_html())
            .and_then(|part| part.text_contents().map(str::to_owned));
        message.headers = parsed
            .headers()
            .iter()
            .map(|header| {
                let value = header.value().as_text().map_or_else(
                    || {
                        parsed
                            .header_raw(header.name.clone())
                            .unwrap_or_default()
                            .trim()
                            .to_owned()
                    },
                    str::to_owned,
                );
                (header.name().to_owned(), value)
            })
            .collect();
        message.attachments = parsed
            .attachments()
            .map(|part| MailboxAttachment {
                name: part.attachment_name().unwrap_or("attachment").to_owned(),
                media_type: part.content_type().map_or_else(
                    || "application/octet-stream".to_owned(),
                    |kind| match kind.subtype() {
                        Some(subtype) => format!("{}/{subtype}", kind.ctype()),
                        None => kind.ctype().to_owned(),
                    },
                ),
                bytes: part.contents().len(),
                content: part.contents().to_vec(),
            })
            .collect();
        message
    }
}
