//! The door for Postgres clients: psql, psycopg, JDBC, BI tools.
//!
//! - Sign-in: SCRAM-SHA-256 against the stored verifier of a personal token; the user name is the
//!   token's login name. TLS is always offered and required of peers that are not on this machine.
//! - Every statement runs in a session of its own, as that user, on a fresh snapshot (what Postgres
//!   calls READ COMMITTED, also inside BEGIN … COMMIT). Token and rights are read anew each time: what
//!   was revoked is gone with the next statement.
//! - Reads only; limits of time, rows and memory; cancel requests; `COPY … TO STDOUT`; `pg_catalog` for
//!   reflection.

mod copy;
mod parameters;
mod reflection;
mod reply;
mod scram;
mod seat;
mod settings;
mod sign_in;
mod statements;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use basalt_model::policy::Principal;
use dashmap::DashMap;
use pgwire::api::RandomPidSecretKeyGenerator;
use pgwire::tokio::process_socket;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use scram::SqlCredentials;
pub use tls::Tls;

use crate::engine::Engine;
use crate::error::{Error, Result};
use seat::{Handlers, Seat, SeatKey};

/// Time that a client gets to read why it is being shown out.
const GOODBYE: Duration = Duration::from_secs(1);

/// Who may come in. Implemented over the system of record.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The verifier behind a login name, or `None` when there is none that is valid now.
    async fn lookup(&self, username: &str) -> Result<Option<SqlCredentials>>;
    /// The user with the rights of this moment.
    async fn principal(&self, user_id: i64) -> Result<Principal>;
}

/// What the door needs to open.
pub struct PostgresDoor {
    pub listener: TcpListener,
    pub engine: Engine,
    pub credentials: Arc<dyn Credentials>,
    pub tls: Tls,
    /// Ends the door and all connections.
    pub shutdown: CancellationToken,
    pub max_connections: usize,
    /// Iterations of the verifiers as they are issued, so that an unknown name looks the same.
    pub iterations: u32,
    /// Secret of the installation from which the salts of unknown names are made; it should stay the
    /// same over restarts.
    pub secret: [u8; 32],
}

impl PostgresDoor {
    /// A door with a self-signed certificate, 100 connections and a secret of this run.
    pub fn new(listener: TcpListener, engine: Engine, credentials: Arc<dyn Credentials>) -> Self {
        Self {
            listener,
            engine,
            credentials,
            tls: Tls::SelfSigned,
            shutdown: CancellationToken::new(),
            max_connections: 100,
            iterations: 4096,
            secret: rand::random(),
        }
    }
}

/// What all connections share.
struct Shared {
    engine: Engine,
    credentials: Arc<dyn Credentials>,
    iterations: u32,
    secret: [u8; 32],
    keys: RandomPidSecretKeyGenerator,
    /// Who a cancel request is meant for.
    seats: DashMap<SeatKey, Arc<Seat>>,
}

/// Serves until `shutdown`; then all connections are closed.
pub async fn serve(door: PostgresDoor) -> Result<()> {
    let acceptor = door.tls.acceptor()?;
    let shared = Arc::new(Shared {
        engine: door.engine,
        credentials: door.credentials,
        iterations: door.iterations,
        secret: door.secret,
        keys: RandomPidSecretKeyGenerator::default(),
        seats: DashMap::new(),
    });
    let places = Arc::new(Semaphore::new(door.max_connections));
    let mut connections = JoinSet::new();
    if let Ok(address) = door.listener.local_addr() {
        tracing::info!(%address, "the SQL door is open");
    }
    loop {
        let accepted = tokio::select! {
            () = door.shutdown.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = door.listener.accept() => accepted,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors and the like: let others finish first.
                tracing::warn!(%error, "the SQL door cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            tracing::warn!(%peer, limit = door.max_connections, "the SQL door is full");
            continue;
        };
        let shared = shared.clone();
        let acceptor = acceptor.clone();
        connections.spawn(async move {
            let _place = place;
            connection(shared, socket, peer, acceptor).await;
        });
    }
    connections.shutdown().await;
    Ok(())
}

async fn connection(
    shared: Arc<Shared>,
    socket: TcpStream,
    peer: SocketAddr,
    acceptor: tokio_rustls::TlsAcceptor,
) {
    let seat = Arc::new(Seat::new(shared.clone()));
    let served = process_socket(socket, Some(acceptor), Handlers::new(seat.clone()));
    let shown_out = async {
        seat.ended().cancelled().await;
        tokio::time::sleep(GOODBYE).await;
    };
    tokio::select! {
        result = served => if let Err(error) = result {
            tracing::debug!(%peer, %error, "an SQL connection broke");
        },
        () = shown_out => {}
    }
    seat.leave();
}

impl From<Error> for pgwire::error::PgWireError {
    fn from(error: Error) -> Self {
        reply::error(&error)
    }
}
