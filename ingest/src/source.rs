//! The source as one URL: options of ordinary sessions and of the replication session.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use basalt_warehouse::{LakeConfig, Lsn};
use pgwire_replication::{PgWireError, ReplicationClient, ReplicationConfig, SslMode, TlsConfig};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{Connection as _, PgConnection, PgPool};
use url::Url;

use crate::error::{Error, Result};

/// Longest wait for a connection or a catalog statement.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Which server the URL leads to; needed to open the lake that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceIdentity {
    pub system_identifier: String,
    pub timeline: u32,
    /// The timelines before it, newest first, each with the position at which it was left (by a
    /// restore to a point in time, or because a standby took over).
    pub ancestors: Vec<(u32, Lsn)>,
}

impl SourceIdentity {
    /// Gives a lake the identity of its source.
    pub fn configure(self, config: &mut LakeConfig) {
        config.source_id = self.system_identifier;
        config.timeline = self.timeline;
        config.ancestors = self.ancestors;
    }

    /// Asks the server at the other end of a session that has not started to stream.
    pub(crate) async fn of(client: &mut ReplicationClient) -> Result<Self, PgWireError> {
        let system = client.identify_system().await?;
        let mut ancestors = Vec::new();
        if system.timeline > 1 {
            let history = client.timeline_history(system.timeline).await?;
            ancestors = ancestors_in(&String::from_utf8_lossy(&history.content));
        }
        Ok(Self {
            system_identifier: system.system_id,
            timeline: system.timeline,
            ancestors,
        })
    }
}

/// Reads a timeline history file: `<timeline> <position> <reason>`, oldest first.
fn ancestors_in(history: &str) -> Vec<(u32, Lsn)> {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let timeline = words.next()?.parse().ok()?;
        Some((timeline, words.next()?.parse().ok()?))
    };
    let mut ancestors: Vec<_> = history.lines().filter_map(line).collect();
    ancestors.reverse();
    ancestors
}

impl std::fmt::Display for SourceIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} on timeline {}",
            self.system_identifier, self.timeline
        )
    }
}

/// A parsed source URL.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    options: PgConnectOptions,
    password: String,
    root_certificate: Option<PathBuf>,
}

impl Source {
    /// Reads a URL as sqlx does; a host that begins with `/` (in the URL or as `?host=`) is a Unix
    /// socket, which is about twice as fast as loopback TCP.
    pub fn parse(text: &str) -> Result<Self> {
        // The text may hold a password: it never goes into an error.
        let url = Url::parse(text).map_err(|error| Error::Url(error.to_string()))?;
        let options = PgConnectOptions::from_str(text)
            .map_err(|error| Error::Url(error.to_string()))?
            .application_name("basalt-ingest");
        let parameter = |names: &[&str]| {
            let mut pairs = url.query_pairs();
            pairs
                .find(|(key, _)| names.contains(&&**key))
                .map(|(_, value)| value.into_owned())
        };
        let password = parameter(&["password"])
            .or_else(|| url.password().map(percent_decoded))
            .or_else(|| std::env::var("PGPASSWORD").ok())
            .unwrap_or_default();
        let root_certificate =
            parameter(&["sslrootcert", "ssl-root-cert", "ssl-ca"]).map(PathBuf::from);
        Ok(Self {
            options,
            password,
            root_certificate,
        })
    }

    /// A pool for catalog questions and copying.
    pub fn pool(&self, connections: u32) -> PgPool {
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(self.options.clone())
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        let options = &self.options;
        options
            .get_database()
            .unwrap_or_else(|| options.get_username())
    }

