//! `basalt doctor`: what this machine has, what is missing, and the command that brings it.

use std::{net::SocketAddr, path::Path, process::ExitCode};

use basalt_cluster::{Binaries, MINIMUM_VERSION};

use crate::{Config, config::VARIABLES};

enum Finding {
    Good(String),
    /// Something works less well.
    Poor {
        what: String,
        fix: String,
    },
    /// Basalt can't start.
    Bad {
        what: String,
        fix: String,
    },
}

use Finding::{Bad, Good, Poor};

pub async fn run(config: &Config) -> ExitCode {
    let findings = [
        postgres(config).await,
        fonts(),
        data(&config.data),
        port("web application", "BASALT_HTTP", config.http),
        port("SQL door", "BASALT_SQL_ADDR", config.sql),
        postgres_port(config),
        lake(config),
    ];
    let mut bad = false;
    for finding in findings {
        match finding {
            Good(what) => println!("  ok    {what}"),
            Poor { what, fix } => println!("  warn  {what}\n        fix: {fix}"),
            Bad { what, fix } => {
                bad = true;
                println!("  FAIL  {what}\n        fix: {fix}");
            }
        }
    }
    println!("\nSettings (environment variable, default, meaning):");
    for (name, default, meaning) in VARIABLES {
        let set = if std::env::var_os(name).is_some() {
            "set"
        } else {
            ""
        };
        println!("  {name:<20} {default:<31} {set:<4} {meaning}");
    }
    if bad {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

async fn postgres(config: &Config) -> Finding {
    if let Some(url) = &config.database_url {
        return given_postgres(url).await;
    }
    match Binaries::installed().first() {
        Some(found) => Good(format!(
            "PostgreSQL {} in {}",
            found.version,
            found.folder.display()
        )),
        None => Bad {
            what: format!("PostgreSQL {MINIMUM_VERSION} or newer is not installed"),
            fix: "apt-get install -y postgresql   (or set DATABASE_URL)".into(),
        },
    }
}

async fn given_postgres(url: &str) -> Finding {
    let asked = async {
        let pool = sqlx::PgPool::connect(url).await?;
        sqlx::query_as::<_, (String, i32)>(
            "select current_setting('wal_level'), current_setting('server_version_num')::int",
        )
        .fetch_one(&pool)
        .await
    };
    match tokio::time::timeout(std::time::Duration::from_secs(5), asked).await {
        Ok(Ok((level, version))) if level != "logical" => Bad {
            what: format!(
                "PostgreSQL {} of DATABASE_URL has wal_level={level}",
                version / 10_000
            ),
            fix: "alter system set wal_level = logical;   then restart it".into(),
        },
        Ok(Ok((_, version))) => Good(format!(
            "PostgreSQL {} of DATABASE_URL, wal_level=logical",
            version / 10_000
        )),
        Ok(Err(_)) | Err(_) => Bad {
            what: "DATABASE_URL can't be reached".into(),
            fix: "check host, port, user and password, and that the server runs".into(),
        },
    }
}

/// Reports need a Chinese font; without one those characters print as boxes.
fn fonts() -> Finding {
    const FOLDERS: [&str; 4] = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/Library/Fonts",
        "/System/Library/Fonts",
    ];
    let found = FOLDERS
        .iter()
        .find_map(|folder| chinese_font(Path::new(folder), 4));
    match found {
        Some(path) => Good(format!("Chinese font {path}")),
        None => Poor {
            what: "no Chinese font: reports print boxes for Chinese text".into(),
            fix: "apt-get install -y fonts-noto-cjk".into(),
        },
    }
}

fn chinese_font(folder: &Path, depth: u8) -> Option<String> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if path.is_dir() {
            if let Some(found) = (depth > 0)
                .then(|| chinese_font(&path, depth - 1))
                .flatten()
            {
                return Some(found);
            }
        } else if ["cjk", "wqy", "sourcehan", "pingfang", "droidsansfallback"]
            .iter()
            .any(|part| name.contains(part))
        {
            return Some(path.display().to_string());
        }
    }
    None
}

fn data(folder: &Path) -> Finding {
    match crate::data_dir::DataDir::open(folder) {
        Ok(data) => Good(format!("data folder {}", data.root().display())),
        Err(error @ crate::data_dir::DataDirError::InUse { .. }) => Poor {
            what: error.to_string(),
            fix: "nothing to do when that is meant".into(),
        },
        Err(error) => Bad {
            what: error.to_string(),
            fix: format!(
                "basalt --data <another folder> doctor   (now {})",
                folder.display()
            ),
        },
    }
}

fn port(what: &str, variable: &str, address: SocketAddr) -> Finding {
    match std::net::TcpListener::bind(address) {
        Ok(_) => Good(format!("{address} is free for the {what}")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Poor {
            what: format!("{address} is taken, perhaps by a running Basalt ({what})"),
            fix: format!("{variable}=127.0.0.1:0 takes any free port; ss -ltnp shows who listens"),
        },
        Err(error) => Bad {
            what: format!("{address} can't be used for the {what}: {error}"),
            fix: format!("set {variable} to an address of this machine"),
        },
    }
}

fn postgres_port(config: &Config) -> Finding {
    if config.database_url.is_some() {
        return Good("managed Postgres is not used (DATABASE_URL is set)".into());
    }
    port(
        "managed Postgres",
        "BASALT_PG_PORT",
        SocketAddr::from(([127, 0, 0, 1], config.pg_port)),
    )
}

fn lake(config: &Config) -> Finding {
    match &config.lake_url {
        None => Good("lake in the data folder".into()),
        Some(url) if url.scheme() == "s3" && !config.lake_options.iter().any(|(name, _)| name == "AWS_ACCESS_KEY_ID") => Poor {
            what: format!("lake at {url}, but AWS_ACCESS_KEY_ID is not set"),
            fix: "export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… (and AWS_ENDPOINT for a store of your own)".into(),
        },
        Some(url) => Good(format!("lake at {url}")),
    }
}
