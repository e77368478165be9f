//! One SMTP connection. Unlike a plain "send", it knows at which step a conversation broke, so that
//! "surely not delivered" and "may have been delivered" are never confused.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;

use crate::config::{SmtpConfig, SmtpTls};

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The server took responsibility.
    Accepted { reply: String },
    /// The server asked to try again later (4xx).
    Deferred { code: u16, reply: String },
    /// The server refused for good (5xx).
    Refused { code: u16, reply: String },
    /// The line failed before the message was handed over: surely not delivered.
    Unreachable { problem: String },
    /// The line failed after the message was handed over: nobody can know.
    InDoubt { problem: String },
}

/// A connection that is opened when needed and reopened when it went stale.
pub struct SmtpLine {
    config: SmtpConfig,
    connection: Option<AsyncSmtpConnection>,
    /// The connection has carried a message, so a failure of the next first command may only mean
    /// that the server closed an idle line.
    used: bool,
}

enum Failure {
    /// The server answered with an error code.
    Answered { code: u16, reply: String },
    /// No usable answer.
    Broken(String),
}

impl SmtpLine {
    pub fn new(config: SmtpConfig) -> Self {
        Self {
            config,
            connection: None,
            used: false,
        }
    }

    /// Opens the connection if it is not open; the error says what a person needs to know.
    pub async fn connect(&mut self) -> Result<(), String> {
        if self.connection.is_some() {
            return Ok(());
        }
        let limit = self.config.timeout;
        match tokio::time::timeout(limit, open(&self.config)).await {
            Ok(Ok(connection)) => {
                self.connection = Some(connection);
                self.used = false;
                Ok(())
            }
            Ok(Err(problem)) => Err(format!("{}: {problem}", self.config.server())),
            Err(_) => Err(format!(
                "{}: no answer within {} s",
                self.config.server(),
                limit.as_secs()
            )),
        }
    }

    /// Hands over one message. Never panics, never blocks longer than the configured time-out a step.
    pub async fn deliver(&mut self, envelope: &Envelope, bytes: &[u8]) -> Delivery {
        let stale_possible = self.connection.is_some() && self.used;
        match self.hand_over(envelope, bytes).await {
            Delivery::Unreachable { .. } if stale_possible => self.hand_over(envelope, bytes).await,
            delivery => delivery,
        }
    }

    /// Says good-bye. A broken line is just dropped.
    pub async fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            let _ = tokio::time::timeout(Duration::from_secs(2), connection.quit()).await;
        }
    }

    async fn hand_over(&mut self, envelope: &Envelope, bytes: &[u8]) -> Delivery {
        if let Err(problem) = self.connect().await {
            return Delivery::Unreachable { problem };
        }
        let Some(mut connection) = self.connection.take() else {
            return Delivery::Unreachable {
                problem: "the connection was closed".into(),
            };
        };
        let limit = self.config.timeout;
        match prepare(&mut connection, limit, envelope, bytes).await {
            Err(failure) => self.before_hand_over(connection, failure).await,
            Ok(()) => {
                let answer = match std::str::from_utf8(bytes) {
                    Ok(text) => step(limit, connection.command(Content(text))).await,
                    Err(_) => step(limit, connection.message(bytes)).await,
                };
                match answer {
                    Ok(response) => {
                        self.used = true;
                        self.connection = Some(connection);
                        Delivery::Accepted {
                            reply: reply_of(&response),
                        }
                    }
                    Err(Failure::Answered { code, reply }) => {
                        self.used = true;
                        if code != 421 {
                            self.connection = Some(connection);
                        }
                        answered(code, reply)
                    }
                    Err(Failure::Broken(problem)) => Delivery::InDoubt { problem },
                }
            }
        }
    }

    /// The server has not got the message: keep the line when it can be reset.
    async fn before_hand_over(
        &mut self,
        mut connection: AsyncSmtpConnection,
        failure: Failure,
    ) -> Delivery {
        match failure {
            Failure::Answered { code: 421, reply } => Delivery::Unreachable {
                problem: format!("the server is closing: {reply}"),
            },
            Failure::Answered { code, reply } => {
                if step(self.config.timeout, connection.command(Rset))
                    .await
                    .is_ok()
                {
                    self.used = true;
                    self.connection = Some(connection);
                }
                answered(code, reply)
            }
            Failure::Broken(problem) => Delivery::Unreachable { problem },
        }
    }
}

