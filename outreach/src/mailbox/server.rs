//! The SMTP side of the mailbox. The protocol is the state machine of `mailin`; its sessions can't
//! move between threads, so all connections live on one thread with a runtime of its own.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mailin::{Action, Handler, Response, SessionBuilder, response};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;

use super::{LARGEST_MESSAGE, Store};

/// A line longer than this ends the conversation (RFC 5321 allows 1,000 bytes).
const LONGEST_LINE: u64 = 64 * 1024;
const IDLE_LIMIT: Duration = Duration::from_secs(300);
/// How much of a refused conversation is still read, and for how long.
const MOST_DISCARDED: u64 = 16 * 1024 * 1024;
const DISCARD_LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    stopping: CancellationToken,
    thread: std::sync::Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Server {
    pub(super) fn start(address: SocketAddr, store: Arc<Store>) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let stopping = CancellationToken::new();
        let stop = stopping.clone();
        let thread = std::thread::Builder::new()
            .name("mailbox".into())
            .spawn(move || {
                let sessions = LocalSet::new();
                runtime.block_on(sessions.run_until(async move {
                    let accepting = async {
                        match TcpListener::from_std(listener) {
                            Ok(listener) => accept(listener, store).await,
                            Err(error) => tracing::error!(%error, "the mailbox can't listen"),
                        }
                    };
                    tokio::select! {
                        () = accepting => {}
                        () = stop.cancelled() => {}
                    }
                }));
            })?;
        Ok(Self {
            address,
            stopping,
            thread: std::sync::Mutex::new(Some(thread)),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns when the port is free again.
    pub(super) fn stop(&self) {
        self.stopping.cancel();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the mailbox ended by a panic");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn accept(listener: TcpListener, store: Arc<Store>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let store = Arc::clone(&store);
                tokio::task::spawn_local(async move {
                    if let Err(error) = converse(stream, peer.ip(), store).await {
                        tracing::debug!(%error, "a mailbox conversation broke off");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the mailbox could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, peer: IpAddr, store: Arc<Store>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut session = SessionBuilder::new("mailbox").build(peer, Catcher::new(store));
    write.write_all(&session.greeting().buffer()?).await?;
    let mut line = Vec::with_capacity(1024);
    loop {
        line.clear();
        let mut limited = (&mut read).take(LONGEST_LINE);
        let reading = limited.read_until(b'\n', &mut line);
        if tokio::time::timeout(IDLE_LIMIT, reading).await?? == 0 {
            return Ok(());
        }
        if !line.ends_with(b"\n") {
            if line.len() as u64 == LONGEST_LINE {
                refuse_line(&mut read, &mut write).await?;
            }
            return Ok(());
        }
        let answer = session.process(&line);
        if answer.action != Action::NoReply {
            write.write_all(&answer.buffer()?).await?;
        }
        if answer.action == Action::Close {
            return Ok(());
        }
    }
}

/// Says that a line is too long and ends the conversation. What the client still sends is read
/// first, within bounds: closing on unread bytes resets the connection, and the client would never
/// see the answer.
async fn refuse_line(
    read: &mut (impl AsyncRead + Unpin),
    write: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    write
        .write_all(b"500 5.5.2 the line is too long\r\n")
        .await?;
    write.shutdown().await?;
    let (mut rest, mut nowhere) = (read.take(MOST_DISCARDED), tokio::io::sink());
    let reading = tokio::io::copy(&mut rest, &mut nowhere);
    tokio::time::timeout(DISCARD_LIMIT, reading).await??;
    Ok(())
}

/// Collects one message at a time.
struct Catcher {
    store: Arc<Store>,
    from: String,
    to: Vec<String>,
    bytes: Vec<u8>,
    too_large: bool,
}

impl Catcher {
    fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            from: String::new(),
            to: Vec::new(),
            bytes: Vec::new(),
            too_large: false,
        }
    }
}

impl Handler for Catcher {
    fn rcpt(&mut self, to: &str) -> Response {
        match to.rsplit_once('@').map(|(_, domain)| domain) {
            Some("defer.test") => Response::custom(451, "4.2.1 try again later".into()),
            Some("refuse.test") => Response::custom(550, "5.1.1 no such mailbox".into()),
            _ => response::OK,
        }
    }

    fn data_start(&mut self, _: &str, from: &str, _: bool, to: &[String]) -> Response {
        self.from = from.to_owned();
        self.to = to.to_vec();
        self.bytes = Vec::new();
        self.too_large = false;
        response::OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        if self.bytes.len() + line.len() > LARGEST_MESSAGE {
            self.too_large = true;
        } else {
            self.bytes.extend_from_slice(line);
        }
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        if self.too_large {
            return Response::custom(552, "5.3.4 the message is too large".into());
        }
        let kept = self.store.keep(
            std::mem::take(&mut self.from),
            std::mem::take(&mut self.to),
            std::mem::take(&mut self.bytes),
        );
        match kept {
            Ok(()) => response::OK,
            Err(error) => {
                tracing::error!(%error, "the mailbox could not keep a message");
                Response::custom(452, "4.3.1 the message could not be stored".into())
            }
        }
    }
}
