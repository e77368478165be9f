//! One Postgres server for all test processes of this machine's user, started on first use.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use basalt_cluster::{Cluster, ClusterConfig};
use nix::fcntl::{Flock, FlockArg};
use tokio::sync::OnceCell;

/// A use of the shared server; while any process holds one, the watchdog leaves it alone.
#[derive(Debug)]
pub struct SharedServer {
    cluster: Cluster,
    _in_use: Flock<File>,
}

static SERVER: OnceCell<SharedServer> = OnceCell::const_new();

impl SharedServer {
    /// The server, started if it isn't running.
    ///
    /// # Panics
    /// When PostgreSQL is missing or does not start: no test can go on then.
    pub async fn get() -> &'static SharedServer {
        SERVER.get_or_init(SharedServer::start).await
    }

    /// Connection URL of a database over the server's Unix socket.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.cluster.url(database)
    }

    async fn start() -> SharedServer {
        let folder = folder();
        std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let users = folder.with_extension("users");
        let in_use = lock(&users, FlockArg::LockShared);
        // Starting is serialised; whoever comes second adopts the server of the first.
        let _starting = lock(&folder.with_extension("starting"), FlockArg::LockExclusive);
        let port = 20_000 + u16::try_from(nix::unistd::geteuid().as_raw() % 20_000).unwrap_or(0);
        let config = ClusterConfig::new(&folder, free_port(port))
            .with("fsync", "off")
            .with("synchronous_commit", "off")
            .with("full_page_writes", "off")
            .with("max_connections", "400")
            .with("max_replication_slots", "200")
            .with("max_wal_senders", "200")
            .with("shared_buffers", "256MB")
            .with("wal_sender_timeout", "30s");
        let cluster = Cluster::start(config)
            .await
            .expect("the test server starts");
        watch(&folder, &users, cluster.postmaster());
        SharedServer {
            cluster,
            _in_use: in_use,
        }
    }
}

/// Per user and per checkout, so that two checkouts never share databases.
fn folder() -> PathBuf {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let name: String = checkout
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    std::env::temp_dir().join(format!("basalt-test{name}-{}", nix::unistd::geteuid()))
}

fn free_port(preferred: u16) -> u16 {
    (preferred..preferred + 2_000)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free loopback port")
}

fn lock(path: &Path, kind: FlockArg) -> Flock<File> {
    let file = File::create(path).expect("the lock file can be made");
    Flock::lock(file, kind)
        .map_err(|(_, errno)| errno)
        .expect("the lock is granted")
}

/// Starts the watchdog of this server unless it has one: it waits until no process holds the
/// users' lock, gives later test processes a few seconds, then stops the server.
fn watch(folder: &Path, users: &Path, postmaster: i32) {
    let mark = folder.join(format!("watched-{postmaster}"));
    if File::create_new(&mark).is_err() {
        return;
    }
    let script = r#"
        while sleep 10; do
            flock --exclusive --nonblock "$1" true || continue
            sleep 10
            flock --exclusive --nonblock "$1" sh -c 'kill -INT "$2" 2>/dev/null; while kill -0 "$2" 2>/dev/null; do sleep 0.1; done; rm -rf "$3"' sh "$1" "$2" "$3" && exit
        done
    "#;
    #[expect(clippy::zombie_processes, reason = "it outlives the tests on purpose")]
    Command::new("setsid")
        .args(["sh", "-c", script, "sh"])
        .arg(users)
        .arg(postmaster.to_string())
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the watchdog starts");
}
