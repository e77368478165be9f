//! The life of one managed server: create, start or adopt, wait until ready, stop.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, chown};
use rand::distr::{Alphanumeric, SampleString as _};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::{Binaries, ClusterError};

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(60);
/// A Unix socket's whole path must fit into 107 bytes; `/.s.PGSQL.65535` takes 16 of them.
const LONGEST_SOCKET_FOLDER: usize = 90;

/// Where the server lives and how it is set up.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// Holds `data/` (the cluster), `socket/`, `password` and `postgres.log`.
    pub folder: PathBuf,
    /// Loopback port, also part of the socket's name.
    pub port: u16,
    /// Server settings on top of [`ClusterConfig::new`]'s.
    pub settings: Vec<(String, String)>,
}

impl ClusterConfig {
    /// Settings that change capture needs, and a bound on the log that a lost reader may hold
    /// back: selling survives, capture re-syncs.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, port: u16) -> Self {
        let settings = [
            ("wal_level", "logical"),
            ("max_replication_slots", "16"),
            ("max_wal_senders", "16"),
            ("max_slot_wal_keep_size", "20GB"),
            ("max_wal_size", "4GB"),
            ("shared_buffers", "512MB"),
            ("max_connections", "200"),
            ("random_page_cost", "1.1"),
            ("timezone", "UTC"),
        ];
        ClusterConfig {
            folder: folder.into(),
            port,
            settings: settings
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
        }
    }

    /// Sets or replaces one server setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.into(), value.into()));
        self
    }
}

/// A running server. Dropping the value leaves the server running; [`Cluster::stop`] ends it.
#[derive(Debug)]
pub struct Cluster {
    postmaster: Pid,
    port: u16,
    socket: PathBuf,
    password: String,
    version: u32,
}

impl Cluster {
    /// The account of the database superuser that Basalt owns.
    pub const USER: &'static str = "basalt";

    /// Creates the cluster if needed, starts its server or adopts the running one, and waits
    /// until it takes connections.
    ///
    /// # Errors
    /// PostgreSQL missing or of another version, port taken, disk full, not ready in time.
    pub async fn start(config: ClusterConfig) -> Result<Cluster, ClusterError> {
        let folder = std::path::absolute(&config.folder)
            .map_err(ClusterError::file("cannot resolve", &config.folder))?;
        std::fs::create_dir_all(&folder).map_err(ClusterError::file("cannot create", &folder))?;
        let account = ServerAccount::choose()?;
        let data = folder.join("data");
        let binaries = Binaries::for_directory(&data)?;
        let socket = socket_folder(&folder);
        let password = read_or_make_password(&folder)?;

        let layout = Layout {
            folder,
            data,
            socket,
        };
        if !layout.data.join("PG_VERSION").exists() {
            layout.initdb(&binaries, &account, &password)?;
        }
        layout.prepare(&account)?;
        let mut cluster = Cluster {
            postmaster: Pid::from_raw(0),
            port: config.port,
            socket: layout.socket.clone(),
            password,
            version: binaries.version,
        };
        if let Some((postmaster, port)) = layout.running_postmaster() {
            tracing::info!(
                pid = postmaster.as_raw(),
                "adopting the running PostgreSQL server"
            );
            cluster.postmaster = postmaster;
            cluster.port = port;
            cluster.wait_until_ready(&layout, None).await?;
            return Ok(cluster);
        }
        if std::net::TcpListener::bind(("127.0.0.1", config.port)).is_err() {
            return Err(ClusterError::PortTaken { port: config.port });
        }
        let mut server = layout.spawn(&binaries, &account, &config)?;
        cluster.postmaster = Pid::from_raw(i32::try_from(server.id()).unwrap_or_default());
        cluster.wait_until_ready(&layout, Some(&mut server)).await?;
        // Reaped by a thread of its own, so that a stopped server never stays a zombie.
        std::thread::spawn(move || server.wait());
        Ok(cluster)
    }