/// A message and its end as one write. Of two, the second would wait for the server's delayed
/// acknowledgement of the first (Nagle's algorithm): 40 ms a message.
struct Content<'a>(&'a str);

impl std::fmt::Display for Content<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in self.0.split_inclusive('\n') {
            // A line that begins with a dot gets a second one (RFC 5321, section 4.5.2).
            if line.starts_with('.') {
                f.write_str(".")?;
            }
            f.write_str(line)?;
        }
        f.write_str(if self.0.ends_with("\r\n") {
            ".\r\n"
        } else {
            "\r\n.\r\n"
        })
    }
}

fn answered(code: u16, reply: String) -> Delivery {
    if (400..500).contains(&code) {
        Delivery::Deferred { code, reply }
    } else {
        Delivery::Refused { code, reply }
    }
}

async fn open(config: &SmtpConfig) -> Result<AsyncSmtpConnection, String> {
    let hello = config
        .hello_name
        .clone()
        .map_or_else(ClientId::default, ClientId::Domain);
    let tls = || TlsParameters::new(config.host.clone()).map_err(|error| error.to_string());
    let implicit = match config.tls {
        SmtpTls::Implicit => Some(tls()?),
        SmtpTls::None | SmtpTls::StartTls => None,
    };
    let mut connection = AsyncSmtpConnection::connect_tokio1(
        (config.host.as_str(), config.port),
        Some(config.timeout),
        &hello,
        implicit,
        None,
    )
    .await
    .map_err(|error| error.to_string())?;
    if config.tls == SmtpTls::StartTls {
        connection
            .starttls(tls()?, &hello)
            .await
            .map_err(|error| error.to_string())?;
    }
    if let Some(login) = &config.login {
        let credentials = Credentials::new(login.user.clone(), login.password.clone());
        connection
            .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
            .await
            .map_err(|error| format!("sign-in refused: {error}"))?;
    }
    Ok(connection)
}

/// MAIL, RCPT and DATA: everything before the first byte of the message.
async fn prepare(
    connection: &mut AsyncSmtpConnection,
    limit: Duration,
    envelope: &Envelope,
    bytes: &[u8],
) -> Result<(), Failure> {
    let mut parameters = Vec::new();
    if envelope
        .to()
        .iter()
        .chain(envelope.from())
        .any(|address| !AsRef::<str>::as_ref(address).is_ascii())
    {
        if !connection
            .server_info()
            .supports_feature(Extension::SmtpUtfEight)
        {
            return Err(Failure::Answered {
                code: 553,
                reply: "the server can't deliver to addresses with non-ASCII letters (SMTPUTF8)"
                    .into(),
            });
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !bytes.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    step(
        limit,
        connection.command(Mail::new(envelope.from().cloned(), parameters)),
    )
    .await?;
    for to in envelope.to() {
        step(limit, connection.command(Rcpt::new(to.clone(), Vec::new()))).await?;
    }
    step(limit, connection.command(Data)).await?;
    Ok(())
}

async fn step(
    limit: Duration,
    command: impl Future<Output = Result<Response, lettre::transport::smtp::Error>>,
) -> Result<Response, Failure> {
    match tokio::time::timeout(limit, command).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(match error.status() {
            Some(code) => Failure::Answered {
                code: u16::from(code),
                reply: std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), ToString::to_string),
            },
            None => Failure::Broken(error.to_string()),
        }),
        Err(_) => Err(Failure::Broken(format!(
            "no answer within {} s",
            limit.as_secs()
        ))),
    }
}

fn reply_of(response: &Response) -> String {
    response.message().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_doubled_at_the_start_of_lines_and_the_end_comes_once() {
        let sent = |message| Content(message).to_string();
        assert_eq!(sent("a.b\r\n.c\r\n..\r\n"), "a.b\r\n..c\r\n...\r\n.\r\n");
        assert_eq!(sent(".no end"), "..no end\r\n.\r\n");
        assert_eq!(sent(""), "\r\n.\r\n");
    }
}
