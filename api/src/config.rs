//! Settings: every environment variable, its meaning and its default, in one place.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use url::Url;

/// The variables [`Config::from_env`] reads, with what they mean; printed by `basalt doctor`.
pub const VARIABLES: &[(&str, &str, &str)] = &[
    (
        "BASALT_DATA",
        "./basalt-data",
        "folder of everything Basalt keeps",
    ),
    (
        "BASALT_HTTP",
        "127.0.0.1:8080",
        "address of the web application and the REST API",
    ),
    (
        "BASALT_SQL_ADDR",
        "127.0.0.1:5439",
        "address of the SQL door (Postgres wire protocol)",
    ),
    (
        "BASALT_PG_PORT",
        "5440",
        "loopback port of the managed Postgres",
    ),
    (
        "DATABASE_URL",
        "managed Postgres",
        "an existing Postgres 15+ with wal_level=logical",
    ),
    (
        "BASALT_LAKE_URL",
        "<data>/lake",
        "lake root: a folder, file:// or s3://bucket/prefix",
    ),
    (
        "BASALT_FILES_URL",
        "<data>/files",
        "root of attachments: a folder, file:// or s3://bucket/prefix",
    ),
    (
        "BASALT_PUBLIC_URL",
        "http://<BASALT_HTTP>",
        "address that people and mail links use",
    ),
    (
        "BASALT_SMTP",
        "development mailbox",
        "smtp://user:password@host:port to send real mail",
    ),
    (
        "BASALT_MAILBOX_ADDR",
        "127.0.0.1:2525",
        "address of the development mailbox",
    ),
    (
        "BASALT_FONTS",
        "/usr/share/fonts/opentype/noto",
        "folder with NotoSansCJK-Regular.ttc and -Bold.ttc, for reports",
    ),
    (
        "BASALT_MEMORY_MB",
        "2048",
        "memory that queries may use together",
    ),
    (
        "BASALT_TRUST_PROXY",
        "false",
        "believe X-Forwarded-For of a proxy in front",
    ),
    (
        "BASALT_LOG",
        "warn,basalt=info",
        "log filter, for example info,basalt_ingest=debug",
    ),
];

#[derive(Clone, Debug)]
pub struct Config {
    pub data: PathBuf,
    pub http: SocketAddr,
    pub sql: SocketAddr,
    pub pg_port: u16,
    /// `None`: Basalt runs its own Postgres below `data`.
    pub database_url: Option<String>,
    /// `None`: the folder `lake` below `data`.
    pub lake_url: Option<Url>,
    /// `None`: the folder `files` below `data`.
    pub files_url: Option<Url>,
    /// Options of the object store, from `AWS_*` variables.
    pub lake_options: Vec<(String, String)>,
    /// `None`: `http://` and the address that HTTP really listens on.
    pub public_url: Option<Url>,
    /// `None`: mail goes to the development mailbox.
    pub smtp: Option<Url>,
    pub mailbox: SocketAddr,
    /// Folder of the fonts that reports are set in.
    pub fonts: PathBuf,
    pub query_memory: usize,
    pub trust_proxy: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("{variable}={value:?} can't be used: {reason}")]
pub struct ConfigError {
    variable: &'static str,
    value: String,
    reason: String,
}

impl Default for Config {
    fn default() -> Self {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            data: PathBuf::from("basalt-data"),
            http: local(8080),
            sql: local(5439),
            pg_port: 5440,
            database_url: None,
            lake_url: None,
            files_url: None,
            lake_options: Vec::new(),
            public_url: None,
            smtp: None,
            mailbox: local(2525),
            fonts: PathBuf::from("/usr/share/fonts/opentype/noto"),
            query_memory: 2048 << 20,
            trust_proxy: false,
        }
    }
}

