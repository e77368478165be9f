//! The development mailbox: a real SMTP server that accepts mail for everybody and delivers it to
//! nobody. What arrived can be listed and read. Two domains misbehave on purpose, so that retries
//! and failures can be seen: `*@defer.test` is put off (451), `*@refuse.test` is refused (550).

mod message;
mod server;

use std::collections::VecDeque;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use message::{MailboxAttachment, MailboxMessage};

/// Messages kept; the oldest go first.
const KEPT: usize = 20_000;
/// A larger message is refused.
const LARGEST_MESSAGE: usize = 30 * 1024 * 1024;

/// Why the mailbox could not start or answer.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    #[error("the mailbox can't listen on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the mailbox can't use the folder {folder}: {source}")]
    Folder {
        folder: PathBuf,
        source: std::io::Error,
    },
    #[error("{arrived} of {wanted} messages arrived within {seconds} s")]
    Waiting {
        wanted: usize,
        arrived: usize,
        seconds: u64,
    },
}

/// A running mailbox. Clones share it; it stops when it is told to or the last clone is gone.
#[derive(Debug, Clone)]
pub struct Mailbox {
    store: Arc<Store>,
    server: Arc<server::Server>,
}

impl Mailbox {
    /// Listens on `address` (port 0: any free port). With a folder, messages survive a restart.
    pub fn start(address: SocketAddr, folder: Option<&Path>) -> Result<Self, MailboxError> {
        let store = Arc::new(Store::open(folder)?);
        let server = server::Server::start(address, Arc::clone(&store))
            .map_err(|source| MailboxError::Listen { address, source })?;
        Ok(Self {
            store,
            server: Arc::new(server),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Stops listening and cuts every connection. What arrived can still be read.
    pub fn stop(&self) {
        self.server.stop();
    }

    /// How many messages arrived since the mailbox was created or cleared, those no longer kept included.
    pub fn arrived(&self) -> usize {
        *self.store.arrived.borrow()
    }

    /// The newest `limit` messages, newest first.
    pub fn list(&self, limit: usize) -> Vec<MailboxMessage> {
        let kept: Vec<Arc<Received>> = self
            .store
            .kept()
            .iter()
            .rev()
            .take(limit)
            .cloned()
            .collect();
        kept.iter()
            .map(|received| MailboxMessage::parse(received))
            .collect()
    }

    pub fn get(&self, id: u64) -> Option<MailboxMessage> {
        self.received(id)
            .map(|received| MailboxMessage::parse(&received))
    }

    /// The message as it came over the wire.
    pub fn raw(&self, id: u64) -> Option<Vec<u8>> {
        self.received(id).map(|received| received.bytes.clone())
    }

    /// Waits until `count` messages have arrived in all, and returns the kept ones, oldest first.
    pub async fn wait_for(
        &self,
        count: usize,
        patience: Duration,
    ) -> Result<Vec<MailboxMessage>, MailboxError> {
        let mut arrived = self.store.arrived.subscribe();
        let waited = tokio::time::timeout(patience, arrived.wait_for(|now| *now >= count)).await;
        if !matches!(waited, Ok(Ok(_))) {
            return Err(MailboxError::Waiting {
                wanted: count,
                arrived: self.arrived(),
                seconds: patience.as_secs(),
            });
        }
        let mut messages = self.list(usize::MAX);
        messages.reverse();
        Ok(messages)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.store.clear();
    }

    fn received(&self, id: u64) -> Option<Arc<Received>> {
        self.store
            .kept()
            .iter()
            .find(|received| received.envelope.id == id)
            .cloned()
    }
}

/// What the SMTP conversation said about a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Arrival {
    id: u64,
    at: DateTime<Utc>,
    from: String,
    to: Vec<String>,
}

#[derive(Debug)]
struct Received {
    envelope: Arrival,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Store {
    folder: Option<PathBuf>,
    kept: Mutex<VecDeque<Arc<Received>>>,
    arrived: watch::Sender<usize>,
}

impl Store {
    fn open(folder: Option<&Path>) -> Result<Self, MailboxError> {
        let mut kept = VecDeque::new();
        if let Some(folder) = folder {
            let fault = |source| MailboxError::Folder {
                folder: folder.to_owned(),
                source,
            };
            fs::create_dir_all(folder).map_err(fault)?;
            let mut found: Vec<Received> = fs::read_dir(folder)
                .map_err(fault)?
                .filter_map(|entry| read(&entry.ok()?.path()))
                .collect();
            found.sort_by_key(|received| received.envelope.id);
            kept.extend(found.into_iter().map(Arc::new));
        }
        let arrived = watch::Sender::new(kept.len());
        Ok(Self {
            folder: folder.map(Path::to_owned),
            kept: Mutex::new(kept),
            arrived,
        })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Received>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a message; with a folder it is on disk before the sender is answered.
    fn keep(&self, from: String, to: Vec<String>, bytes: Vec<u8>) -> std::io::Result<()> {
        let mut kept = self.kept();
        let id = kept.back().map_or(0, |last| last.envelope.id) + 1;
        let received = Received {
            envelope: Arrival {
                id,
                at: Utc::now(),
                from,
                to,
            },
            bytes,
        };
        if let Some(folder) = &self.folder {
            fs::write(mail_path(folder, id), &received.bytes)?;
            fs::write(
                envelope_path(folder, id),
                serde_json::to_vec(&received.envelope)?,
            )?;
        }
        kept.push_back(Arc::new(received));
        while kept.len() > KEPT {
            if let Some(oldest) = kept.pop_front() {
                self.forget(oldest.envelope.id);
            }
        }
        drop(kept);
        self.arrived.send_modify(|count| *count += 1);
        Ok(())
    }

    fn clear(&self) {
        let mut kept = self.kept();
        for received in kept.drain(..) {
            self.forget(received.envelope.id);
        }
        drop(kept);
        self.arrived.send_replace(0);
    }

    fn forget(&self, id: u64) {
        if let Some(folder) = &self.folder {
            for path in [envelope_path(folder, id), mail_path(folder, id)] {
                if let Err(error) = fs::remove_file(&path) {
                    tracing::warn!(path = %path.display(), %error, "an old mail could not be removed");
                }
            }
        }
    }
}

fn mail_path(folder: &Path, id: u64) -> PathBuf {
    folder.join(format!("{id:08}.eml"))
}

fn envelope_path(folder: &Path, id: u64) -> PathBuf {
    folder.join(format!("{id:08}.json"))
}

/// A stored message; an envelope without its mail, or the other way round, is a torn write and is ignored.
fn read(path: &Path) -> Option<Received> {
    if path.extension()? != "json" {
        return None;
    }
    let envelope: Arrival = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let bytes = fs::read(path.with_extension("eml")).ok()?;
    Some(Received { envelope, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: Basalt <news@basalt.test>\r\nTo: li@example.test\r\nSubject: =?utf-8?B?5pil5a2j?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello <b>you</b></p>\r\n--x\r\nContent-Type: application/pdf; name=\"report.pdf\"\r\nContent-Disposition: attachment; filename=\"report.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--x--\r\n";

    #[test]
    fn what_is_kept_in_a_folder_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path())).unwrap();
        for n in 0..3 {
            store
                .keep(
                    "news@basalt.test".into(),
                    vec![format!("p{n}@example.test")],
                    MAIL.into(),
                )
                .unwrap();
        }
        let store = Store::open(Some(folder.path())).unwrap();
        assert_eq!(store.kept().len(), 3);
        assert_eq!(store.kept()[2].envelope.to, ["p2@example.test"]);
        store.keep("a@b.test".into(), vec![], MAIL.into()).unwrap();
        assert_eq!(store.kept()[3].envelope.id, 4);
        store.clear();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_mail_is_shown_with_its_parts() {
        let message = MailboxMessage::parse(&Received {
            envelope: Arrival {
                id: 7,
                at: Utc::now(),
                from: "bounce+t@basalt.test".into(),
                to: vec!["li@example.test".into()],
            },
            bytes: MAIL.into(),
        });
        assert_eq!(message.subject, "春季");
        assert_eq!(message.from, "Basalt <news@basalt.test>");
        assert_eq!(message.to, ["li@example.test"]);
        assert!(message.html.as_deref().unwrap().contains("<b>you</b>"));
        assert_eq!(message.attachments.len(), 1);
        assert_eq!(message.attachments[0].name, "report.pdf");
        assert_eq!(message.attachments[0].bytes, 5);
        assert_eq!(message.header("subject"), Some("春季"));
    }
}
