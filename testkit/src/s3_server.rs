//! A real S3-compatible server for one test: SeaweedFS, with a bucket and a key of its own.

use std::collections::HashMap;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const READY_WITHIN: Duration = Duration::from_secs(60);
const ACCESS_KEY: &str = "basalt";
const SECRET_KEY: &str = "basalt-test-secret";

/// A running server with its data in a temporary folder; both end with the value.
#[derive(Debug)]
pub struct S3Server {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl S3Server {
    /// Starts the server (`tools/setup test` installs the program) and waits until it answers. The
    /// bucket is made by the first object written to it.
    ///
    /// # Panics
    /// When the program is missing or does not answer: the test cannot go on.
    #[must_use]
    pub fn start() -> S3Server {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/python/bin/weed");
        let folder = tempfile::tempdir().expect("the temporary folder is writable");
        let accounts = folder.path().join("accounts.json");
        std::fs::write(&accounts, accounts_json()).expect("the temporary folder is writable");
        // Held together, so that they differ.
        let ports: Vec<TcpListener> = (0..7)
            .map(|_| TcpListener::bind(("127.0.0.1", 0)).expect("a free loopback port"))
            .collect();
        let port = |place: usize| {
            ports[place]
                .local_addr()
                .expect("a bound socket has an address")
                .port()
        };
        let options = [
            ("master.port", port(0)),
            ("master.port.grpc", port(1)),
            ("volume.port", port(2)),
            ("volume.port.grpc", port(3)),
            ("filer.port", port(4)),
            ("filer.port.grpc", port(5)),
            ("s3.port", port(6)),
            ("volume.max", 40),
            ("master.volumeSizeLimitMB", 64),
        ];
        let port = port(6);
        drop(ports);
        let process = Command::new(&program)
            .args([
                "server",
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                "-filer",
                "-s3",
            ])
            .arg(format!("-dir={}", folder.path().display()))
            .arg(format!("-s3.config={}", accounts.display()))
            .args(options.map(|(name, value)| format!("-{name}={value}")))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error}; run `tools/setup test`", program.display())
            });
        let server = S3Server {
            process,
            port,
            _folder: folder,
        };
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the S3 server does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// The bucket, as a URL.
    #[must_use]
    pub fn url(&self) -> &'static str {
        "s3://lake"
    }

    /// How the bucket is reached: endpoint, region and keys, in the names that clients share.
    #[must_use]
    pub fn options(&self) -> HashMap<String, String> {
        [
            ("aws_endpoint", format!("http://127.0.0.1:{}", self.port)),
            ("aws_region", "us-east-1".to_owned()),
            ("aws_access_key_id", ACCESS_KEY.to_owned()),
            ("aws_secret_access_key", SECRET_KEY.to_owned()),
            ("aws_allow_http", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn accounts_json() -> String {
    format!(
        r#"{{"identities":[{{"name":"test","credentials":[{{"accessKey":"{ACCESS_KEY}","secretKey":"{SECRET_KEY}"}}],
           "actions":["Admin","Read","Write","List","Tagging"]}}]}}"#
    )
}
