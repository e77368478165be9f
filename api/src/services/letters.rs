//! Letters to users, through the configured mail server.

use async_trait::async_trait;
use basalt_oltp::jobs::{Letter, Mailer};
use basalt_outreach::{SmtpConfig, SmtpTls};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::header::ContentType,
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};

/// The mail server, and who letters are from.
pub(super) struct Letters {
    smtp: SmtpConfig,
    from: String,
}

impl Letters {
    pub(super) fn new(smtp: SmtpConfig, domain: &str) -> Self {
        Self {
            smtp,
            from: format!("Basalt <notices@{domain}>"),
        }
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
        let tls = || TlsParameters::new(self.smtp.host.clone()).map_err(|error| error.to_string());
        let security = match self.smtp.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::StartTls => Tls::Required(tls()?),
            SmtpTls::Implicit => Tls::Wrapper(tls()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.smtp.host)
            .port(self.smtp.port)
            .tls(security)
            .timeout(Some(self.smtp.timeout));
        if let Some(login) = &self.smtp.login {
            builder =
                builder.credentials(Credentials::new(login.user.clone(), login.password.clone()));
        }
        Ok(builder.build())
    }
}

#[async_trait]
impl Mailer for Letters {
    async fn send(&self, letter: &Letter) -> Result<(), String> {
        let parse = |address: &str| {
            address
                .parse()
                .map_err(|_| "the address is no e-mail address".to_owned())
        };
        let message = Message::builder()
            .from(parse(&self.from)?)
            .to(parse(&letter.to)?)
            .subject(letter.subject.replace(['\r', '\n'], " "))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|error| error.to_string())?;
        self.transport()?
            .send(message)
            .await
            .map(|_| ())
            .map_err(|error| error.to_string())
    }
}