    /// Connection URL of a database over the Unix socket, password included.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://{}:{}@localhost:{}/{database}?host={}",
            Self::USER,
            self.password,
            self.port,
            self.socket.display()
        )
    }

    /// Connection URL of a database over loopback TCP, password included.
    #[must_use]
    pub fn tcp_url(&self, database: &str) -> String {
        format!(
            "postgres://{}:{}@127.0.0.1:{}/{database}",
            Self::USER,
            self.password,
            self.port
        )
    }

    /// Major version of the server.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Process id of the postmaster.
    #[must_use]
    pub fn postmaster(&self) -> i32 {
        self.postmaster.as_raw()
    }

    /// The socket's folder (`host` of a connection).
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Creates a database unless it exists.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn ensure_database(&self, name: &str) -> Result<(), ClusterError> {
        let failed = |error: sqlx::Error| ClusterError::Program {
            action: "creating the database",
            detail: error.to_string(),
        };
        let mut connection = self.connect().await.map_err(failed)?;
        let exists: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(name)
                .fetch_one(&mut connection)
                .await
                .map_err(failed)?;
        if !exists {
            let quoted = name.replace('"', "\"\"");
            let statement = format!(
                "create database \"{quoted}\" encoding 'UTF8' locale 'C.UTF-8' template template0"
            );
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(&mut connection)
                .await
                .map_err(failed)?;
        }
        connection.close().await.map_err(failed)
    }

    /// Fast shutdown: open transactions are rolled back, everything committed is on disk.
    ///
    /// # Errors
    /// When the server has not ended in time.
    pub async fn stop(self) -> Result<(), ClusterError> {
        let _ = kill(self.postmaster, Signal::SIGINT);
        let deadline = Instant::now() + STOPPED_WITHIN;
        while is_alive(self.postmaster) {
            if Instant::now() > deadline {
                return Err(ClusterError::Program {
                    action: "stopping PostgreSQL",
                    detail: format!("process {} is still running", self.postmaster),
                });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    async fn connect(&self) -> Result<sqlx::PgConnection, sqlx::Error> {
        sqlx::postgres::PgConnectOptions::new_without_pgpass()
            .host(&self.socket.to_string_lossy())
            .port(self.port)
            .username(Self::USER)
            .password(&self.password)
            .database("postgres")
            .disable_statement_logging()
            .connect()
            .await
    }

    async fn wait_until_ready(
        &self,
        layout: &Layout,
        mut server: Option<&mut std::process::Child>,
    ) -> Result<(), ClusterError> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            if let Ok(connection) = self.connect().await {
                let _ = connection.close().await;
                return Ok(());
            }
            let ended = server
                .as_mut()
                .is_some_and(|server| matches!(server.try_wait(), Ok(Some(_))));
            if ended || Instant::now() > deadline {
                let tail = layout.log_tail();
                if tail.contains("No space left on device") {
                    return Err(ClusterError::DiskFull {
                        directory: layout.folder.clone(),
                    });
                }
                return Err(ClusterError::NotReady {
                    seconds: READY_WITHIN.as_secs(),
                    log: layout.log(),
                    tail,
                });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The account that the server runs as: the caller's own, unless that is root.
struct ServerAccount {
    user: Option<User>,
}

impl ServerAccount {
    fn choose() -> Result<Self, ClusterError> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(ServerAccount { user: None });
        }
        let user = ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .ok_or(ClusterError::NoAccount)?;
        Ok(ServerAccount { user: Some(user) })
    }

    fn apply(&self, command: &mut Command) {
        if let Some(user) = &self.user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
    }

    fn own(&self, path: &Path) -> Result<(), ClusterError> {
        if let Some(user) = &self.user {
            chown(path, Some(user.uid), Some(user.gid)).map_err(|errno| {
                ClusterError::file("cannot give away", path)(std::io::Error::from(errno))
            })?;
        }
        Ok(())
    }
}

/// The files of one cluster.
struct Layout {
    folder: PathBuf,
    data: PathBuf,
    socket: PathBuf,
}

impl Layout {
    fn log(&self) -> PathBuf {
        self.folder.join("postgres.log")
    }

    fn prepare(&self, account: &ServerAccount) -> Result<(), ClusterError> {
        for path in [&self.data, &self.socket] {
            self.give(path, account)?;
        }
        Ok(())
    }

    /// Makes a folder that the server's account, and nobody else, can use.
    fn give(&self, path: &Path, account: &ServerAccount) -> Result<(), ClusterError> {
        std::fs::create_dir_all(path).map_err(ClusterError::file("cannot create", path))?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
            .map_err(ClusterError::file("cannot protect", path))?;
        account.own(path)?;
        if let Some(user) = &account.user {
            let mut probe = Command::new("test");
            probe.arg("-w").arg(path);
            account.apply(&mut probe);
            if !probe.status().is_ok_and(|status| status.success()) {
                return Err(ClusterError::Unreachable {
                    account: user.name.clone(),
                    directory: self.folder.clone(),
                });
            }
        }
        Ok(())
    }

    fn initdb(
        &self,
        binaries: &Binaries,
        account: &ServerAccount,
        password: &str,
    ) -> Result<(), ClusterError> {
        // Made beside its place and moved there when complete: a start that was killed amid it
        // leaves nothing that the next one could take for a cluster.
        let unfinished = self.folder.join("data.unfinished");
        if unfinished.exists() {
            std::fs::remove_dir_all(&unfinished)
                .map_err(ClusterError::file("cannot remove", &unfinished))?;
        }
        self.give(&unfinished, account)?;
        self.give(&self.socket, account)?;
        let password_file = self.socket.join("initdb.password");
        write_secret(&password_file, password)?;
        account.own(&password_file)?;
        let mut command = Command::new(binaries.folder.join("initdb"));
        command
            .args([
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--auth=scram-sha-256",
            ])
            .arg(format!("--username={}", Cluster::USER))
            .arg(format!("--pwfile={}", password_file.display()))
            .arg("--pgdata")
            .arg(&unfinished)
            .current_dir("/");
        account.apply(&mut command);
        let output = command
            .output()
            .map_err(ClusterError::file("cannot run", "initdb"))?;
        std::fs::remove_file(&password_file)
            .map_err(ClusterError::file("cannot remove", &password_file))?;
        if output.status.success() {
            return std::fs::rename(&unfinished, &self.data)
                .map_err(ClusterError::file("cannot create", &self.data));
        }
        let detail = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if detail.contains("No space left on device") {
            return Err(ClusterError::DiskFull {
                directory: self.folder.clone(),
            });
        }
        Err(ClusterError::Program {
            action: "initdb",
            detail,
        })
    }

    fn spawn(
        &self,
        binaries: &Binaries,
        account: &ServerAccount,
        config: &ClusterConfig,
    ) -> Result<std::process::Child, ClusterError> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log())
            .map_err(ClusterError::file("cannot write", self.log()))?;
        let errors = log
            .try_clone()
            .map_err(ClusterError::file("cannot write", self.log()))?;
        let mut command = Command::new(binaries.folder.join("postgres"));
        command
            .arg("-D")
            .arg(&self.data)
            .arg("-p")
            .arg(config.port.to_string())
            .arg("-k")
            .arg(&self.socket)
            .args(["-c", "listen_addresses=127.0.0.1"]);
        for (name, value) in &config.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        account.apply(&mut command);
        command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            // Ctrl-C in the terminal reaches Basalt, which then stops the server in its own order.
            .process_group(0)
            .spawn()
            .map_err(ClusterError::file(
                "cannot run",
                binaries.folder.join("postgres"),
            ))
    }

    /// Process and port of a live postmaster on this data directory.
    fn running_postmaster(&self) -> Option<(Pid, u16)> {
        let text = std::fs::read_to_string(self.data.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid = Pid::from_raw(lines.next()?.trim().parse().ok()?);
        let port = lines.nth(2)?.trim().parse().ok()?;
        let program = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        (is_alive(pid) && program.trim() == "postgres").then_some((pid, port))
    }

    fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }
}

fn is_alive(pid: Pid) -> bool {
    kill(pid, None) != Err(nix::errno::Errno::ESRCH)
}

fn socket_folder(folder: &Path) -> PathBuf {
    let inside = folder.join("socket");
    if inside.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
        return inside;
    }
    // FNV-1a: stable between runs, so that a restart finds the server it left running.
    let hash = folder
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    std::env::temp_dir().join(format!("basalt-{hash:016x}"))
}

fn read_or_make_password(folder: &Path) -> Result<String, ClusterError> {
    let path = folder.join("password");
    if let Ok(password) = std::fs::read_to_string(&path) {
        return Ok(password.trim().to_owned());
    }
    let password = Alphanumeric.sample_string(&mut rand::rng(), 32);
    write_secret(&path, &password)?;
    Ok(password)
}

fn write_secret(path: &Path, secret: &str) -> Result<(), ClusterError> {
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(secret.as_bytes()))
        .map_err(ClusterError::file("cannot write", path))
}
