//! One connection: who sits there, what runs, and how a statement gets its session.

use futures::future::BoxFuture;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use pgwire::api::auth::StartupHandler;
use pgwire::api::cancel::CancelHandler;
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use pgwire::api::{ErrorHandler, PgWireServerHandlers};
use pgwire::error::PgWireResult;
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::SecretKey;
use tokio_util::sync::CancellationToken;

use super::reflection::Reflection;
use super::settings::Settings;
use super::sign_in::SignIn;
use super::statements::Statements;
use super::{Shared, reply};
use crate::engine::ReadAt;
use crate::session::Session;

/// What a cancel request names a connection by.
pub(super) type SeatKey = (i32, Bytes);

/// Who signed in, and with which verifier.
pub(super) struct Guest {
    pub(super) username: String,
    pub(super) user_id: i64,
    pub(super) stored_key: [u8; 32],
}

pub(super) struct Seat {
    pub(super) shared: Arc<Shared>,
    guest: OnceLock<Guest>,
    key: OnceLock<SeatKey>,
    /// Ends the statement that runs now.
    running: Mutex<CancellationToken>,
    ended: CancellationToken,
    reflection: Reflection,
    pub(super) settings: Mutex<Settings>,
}

impl Seat {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            guest: OnceLock::new(),
            key: OnceLock::new(),
            running: Mutex::new(CancellationToken::new()),
            ended: CancellationToken::new(),
            reflection: Reflection::new(),
            settings: Mutex::new(Settings::default()),
        }
    }

    /// Seats a guest; from now on cancel requests find the way here.
    pub(super) fn take(self: &Arc<Self>, guest: Guest, pid: i32, secret: &SecretKey) {
        let key = (pid, secret.to_bytes());
        if self.guest.set(guest).is_ok() && self.key.set(key.clone()).is_ok() {
            self.shared.seats.insert(key, self.clone());
        }
    }

    /// The connection is over.
    pub(super) fn leave(&self) {
        self.cancel();
        if let Some(key) = self.key.get() {
            self.shared.seats.remove(key);
        }
    }

    /// Cancelled when the client is to be shown out.
    pub(super) fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// A session for one statement, with the rights of this moment, at `at` unless the connection is set
    /// to a moment of the past. A statement that still ran in
    /// this connection is not touched: portals may be read in turns.
    pub(super) fn session<'a>(&'a self, at: ReadAt) -> BoxFuture<'a, PgWireResult<Session>> {
        Box::pin(async move {
            let Some(guest) = self.guest.get() else {
                self.ended.cancel();
                return Err(reply::fatal("28000", "sign in first"));
            };
            let credentials = self.shared.credentials.lookup(&guest.username).await?;
            let valid = credentials.is_some_and(|known| {
                known.user_id == guest.user_id && known.stored_key == guest.stored_key
            });
            if !valid {
                self.ended.cancel();
                tracing::info!(
                    user_id = guest.user_id,
                    "an SQL connection ended: its token is no longer valid"
                );
                return Err(reply::fatal(
                    "57P01",
                    "the token of this connection has expired or was revoked",
                ));
            }
            let principal = self.shared.credentials.principal(guest.user_id).await?;
            let settings = self
                .settings
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let at = settings.as_of().map_or(at, ReadAt::Past);
            let session = self.shared.engine.session(&principal, at).await?;
            self.reflection.attach(&session)?;
            Ok(settings.apply(session).with_cancel(self.running_token()))
        })
    }

    /// A token for the statement that begins now; its predecessor can no longer be cancelled.
    pub(super) fn begin(&self) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = CancellationToken::new();
    }

    fn running_token(&self) -> CancellationToken {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn cancel(&self) {
        self.running_token().cancel();
    }
}

/// The parts that the wire protocol asks for, all of one seat.
pub(super) struct Handlers {
    sign_in: Arc<SignIn>,
    statements: Arc<Statements>,
    canceller: Arc<Canceller>,
}

impl Handlers {
    pub(super) fn new(seat: Arc<Seat>) -> Self {
        Self {
            sign_in: Arc::new(SignIn::new(seat.clone())),
            canceller: Arc::new(Canceller(seat.shared.clone())),
            statements: Arc::new(Statements::new(seat)),
        }
    }
}

impl PgWireServerHandlers for Handlers {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        self.statements.clone()
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        self.statements.clone()
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        self.sign_in.clone()
    }

    fn cancel_handler(&self) -> Arc<impl CancelHandler> {
        self.canceller.clone()
    }

    fn error_handler(&self) -> Arc<impl ErrorHandler> {
        Arc::new(pgwire::api::NoopHandler)
    }
}

struct Canceller(Arc<Shared>);

#[async_trait]
impl CancelHandler for Canceller {
    async fn on_cancel_request(&self, request: CancelRequest) {
        let key = (request.pid, request.secret_key.to_bytes());
        if let Some(seat) = self.0.seats.get(&key) {
            seat.cancel();
        }
    }
}
