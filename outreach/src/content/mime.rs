//! From a rendered mail to the bytes on the wire: addresses, unsubscribe headers, both parts.

use std::time::SystemTime;

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::{Address, address::Envelope as SmtpEnvelope};

use super::template::Rendered;

/// Who a run is sent by.
#[derive(Debug, Clone)]
pub struct Sender {
    pub name: Option<String>,
    pub address: Address,
    /// The domain of the return path; `None` means the domain of `address`.
    pub return_domain: Option<String>,
}

/// What is particular to one message besides its content.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// Name of the recipient as shown in `To`.
    pub to_name: Option<&'a str>,
    pub to: &'a Address,
    /// `Message-ID` without angle brackets, as it stands in the ledger.
    pub message_ref: &'a str,
    /// The token of the message; also makes the return path unique (VERP).
    pub token: &'a str,
    pub unsubscribe_url: &'a str,
    pub at: SystemTime,
}

/// A composed mail, ready for SMTP.
#[derive(Debug)]
pub struct Composed {
    pub envelope: SmtpEnvelope,
    pub bytes: Vec<u8>,
}

/// Why a mail could not be composed.
#[derive(Debug, thiserror::Error)]
#[error("the mail can't be composed: {0}")]
pub struct ComposeError(String);

/// Puts the mail together. RFC 8058: `List-Unsubscribe` and `List-Unsubscribe-Post` are always present.
pub fn compose(
    sender: &Sender,
    mail: Rendered,
    to: Envelope<'_>,
) -> Result<Composed, ComposeError> {
    let fault = |error: &dyn std::fmt::Display| ComposeError(error.to_string());
    let return_domain = sender
        .return_domain
        .as_deref()
        .unwrap_or_else(|| sender.address.domain());
    let return_path = Address::new(format!("bounce+{}", to.token), return_domain)
        .map_err(|error| fault(&error))?;
    let envelope =
        SmtpEnvelope::new(Some(return_path), vec![to.to.clone()]).map_err(|error| fault(&error))?;
    let message = Message::builder()
        .from(Mailbox::new(sender.name.clone(), sender.address.clone()))
        .to(Mailbox::new(to.to_name.map(one_line), to.to.clone()))
        .subject(mail.subject)
        .date(to.at)
        .message_id(Some(format!("<{}>", to.message_ref)))
        .header(ListUnsubscribe(format!("<{}>", to.unsubscribe_url)))
        .header(ListUnsubscribePost)
        .envelope(envelope.clone())
        .multipart(MultiPart::alternative_plain_html(mail.text, mail.html))
        .map_err(|error| fault(&error))?;
    Ok(Composed {
        envelope,
        bytes: message.formatted(),
    })
}

fn one_line(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }
    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

#[derive(Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_carries_both_parts_and_the_unsubscribe_headers() {
        let sender = Sender {
            name: Some("玄武岩 Basalt".into()),
            address: "news@basalt.test".parse().unwrap(),
            return_domain: Some("bounces.basalt.test".into()),
        };
        let to: Address = "li@example.test".parse().unwrap();
        let unsubscribe_url = format!(
            "https://crm.basalt.test/t/u/{}",
            "0123456789abcdef".repeat(4)
        );
        let mail = compose(
            &sender,
            Rendered {
                subject: "春季优惠 for you".into(),
                html: "<p>你好</p>".into(),
                text: "你好\n.\nend".into(),
            },
            Envelope {
                to_name: Some("Li\r\nBcc: evil@x.test"),
                to: &to,
                message_ref: "abc@basalt.test",
                token: "tok",
                unsubscribe_url: &unsubscribe_url,
                at: SystemTime::UNIX_EPOCH,
            },
        )
        .unwrap();
        assert_eq!(
            mail.envelope.from().map(ToString::to_string).as_deref(),
            Some("bounce+tok@bounces.basalt.test")
        );
        let parsed = mail_parser::MessageParser::default()
            .parse(&mail.bytes)
            .unwrap();
        assert_eq!(parsed.subject(), Some("春季优惠 for you"));
        assert_eq!(parsed.message_id(), Some("abc@basalt.test"));
        assert_eq!(parsed.body_text(0).unwrap().trim_end(), "你好\r\n.\r\nend");
        assert!(parsed.body_html(0).unwrap().contains("<p>你好</p>"));
        assert_eq!(
            parsed.header_raw("List-Unsubscribe").map(str::trim),
            Some(format!("<{unsubscribe_url}>").as_str())
        );
        assert_eq!(
            parsed.header_raw("List-Unsubscribe-Post").map(str::trim),
            Some("List-Unsubscribe=One-Click")
        );
        assert!(parsed.header_raw("Bcc").is_none());
    }
}
