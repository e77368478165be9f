//! Outreach: from a segment to its return.
//!
//! ```text
//! segment    who fits, asked of the lake at one position and kept in the record
//! resolve    segments made of segments, down to what the lake can be asked
//! campaign   checks before sending, the plan, steering a run, the result
//! content    MJML → HTML once a run, personal values for each person, MIME
//! ledger     the states of a message and what moves them
//! sender     claim → render → hand over → settle, in lanes
//! tracking   opens, clicks, unsubscriptions, and who really caused them
//! mailbox    a development SMTP server that delivers to nobody
//! ```

#![forbid(unsafe_code)]

pub mod audience;
pub mod campaign;
pub mod config;
pub mod content;
mod error;
pub mod ledger;
pub mod mailbox;
pub mod refusal;
mod resolve;
pub mod segment;
pub mod sender;
pub mod tracking;

use std::sync::Arc;

use basalt_model::{Action, Principal, Via};
use basalt_oltp::Db;
use basalt_oltp::auth::{Auth, AuthError};
use basalt_oltp::record::{Select, Store};
use basalt_query::Engine;
use sqlx::PgPool;
use tokio::sync::Notify;

pub use audience::{Audience, Cut, Definition, LakeAudience, SetOperation};
pub use campaign::{CampaignResult, Launched, RunProgress, RunStatus, SkipReason};
pub use config::{FrequencyCap, OutreachConfig, RetryPolicy, SmtpConfig, SmtpTls};
pub use error::{Error, Result};
pub use ledger::{MessageEvent, MessageState};
pub use mailbox::{Mailbox, MailboxMessage};
pub use refusal::Refusal;
pub use segment::{Evaluation, Explanation, Preview};
pub use sender::{SendReport, Sender};
pub use tracking::Hit;

/// Outreach over one database and one lake. Cheap to clone.
#[derive(Clone)]
pub struct Outreach {
    shared: Arc<Shared>,
}

struct Shared {
    db: Db,
    audience: Arc<dyn Audience>,
    config: OutreachConfig,
    signer: tracking::Signer,
    /// Wakes the senders of this process when there is new work.
    work: Notify,
}

impl Outreach {
    pub fn new(db: Db, engine: Engine, config: OutreachConfig) -> Self {
        Self::with_audience(db, Arc::new(LakeAudience::new(engine)), config)
    }

    /// With another way to ask who fits a segment.
    pub fn with_audience(db: Db, audience: Arc<dyn Audience>, config: OutreachConfig) -> Self {
        let signer = tracking::Signer::new(config.secret.clone());
        Self {
            shared: Arc::new(Shared {
                db,
                audience,
                config,
                signer,
                work: Notify::new(),
            }),
        }
    }

    pub fn config(&self) -> &OutreachConfig {
        &self.shared.config
    }

    pub(crate) fn db(&self) -> &Db {
        &self.shared.db
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.shared.db.pool()
    }

    pub(crate) fn audience(&self) -> &dyn Audience {
        self.shared.audience.as_ref()
    }

    pub(crate) fn signer(&self) -> &tracking::Signer {
        &self.shared.signer
    }

    pub(crate) fn wake_senders(&self) {
        self.shared.work.notify_waiters();
    }

    pub(crate) async fn senders_woken(&self) {
        self.shared.work.notified().await;
    }

    /// Fails with "not found" unless the principal may read the record.
    pub(crate) async fn readable(
        &self,
        principal: &Principal,
        object: &'static str,
        id: i64,
    ) -> Result<()> {
        if !principal.can(object, Action::Read) {
            return Err(Error::NotFound { what: object, id });
        }
        let only_id = Select {
            fields: vec!["id".into()],
            include: Vec::new(),
        };
        match Store::new(self.shared.db.clone())
            .get(principal, object, id, &only_id)
            .await
        {
            Ok(_) => Ok(()),
            Err(basalt_oltp::Error::NotFound) => Err(Error::NotFound { what: object, id }),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn principal_of(&self, user_id: i64, via: Via) -> Result<Principal> {
        let auth = Auth::new(self.shared.db.clone());
        auth.principal_of(user_id, via)
            .await
            .map_err(|error| match error {
                AuthError::Disabled | AuthError::NoSuchUser => Error::OwnerGone { user_id },
                other => Error::Rights(other),
            })
    }
}
