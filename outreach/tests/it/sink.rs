//! Postfix's test server `smtp-sink` as the far end: what it has written down is what arrived.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use basalt_outreach::SmtpConfig;
use tempfile::TempDir;

pub struct Sink {
    child: Child,
    folder: TempDir,
    address: SocketAddr,
}

impl Sink {
    /// A sink on a free port. `options` are those of smtp-sink(1).
    pub fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // Under root, smtp-sink insists on becoming somebody else, who must be able to write here.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777))
            .expect("permissions");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut command = Command::new(Self::program());
        if std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0) {
            command.args(["-u", "nobody"]);
        }
        let child = command
            .args(options)
            .arg("-D")
            .arg(folder.path().join("mail"))
            .arg(address.to_string())
            .arg("1024")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("smtp-sink starts; it is part of the package postfix");
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "smtp-sink does not listen"
            );
            std::thread::yield_now();
        }
        Self {
            child,
            folder,
            address,
        }
    }

    pub fn config(&self) -> SmtpConfig {
        SmtpConfig::plain(self.address.ip().to_string(), self.address.port())
    }

    /// How often each Message-ID has arrived.
    pub fn message_ids(&self) -> BTreeMap<String, u32> {
        let mail = std::fs::read(self.folder.path().join("mail")).unwrap_or_default();
        let mut ids = BTreeMap::new();
        for line in String::from_utf8_lossy(&mail).lines() {
            if let Some(id) = line.strip_prefix("Message-ID: <") {
                *ids.entry(id.trim_end_matches(['>', '\r']).to_owned())
                    .or_default() += 1;
            }
        }
        ids
    }

    fn program() -> PathBuf {
        ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink"]
            .into_iter()
            .map(PathBuf::from)
            .find(|path| path.exists())
            .unwrap_or_else(|| PathBuf::from("smtp-sink"))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It may be gone already; nothing to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
