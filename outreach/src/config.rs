//! What an installation decides about outreach: addresses, secret, mail server, pace and limits.

use std::time::Duration;

use url::Url;

/// Settings of outreach. Everything has a default except the address, the secret and the server.
#[derive(Debug, Clone)]
pub struct OutreachConfig {
    /// Address of this installation as recipients reach it; tracking links start with it.
    pub public_url: Url,
    /// Signs links and salts hashes. Changing it invalidates the links of mails already sent.
    pub secret: Vec<u8>,
    pub smtp: SmtpConfig,
    /// Domain of the return path (`bounce+<token>@…`); `None`: the domain of the sender's address.
    pub return_domain: Option<String>,
    /// No address gets more than this, over all campaigns. `None`: no cap.
    pub frequency_cap: Option<FrequencyCap>,
    /// Messages a second for one run, by each sender process. `None`: as fast as the server takes them.
    pub rate_per_second: Option<f64>,
    /// Messages claimed at once by one lane; also the most that can end as `unknown` when a lane dies.
    pub batch: usize,
    pub retry: RetryPolicy,
    /// How long a sender without work waits before it looks again.
    pub idle_wait: Duration,
}

impl OutreachConfig {
    pub fn new(public_url: Url, secret: Vec<u8>, smtp: SmtpConfig) -> Self {
        Self {
            public_url,
            secret,
            smtp,
            return_domain: None,
            frequency_cap: None,
            rate_per_second: None,
            batch: 200,
            retry: RetryPolicy::default(),
            idle_wait: Duration::from_millis(500),
        }
    }
}

/// At most `messages` accepted mails to one address in `days` days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrequencyCap {
    pub messages: u32,
    pub days: u32,
}

/// When a deferred message is tried again: `first`, doubled each time up to `longest`; after
/// `attempts` tries it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    pub first: Duration,
    pub longest: Duration,
    pub attempts: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(60),
            longest: Duration::from_secs(4 * 3600),
            attempts: 10,
        }
    }
}

impl RetryPolicy {
    /// The wait after try number `attempt` (from 1), or `None` when no try is left.
    pub fn wait_after(&self, attempt: u32) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self
            .first
            .saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        Some(doubled.min(self.longest))
    }
}

/// How the mail server is reached.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    pub login: Option<SmtpLogin>,
    /// Connections held by one sender process.
    pub connections: usize,
    /// For connecting and for every single answer.
    pub timeout: Duration,
    /// Name given in EHLO; `None`: the name of this machine.
    pub hello_name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    None,
    /// Upgrade by STARTTLS, or refuse.
    StartTls,
    /// TLS from the first byte (port 465).
    Implicit,
}

#[derive(Clone)]
pub struct SmtpLogin {
    pub user: String,
    pub password: String,
}

impl std::fmt::Debug for SmtpLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpLogin({}, …)", self.user)
    }
}

/// Why an SMTP address was not understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "\"{0}\" is not a mail server address; expected smtp://, smtp+starttls:// or smtps://[user:password@]host[:port]"
)]
pub struct BadSmtpUrl(String);

impl SmtpConfig {
    /// A server without TLS and sign-in, such as a relay on the same machine.
    pub fn plain(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            tls: SmtpTls::None,
            login: None,
            connections: 8,
            timeout: Duration::from_secs(30),
            hello_name: None,
        }
    }

    /// `smtp://host:25`, `smtp+starttls://user:password@host:587` or `smtps://user:password@host:465`.
    pub fn from_url(text: &str) -> Result<Self, BadSmtpUrl> {
        // The password must not reach a log.
        let shown = text.rsplit_once('@').map_or(text, |(_, host)| host);
        let bad = || BadSmtpUrl(shown.to_owned());
        let url = Url::parse(text).map_err(|_| bad())?;
        let (tls, port) = match url.scheme() {
            "smtp" => (SmtpTls::None, 25),
            "smtp+starttls" => (SmtpTls::StartTls, 587),
            "smtps" => (SmtpTls::Implicit, 465),
            _ => return Err(bad()),
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(bad)?;
        let mut config = Self::plain(host, url.port().unwrap_or(port));
        config.tls = tls;
        if !url.username().is_empty() {
            config.login = Some(SmtpLogin {
                user: percent_decode(url.username()).ok_or_else(bad)?,
                password: percent_decode(url.password().unwrap_or_default()).ok_or_else(bad)?,
            });
        }
        Ok(config)
    }

    /// The server as a person writes it.
    pub fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn percent_decode(text: &str) -> Option<String> {
    // The form decoder reads `+` as a space, which is an ordinary character here.
    let form = format!("v={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(form.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_addresses_are_read() {
        let config = SmtpConfig::from_url("smtp://127.0.0.1:2525").unwrap();
        assert_eq!(
            (config.host.as_str(), config.port, config.tls),
            ("127.0.0.1", 2525, SmtpTls::None)
        );
        assert!(config.login.is_none());

        let config = SmtpConfig::from_url("smtps://news%40basalt.test:p%3A+ss@mail.test").unwrap();
        assert_eq!((config.port, config.tls), (465, SmtpTls::Implicit));
        let login = config.login.unwrap();
        assert_eq!(
            (login.user.as_str(), login.password.as_str()),
            ("news@basalt.test", "p:+ss")
        );

        let error = SmtpConfig::from_url("http://me:secret@mail.test").unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let retry = RetryPolicy {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(5),
            attempts: 5,
        };
        let waits: Vec<_> = (1..=5)
            .map(|n| retry.wait_after(n).map(|w| w.as_secs()))
            .collect();
        assert_eq!(waits, [Some(1), Some(2), Some(4), Some(5), None]);
        assert_eq!(
            RetryPolicy {
                attempts: u32::MAX,
                ..retry
            }
            .wait_after(4_000),
            Some(retry.longest)
        );
    }
}