impl Config {
    /// Options of the object store under the names that it knows.
    pub fn store_options(&self) -> Vec<(String, String)> {
        self.lake_options
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.clone()))
            .collect()
    }

    pub fn from_env() -> Result<Self, ConfigError> {
        let mut config = Self::from_variables(|name| std::env::var(name).ok())?;
        config.lake_options = std::env::vars()
            .filter(|(name, _)| name.starts_with("AWS_"))
            .collect();
        Ok(config)
    }

    /// The same data on any free ports, for commands that open it for a moment.
    #[must_use]
    pub fn on_free_ports(mut self) -> Self {
        for address in [&mut self.http, &mut self.sql, &mut self.mailbox] {
            *address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        }
        self
    }

    /// The settings that `lookup` knows, defaults for the rest. Empty values count as not set.
    pub fn from_variables(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name| lookup(name).filter(|value| !value.trim().is_empty());
        let mut config = Self::default();
        if let Some(data) = get("BASALT_DATA") {
            config.data = PathBuf::from(data);
        }
        set(
            &mut config.http,
            "BASALT_HTTP",
            get,
            "an address such as 127.0.0.1:8080",
        )?;
        set(
            &mut config.sql,
            "BASALT_SQL_ADDR",
            get,
            "an address such as 127.0.0.1:5439",
        )?;
        set(
            &mut config.mailbox,
            "BASALT_MAILBOX_ADDR",
            get,
            "an address such as 127.0.0.1:2525",
        )?;
        set(
            &mut config.pg_port,
            "BASALT_PG_PORT",
            get,
            "a port number such as 5440",
        )?;
        set(
            &mut config.trust_proxy,
            "BASALT_TRUST_PROXY",
            get,
            "true or false",
        )?;
        let mut megabytes = config.query_memory >> 20;
        set(
            &mut megabytes,
            "BASALT_MEMORY_MB",
            get,
            "a number of megabytes such as 2048",
        )?;
        config.query_memory = megabytes << 20;
        if let Some(fonts) = get("BASALT_FONTS") {
            config.fonts = PathBuf::from(fonts);
        }
        config.database_url = get("DATABASE_URL");
        config.public_url = url("BASALT_PUBLIC_URL", get, &["http", "https"])?;
        config.smtp = url("BASALT_SMTP", get, &["smtp", "smtps"])?;
        config.lake_url = get("BASALT_LAKE_URL")
            .map(|value| store_url("BASALT_LAKE_URL", value))
            .transpose()?;
        config.files_url = get("BASALT_FILES_URL")
            .map(|value| store_url("BASALT_FILES_URL", value))
            .transpose()?;
        Ok(config)
    }
}

fn set<T: std::str::FromStr>(
    place: &mut T,
    variable: &'static str,
    get: impl Fn(&'static str) -> Option<String>,
    wanted: &str,
) -> Result<(), ConfigError> {
    if let Some(value) = get(variable) {
        *place = value.parse().map_err(|_| ConfigError {
            variable,
            value: value.clone(),
            reason: format!("it must be {wanted}"),
        })?;
    }
    Ok(())
}

fn url(
    variable: &'static str,
    get: impl Fn(&'static str) -> Option<String>,
    schemes: &[&str],
) -> Result<Option<Url>, ConfigError> {
    let Some(value) = get(variable) else {
        return Ok(None);
    };
    match Url::parse(&value) {
        Ok(url) if schemes.contains(&url.scheme()) && url.has_host() => Ok(Some(url)),
        _ => Err(ConfigError {
            variable,
            value,
            reason: format!(
                "it must be an address that starts with {}://",
                schemes.join(":// or ")
            ),
        }),
    }
}

/// A URL, or a path of a folder.
fn store_url(variable: &'static str, value: String) -> Result<Url, ConfigError> {
    let parsed = if value.contains("://") {
        Url::parse(&value).ok()
    } else {
        std::path::absolute(&value)
            .ok()
            .and_then(|path| Url::from_directory_path(path).ok())
    };
    parsed
        .filter(|url| matches!(url.scheme(), "file" | "s3"))
        .ok_or_else(|| ConfigError {
            variable,
            value,
            reason: "it must be a folder, file:///… or s3://bucket/prefix".into(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_variables(|name| {
            vars.iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        })
    }

    #[test]
    fn variables_override_defaults() {
        let config = config(&[
            ("BASALT_HTTP", "0.0.0.0:80"),
            ("BASALT_LAKE_URL", "s3://bucket/crm"),
            ("BASALT_MEMORY_MB", "64"),
            ("DATABASE_URL", ""),
        ])
        .unwrap();
        assert_eq!(config.http.port(), 80);
        assert_eq!(config.lake_url.unwrap().scheme(), "s3");
        assert_eq!(config.query_memory, 64 << 20);
        assert!(config.database_url.is_none());
    }

    #[test]
    fn a_wrong_value_names_its_variable_and_what_would_do() {
        let error = config(&[("BASALT_HTTP", "eighty")])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("BASALT_HTTP") && error.contains("127.0.0.1:8080"),
            "{error}"
        );
        assert!(config(&[("BASALT_SMTP", "mail.example.test")]).is_err());
        assert!(config(&[("BASALT_LAKE_URL", "ftp://x/y")]).is_err());
    }
}
