//! The one client for every address that a user can give: webhooks, sign-on providers, feeds.
//!
//! - Only `https` and `http` without credentials in the address.
//! - A name is resolved once; every address it has must be a public one, and the request goes to
//!   exactly the addresses that were checked. Redirects are followed by hand and checked anew.
//! - Private addresses are reached only when an administrator has listed them.
//! - Answers are bounded in size and time, and errors don't tell what is inside the network.

mod address;

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Client, Method, StatusCode};
use url::{Host, Url};

pub use address::{Allowed, is_public};

use basalt_model::Principal;

use crate::db::Db;

const REDIRECTS: usize = 4;
const LARGEST_ANSWER: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a request didn't get an answer. The words are for whoever gave the address; what is in the
/// way is not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The address isn't one that requests go to.
    #[error("the address is not allowed")]
    NotAllowed,
    /// There was no answer, or none in time.
    #[error("the address can't be reached")]
    Unreachable,
    /// The answer is too large or redirects too often.
    #[error("the answer can't be taken")]
    Unacceptable,
}

/// A request as it is sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Vec<u8>,
}

/// Sends requests. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    db: Db,
}

impl Outbound {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`OutboundError`], in words that tell nothing of the network.
    pub async fn send(&self, request: Outgoing) -> Result<Answer, OutboundError> {
        tokio::time::timeout(PATIENCE, self.follow(request))
            .await
            .unwrap_or(Err(OutboundError::Unreachable))
    }

    async fn follow(&self, mut request: Outgoing) -> Result<Answer, OutboundError> {
        let allowed = self.allowed().await?;
        for _ in 0..=REDIRECTS {
            let answer = once(&allowed, &request).await?;
            let Some(next) = answer.1 else {
                return Ok(answer.0);
            };
            let next = request
                .url
                .join(&next)
                .map_err(|_| OutboundError::Unacceptable)?;
            if next.origin() != request.url.origin() {
                // What was meant for one host is none of another's business.
                request.headers.remove(reqwest::header::AUTHORIZATION);
            }
            // Only what may be repeated is repeated elsewhere.
            if !matches!(request.method, Method::GET | Method::HEAD) {
                return Err(OutboundError::Unacceptable);
            }
            request.url = next;
        }
        Err(OutboundError::Unacceptable)
    }

    async fn allowed(&self) -> Result<Vec<Allowed>, OutboundError> {
        let entries: Vec<String> = sqlx::query_scalar("select entry from sys.outbound_allow")
            .fetch_all(self.db.pool())
            .await
            .map_err(|error| {
                tracing::error!(%error, "the list of allowed addresses can't be read");
                OutboundError::Unreachable
            })?;
        Ok(entries
            .iter()
            .filter_map(|entry| entry.parse().ok())
            .collect())
    }
}

/// The private addresses that outgoing requests may reach all the same.
///
/// # Errors
/// The database failed.
pub async fn allowed(db: &Db) -> crate::Result<Vec<String>> {
    Ok(
        sqlx::query_scalar("select entry from sys.outbound_allow order by entry")
            .fetch_all(db.pool())
            .await?,
    )
}

/// Sets them.
///
/// # Errors
/// The database failed.
pub async fn set_allowed(db: &Db, by: &Principal, entries: &[String]) -> crate::Result<()> {
    let mut tx = db.begin(by).await?;
    sqlx::query("delete from sys.outbound_allow where entry <> all($1)")
        .bind(entries)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "insert into sys.outbound_allow (entry) select unnest($1::text[]) on conflict do nothing",
    )
    .bind(entries)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// One request to one place; the second part of the answer is where it redirects to.
async fn once(
    allowed: &[Allowed],
    request: &Outgoing,
) -> Result<(Answer, Option<String>), OutboundError> {
    let (host, addresses) = checked(allowed, &request.url).await?;
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(PATIENCE)
        .user_agent(concat!("Basalt/", env!("CARGO_PKG_VERSION")));
    if let Some(name) = host {
        builder = builder.resolve_to_addrs(&name, &addresses);
    }
    let client = builder.build().map_err(|error| {
        tracing::error!(%error, "no client for outgoing requests");
        OutboundError::Unreachable
    })?;
    let mut answer = client
        .request(request.method.clone(), request.url.clone())
        .headers(request.headers.clone())
        .body(request.body.clone())
        .send()
        .await
        .map_err(|error| {
            tracing::debug!(error = %error.without_url(), "an outgoing request failed");
            OutboundError::Unreachable
        })?;
    let status = answer.status();
    let next = answer
        .headers()
        .get(LOCATION)
        .filter(|_| status.is_redirection())
        .and_then(|location| location.to_str().ok())
        .map(str::to_owned);
    let mut body = Vec::new();
    while let Some(chunk) = answer
        .chunk()
        .await
        .map_err(|_| OutboundError::Unreachable)?
    {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(OutboundError::Unacceptable);
        }
        body.extend_from_slice(&chunk);
    }
    Ok((Answer { status, body }, next))
}

/// The name to pin and the addresses to pin it to; no name when the URL holds an address.
async fn checked(
    allowed: &[Allowed],
    url: &Url,
) -> Result<(Option<String>, Vec<SocketAddr>), OutboundError> {
    let port = url
        .port_or_known_default()
        .ok_or(OutboundError::NotAllowed)?;
    if !matches!(url.scheme(), "http" | "https")
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(OutboundError::NotAllowed);
    }
    let host = url.host().ok_or(OutboundError::NotAllowed)?;
    let (name, addresses): (Option<String>, Vec<SocketAddr>) = match host {
        Host::Ipv4(ip) => (None, vec![SocketAddr::new(ip.into(), port)]),
        Host::Ipv6(ip) => (None, vec![SocketAddr::new(ip.into(), port)]),
        Host::Domain(name) => {
            let found = tokio::net::lookup_host((name, port))
                .await
                .map_err(|_| OutboundError::Unreachable)?;
            (Some(name.to_owned()), found.collect())
        }
    };
    let listed = |ip| {
        allowed
            .iter()
            .any(|entry| entry.admits(name.as_deref(), ip, port))
    };
    if addresses.is_empty() {
        return Err(OutboundError::Unreachable);
    }
    // Every address counts: a name with a public and a private one is not to be trusted.
    if addresses
        .iter()
        .all(|address| is_public(address.ip()) || listed(address.ip()))
    {
        Ok((name, addresses))
    } else {
        Err(OutboundError::NotAllowed)
    }
}
