//! Mails a rendered report: text and HTML as alternatives, the PDF and the workbook attached.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::{Error, Rendered};

/// Where reports are handed over for sending.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub credentials: Option<(String, String)>,
    /// Sender, such as `Basalt Reports <reports@example.com>`.
    pub from: String,
    /// For the whole conversation.
    pub timeout: Duration,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Only for a server on the same machine.
    None,
    StartTls,
    Tls,
}

/// A mail to one recipient.
pub(crate) struct Letter<'a> {
    pub to_name: &'a str,
    pub to_address: &'a str,
    pub subject: &'a str,
    /// The same at every attempt, so that a repetition can be recognised.
    pub message_id: &'a str,
    pub plain: String,
    pub html: String,
    pub attachments: Vec<Rendered>,
}

/// Sends the letter; returns when the server has taken it.
pub(crate) async fn send(config: &SmtpConfig, letter: Letter<'_>) -> Result<(), Error> {
    let to_address = letter
        .to_address
        .parse::<lettre::Address>()
        .map_err(|error| Error::Mail {
            reason: format!("{} is not a mail address: {error}", letter.to_address),
            permanent: true,
        })?;
    let message = compose(config, letter, to_address)?;
    let transport = transport(config)?;
    let sent = tokio::time::timeout(config.timeout, transport.send(message)).await;
    match sent {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(Error::Mail {
            permanent: error.is_permanent(),
            reason: told(&error),
        }),
        Err(_) => Err(Error::Mail {
            reason: format!(
                "{}:{} did not finish within {:?}",
                config.host, config.port, config.timeout
            ),
            permanent: false,
        }),
    }
}

fn compose(
    config: &SmtpConfig,
    letter: Letter<'_>,
    to_address: lettre::Address,
) -> Result<Message, Error> {
    let unfit = |error: &dyn std::fmt::Display| Error::Mail {
        reason: error.to_string(),
        permanent: true,
    };
    let from = config
        .from
        .parse::<Mailbox>()
        .map_err(|error| unfit(&format!("sender {}: {error}", config.from)))?;
    let mut content =
        MultiPart::mixed().multipart(MultiPart::alternative_plain_html(letter.plain, letter.html));
    for file in letter.attachments {
        let kind = ContentType::parse(file.media_type).map_err(|error| unfit(&error))?;
        content = content.singlepart(attached(file, kind));
    }
    Message::builder()
        .from(from)
        .to(Mailbox::new(Some(letter.to_name.to_owned()), to_address))
        .subject(letter.subject)
        .message_id(Some(letter.message_id.to_owned()))
        .multipart(content)
        .map_err(|error| unfit(&error))
}

fn attached(file: Rendered, kind: ContentType) -> SinglePart {
    Attachment::new(file.file_name).body(file.bytes, kind)
}

fn transport(config: &SmtpConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, Error> {
    let tls = || {
        TlsParameters::new(config.host.clone()).map_err(|error| Error::Mail {
            reason: format!("TLS for {}: {error}", config.host),
            permanent: false,
        })
    };
    let security = match config.security {
        Security::None => Tls::None,
        Security::StartTls => Tls::Required(tls()?),
        Security::Tls => Tls::Wrapper(tls()?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
        .port(config.port)
        .tls(security)
        .timeout(Some(config.timeout));
    if let Some((user, password)) = &config.credentials {
        builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
    }
    Ok(builder.build())
}

/// The error with its causes: lettre says "connection error" and the cause says which.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let words = deeper.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = deeper.source();
    }
    text
}