    /// The same for Postgres' own programs, which read it from the environment: an argument could be
    /// seen by everybody on the machine.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let options = &self.options;
        let host = match options.get_socket() {
            Some(folder) => folder.to_string_lossy().into_owned(),
            None => options.get_host().to_owned(),
        };
        let mut environment = vec![
            ("PGHOST", host),
            ("PGPORT", options.get_port().to_string()),
            ("PGUSER", options.get_username().to_owned()),
            ("PGPASSWORD", self.password.clone()),
            ("PGDATABASE", self.database().to_owned()),
        ];
        if let Some(certificate) = &self.root_certificate {
            environment.push(("PGSSLROOTCERT", certificate.to_string_lossy().into_owned()));
        }
        environment
    }

    /// A session of its own.
    pub async fn connect(&self) -> Result<PgConnection> {
        let connect = PgConnection::connect_with(&self.options);
        Ok(within("connecting to the source", PATIENCE, connect).await??)
    }

    /// Settings of a replication session.
    pub fn replication(&self, slot: &str, publication: &str) -> ReplicationConfig {
        let options = &self.options;
        let host = match options.get_socket() {
            Some(folder) => folder.to_string_lossy().into_owned(),
            None => options.get_host().to_owned(),
        };
        let database = self.database();
        let config = ReplicationConfig::new(
            host,
            options.get_username(),
            &self.password,
            database,
            slot,
            publication,
        )
        .with_port(options.get_port())
        .with_binary(true)
        .with_status_interval(Duration::from_secs(1))
        .with_wakeup_interval(Duration::from_secs(1))
        .with_application_name("basalt-ingest");
        if options.get_socket().is_some() {
            config
        } else {
            config.with_tls(self.tls())
        }
    }

    fn tls(&self) -> TlsConfig {
        let mode = match self.options.get_ssl_mode() {
            PgSslMode::Disable => SslMode::Disable,
            PgSslMode::Allow | PgSslMode::Prefer => SslMode::Prefer,
            PgSslMode::Require => SslMode::Require,
            PgSslMode::VerifyCa => SslMode::VerifyCa,
            PgSslMode::VerifyFull => SslMode::VerifyFull,
        };
        TlsConfig {
            mode,
            ca_pem_path: self.root_certificate.clone(),
            ..TlsConfig::default()
        }
    }

    /// Asks the server who it is.
    pub async fn identify(&self) -> Result<SourceIdentity> {
        let ask = async {
            let mut client =
                ReplicationClient::connect_gated(self.replication("unused", "unused")).await?;
            SourceIdentity::of(&mut client).await
        };
        within("identifying the source", PATIENCE, ask)
            .await?
            .map_err(|error| {
                refused_role(&error, self.options.get_username())
                    .unwrap_or(Error::Replication(error))
            })
    }
}

/// A role without REPLICATION is refused when it connects; say what to do about it.
fn refused_role(error: &PgWireError, role: &str) -> Option<Error> {
    let message = error.to_string();
    (message.contains("must be superuser or replication role")
        || message.contains("permission denied to start WAL sender"))
    .then(|| Error::NoReplicationRight {
        role: crate::sql::identifier(role),
    })
}

/// Gives up on `work` after `patience`.
pub(crate) fn within<T>(
    what: &str,
    patience: Duration,
    work: impl Future<Output = T>,
) -> impl Future<Output = Result<T>> {
    // Boxed at once: database work is large, and callers are awaited deep within others.
    let work = Box::pin(work);
    async move {
        tokio::time::timeout(patience, work)
            .await
            .map_err(|_| Error::Timeout {
                what: what.to_owned(),
                after: patience,
            })
    }
}

fn percent_decoded(text: &str) -> String {
    // `Url` has no decoder of its own; a query pair is decoded, so let it decode this text.
    let mut url = Url::parse("x://x").expect("a constant URL");
    url.set_query(Some(&format!("p={}", text.replace('+', "%2B"))));
    url.query_pairs()
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_and_passwords_are_found_wherever_the_url_has_them() {
        let source = Source::parse("postgres://me:p%40ss+w@%2Frun%2Fpg:5433/crm").unwrap();
        let config = source.replication("s", "p");
        assert_eq!((config.host.as_str(), config.port), ("/run/pg", 5433));
        assert_eq!(config.password, "p@ss+w");
        assert_eq!(config.database, "crm");

        let source =
            Source::parse("postgres://me@localhost/crm?host=/run/pg&password=a%20b").unwrap();
        let config = source.replication("s", "p");
        assert_eq!(
            (config.host.as_str(), config.password.as_str()),
            ("/run/pg", "a b")
        );

        let source = Source::parse("postgres://me@db.example.com/crm?sslmode=verify-full").unwrap();
        assert_eq!(source.replication("s", "p").tls.mode, SslMode::VerifyFull);
    }

    #[test]
    fn a_history_file_names_the_timelines_before() {
        let history = "1\t0/3000000\tno recovery target specified\n\n2\t1/A0\tbefore 2000-01-01\n";
        assert_eq!(
            ancestors_in(history),
            [(2, Lsn(0x1_0000_00A0)), (1, Lsn(0x300_0000))]
        );
    }

    #[test]
    fn a_broken_url_does_not_show_the_password() {
        let error = Source::parse("postgres://me:secret@host:port/db").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
