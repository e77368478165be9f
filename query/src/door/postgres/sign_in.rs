//! Sign-in of a connection: TLS where it is due, then SCRAM.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::{Sink, SinkExt};
use pgwire::api::auth::{
    DefaultServerParameterProvider, StartupHandler, finish_authentication, protocol_negotiation,
    save_startup_parameters_to_metadata,
};
use pgwire::api::{ClientInfo, METADATA_USER, PgWireConnectionState, PidSecretKeyGenerator};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::startup::Authentication;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use tokio::sync::Mutex;

use super::reply;
use super::scram::{Exchange, MECHANISM, SqlCredentials};
use super::seat::{Guest, Seat};
use crate::catalog::functions::SERVER_VERSION;

pub(super) struct SignIn {
    seat: Arc<Seat>,
    step: Mutex<Step>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "one step a connection, most of its time in the large one"
)]
enum Step {
    Greeting,
    /// The server's first message is out.
    Challenged {
        exchange: Exchange,
        username: String,
        stored_key: [u8; 32],
    },
    Over,
}

impl SignIn {
    pub(super) fn new(seat: Arc<Seat>) -> Self {
        Self {
            seat,
            step: Mutex::new(Step::Greeting),
        }
    }

    /// Ends the connection; the reason is the same whatever was wrong.
    fn denied(&self, username: &str) -> PgWireError {
        self.seat.ended().cancel();
        reply::fatal(
            "28P01",
            format!("password authentication failed for user \"{username}\""),
        )
    }

    async fn challenge(&self, username: &str, client_first: &[u8]) -> PgWireResult<(Step, String)> {
        let shared = &self.seat.shared;
        let known = shared.credentials.lookup(username).await?;
        let credentials = known
            .unwrap_or_else(|| SqlCredentials::mock(&shared.secret, username, shared.iterations));
        let stored_key = credentials.stored_key;
        let nonce = BASE64.encode(rand::random::<[u8; 18]>());
        let exchange = Exchange::begin(client_first, credentials, &nonce)
            .map_err(|_| self.denied(username))?;
        let server_first = exchange.server_first().to_owned();
        Ok((
            Step::Challenged {
                exchange,
                username: username.to_owned(),
                stored_key,
            },
            server_first,
        ))
    }
}

#[async_trait]
impl StartupHandler for SignIn {
    async fn on_startup<C>(
        &self,
        client: &mut C,
        message: PgWireFrontendMessage,
    ) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match message {
            PgWireFrontendMessage::Startup(startup) => {
                protocol_negotiation(client, &startup).await?;
                save_startup_parameters_to_metadata(client, &startup);
                if !client.is_secure() && !client.socket_addr().ip().is_loopback() {
                    self.seat.ended().cancel();
                    return Err(reply::fatal(
                        "28000",
                        "this server speaks only TLS to other machines; use sslmode=require",
                    ));
                }
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                let offer = Authentication::SASL(vec![MECHANISM.to_owned()]);
                client
                    .send(PgWireBackendMessage::Authentication(offer))
                    .await?;
            }
            PgWireFrontendMessage::PasswordMessageFamily(message) => {
                let mut step = self.step.lock().await;
                match std::mem::replace(&mut *step, Step::Over) {
                    Step::Greeting => {
                        let username = client
                            .metadata()
                            .get(METADATA_USER)
                            .cloned()
                            .unwrap_or_default();
                        let first = message.into_sasl_initial_response()?;
                        if first.auth_method != MECHANISM {
                            return Err(self.denied(&username));
                        }
                        let client_first = first.data.unwrap_or_default();
                        let (next, server_first) = self.challenge(&username, &client_first).await?;
                        *step = next;
                        let reply = Authentication::SASLContinue(server_first.into());
                        client
                            .send(PgWireBackendMessage::Authentication(reply))
                            .await?;
                    }
                    Step::Challenged {
                        exchange,
                        username,
                        stored_key,
                    } => {
                        let last = message.into_sasl_response()?;
                        let Ok((server_final, user_id)) = exchange.finish(&last.data) else {
                            tracing::info!(peer = %client.socket_addr(), "an SQL sign-in was denied");
                            return Err(self.denied(&username));
                        };
                        let reply = Authentication::SASLFinal(server_final.into());
                        client
                            .send(PgWireBackendMessage::Authentication(reply))
                            .await?;
                        let (pid, secret) = self.seat.shared.keys.generate(client);
                        self.seat.take(
                            Guest {
                                username,
                                user_id,
                                stored_key,
                            },
                            pid,
                            &secret,
                        );
                        client.set_pid_and_secret_key(pid, secret);
                        tracing::info!(user_id, peer = %client.socket_addr(), "an SQL connection began");
                        finish_authentication(client, &parameters()).await?;
                    }
                    Step::Over => return Err(self.denied("")),
                }
            }
            _ => {
                self.seat.ended().cancel();
                return Err(reply::fatal(
                    "08P01",
                    "expected a start-up or password message",
                ));
            }
        }
        Ok(())
    }
}

/// What the server tells of itself.
fn parameters() -> DefaultServerParameterProvider {
    let mut parameters = DefaultServerParameterProvider::default();
    parameters.server_version = SERVER_VERSION.to_owned();
    parameters.search_path = "crm".to_owned();
    parameters.is_superuser = false;
    parameters.default_transaction_read_only = true;
    parameters.time_zone = "UTC".to_owned();
    parameters
}
