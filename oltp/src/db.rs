//! The connection to Postgres and transactions that know who acts.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use basalt_model::{Dictionary, Principal};
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::behaviour;
use crate::ddl::{self, MigrationPlan};
use crate::dictionary::stored::{self, State};
use crate::error::{Error, Result};

/// The system of record: a pool of connections and the dictionary. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: PgPool,
    /// What comes with Basalt.
    base: Arc<Dictionary>,
    known: Arc<RwLock<Known>>,
}

/// The dictionary with what was defined at run time up to a version.
struct Known {
    version: i64,
    dictionary: Arc<Dictionary>,
}

/// What a migration did.
#[derive(Debug, Clone, Default)]
pub struct MigrationReport {
    /// System migrations that were applied now.
    pub system: Vec<String>,
    /// Steps of the dictionary's plan that were applied now.
    pub dictionary: Vec<ddl::Step>,
}

impl MigrationReport {
    pub fn is_empty(&self) -> bool {
        self.system.is_empty() && self.dictionary.is_empty()
    }
}

impl Db {
    /// Connects with the standard dictionary. Doesn't migrate.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the server doesn't answer within ten seconds.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, Dictionary::standard()).await
    }

    /// Connects with a dictionary of one's own.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the server doesn't answer within ten seconds.
    pub async fn connect_with(url: &str, dictionary: Dictionary) -> Result<Self> {
        let options: PgConnectOptions = url.parse().map_err(Error::Unavailable)?;
        let options = options.application_name("basalt").options([
            ("timezone", "UTC"),
            ("statement_timeout", "60s"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "300s"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await
            .map_err(Error::Unavailable)?;
        let base = Arc::new(dictionary);
        let db = Self {
            pool,
            known: Arc::new(RwLock::new(Known {
                version: 0,
                dictionary: Arc::clone(&base),
            })),
            base,
        };
        db.refresh().await?;
        Ok(db)
    }

    /// The pool, for reads of system tables. Business rows are changed through [`begin`](Self::begin).
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The dictionary of now: what comes with Basalt and what administrators defined.
    pub fn dictionary(&self) -> Arc<Dictionary> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&known.dictionary)
    }

    pub(crate) fn base(&self) -> Arc<Dictionary> {
        Arc::clone(&self.base)
    }

    /// Reads anew what administrators defined, which may have happened in another process. Every
    /// transaction does it by itself when something changed.
    ///
    /// # Errors
    /// [`Error::Dictionary`] when a definition no longer fits what comes with Basalt.
    pub async fn refresh(&self) -> Result<()> {
        let mut connection = self.pool.acquire().await?;
        self.learn(stored::read(&mut connection).await?)
    }

    fn learn(&self, state: State) -> Result<()> {
        if state.version == self.version() {
            return Ok(());
        }
        let dictionary = Arc::new(self.base.extended(&state.entries)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.version < state.version {
            *known = Known {
                version: state.version,
                dictionary,
            };
        }
        Ok(())
    }

    fn version(&self) -> i64 {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.version
    }

    /// Brings the database up to date: system migrations, then the dictionary's plan, under one
    /// advisory lock, so that concurrent starts wait for each other and find nothing left to do.
    ///
    /// # Errors
    /// [`Error::Migration`] when a step is needed that takes away or narrows; nothing of the
    /// dictionary's plan is applied then.
    pub async fn migrate(&self) -> Result<MigrationReport> {
        let report = ddl::migrate(&self.pool, &self.base).await?;
        if self.base.object("behaviour_type").is_some() {
            behaviour::install_standard_types(self).await?;
        }
        self.refresh().await?;
        Ok(report)
    }

    /// What [`migrate`](Self::migrate) would do to the dictionary's tables now.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate).
    pub async fn migration_plan(&self) -> Result<MigrationPlan> {
        let mut connection = self.pool.acquire().await?;
        let state = stored::read(&mut connection).await?;
        ddl::plan(&mut connection, &self.base.extended(&state.entries)?).await
    }

    /// Begins a transaction in the name of the principal: the audit trigger reads it, and change
    /// capture receives it as a transactional logical message with prefix `basalt.actor`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is free in time.
    pub async fn begin(&self, principal: &Principal) -> Result<Tx> {
        let mut inner = self.pool.begin().await?;
        let actor = json!({ "actor": principal.actor(), "via": principal.via.tag() }).to_string();
        let user = if principal.user_id > 0 {
            principal.user_id.to_string()
        } else {
            String::new()
        };
        let version: i64 = sqlx::query_scalar(
            "select (select version from sys.dictionary_state), set_config('basalt.actor', $1, true), \
             set_config('basalt.user', $2, true), pg_logical_emit_message(true, 'basalt.actor', $1)::text",
        )
        .bind(&actor)
        .bind(&user)
        .fetch_one(&mut *inner)
        .await?;
        if version != self.version() {
            self.learn(stored::read(&mut inner).await?)?;
        }
        Ok(Tx {
            inner,
            pool: self.pool.clone(),
        })
    }
}

/// A transaction that carries its principal. Rolled back when dropped. Use `&mut *tx` as executor.
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    pool: PgPool,
}

impl Tx {
    /// Commits, and says a WAL position that is not below the commit's own: a read of the lake at
    /// or after it sees this change.
    ///
    /// # Errors
    /// The commit failed, or (rarely) its outcome is unknown because the connection broke.
    pub async fn commit(self) -> Result<String> {
        self.inner.commit().await?;
        // The position is the server's, not the session's: read after the commit it is never below it.
        Ok(
            sqlx::query_scalar("select pg_current_wal_insert_lsn()::text")
                .fetch_one(&self.pool)
                .await?,
        )
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// The connection broke; the server rolls back by itself then.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.inner.rollback().await?)
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
