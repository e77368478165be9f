//! Background work: a job is a value with a name and a `run`, enqueued in the transaction that wants it,
//! so that there is no job of a change that was taken back and no change without its job.
//!
//! The queue is `graphile_worker`, in the same database; nothing outside this file knows it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext, WorkerOptions};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::PgConnection;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::outbound::Outbound;
use crate::{retention, sales, workflow};

/// Jobs at once.
const CONCURRENCY: usize = 4;

/// A piece of background work.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Stands in the queue; never to be changed while jobs wait.
    const NAME: &'static str;
    /// How often it is tried before it is given up, each time later.
    const ATTEMPTS: i32 = 10;

    /// Does the work. It may be done again when the process dies at its end.
    fn run(self, context: JobContext) -> impl Future<Output = Result<()>> + Send + 'static;
}

/// When and in which order a job is done.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Jobs of one queue are done one after the other.
    pub queue: Option<String>,
    /// Not before.
    pub at: Option<DateTime<Utc>>,
}

/// A letter to a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// How letters leave; the system of record knows no mail server itself.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands a letter over; a refusal is tried again later.
    async fn send(&self, letter: &Letter) -> std::result::Result<(), String>;
}

/// What jobs work with.
#[derive(Clone)]
pub struct JobContext {
    pub db: Db,
    pub outbound: Outbound,
    pub mailer: Arc<dyn Mailer>,
}

impl fmt::Debug for JobContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JobContext")
    }
}

/// Puts a job into the queue, within the transaction of `connection`.
///
/// # Errors
/// The database failed, or no worker has made the queue yet.
pub async fn enqueue<J: Job>(connection: &mut PgConnection, job: &J, order: Order) -> Result<()> {
    let payload = serde_json::to_value(job).map_err(|error| Error::Stored(error.to_string()))?;
    sqlx::query(
        "select (graphile_worker.add_job($1, $2::json, queue_name := $3, run_at := $4, max_attempts := $5)).id",
    )
    .bind(J::NAME)
    .bind(payload)
    .bind(order.queue)
    .bind(order.at)
    .bind(J::ATTEMPTS)
    .execute(connection)
    .await?;
    Ok(())
}

/// Does the jobs.
pub struct Worker {
    inner: graphile_worker::Worker,
    db: Db,
}

impl Worker {
    /// Makes the queue when it isn't there yet, and gets ready.
    ///
    /// # Errors
    /// The database failed.
    pub async fn start(context: JobContext) -> Result<Self> {
        let db = context.db.clone();
        let inner = WorkerOptions::default()
            .schema("graphile_worker")
            .concurrency(CONCURRENCY)
            .poll_interval(Duration::from_secs(2))
            .listen_os_shutdown_signals(false)
            .pg_pool(db.pool().clone())
            .add_extension(context)
            .define_job::<Task<workflow::Events>>()
            .define_job::<Task<workflow::RunRule>>()
            .define_job::<Task<workflow::SendLetter>>()
            .define_job::<Task<workflow::DeliverWebhook>>()
            .define_job::<Task<sales::scoring::RescoreLeads>>()
            .init()
            .await
            .map_err(|error| Error::Migration(format!("the queue of jobs: {error}")))?;
        // What happened before there was a queue.
        let mut connection = db.pool().acquire().await?;
        enqueue(&mut connection, &workflow::Events {}, Order::default()).await?;
        drop(connection);
        Ok(Self { inner, db })
    }

    /// Does jobs until [`stop`](Self::stop); looks every half minute for what is due by time.
    ///
    /// # Errors
    /// The queue can't be read.
    pub async fn run(&self) -> Result<()> {
        let due = async {
            loop {
                if let Err(error) = workflow::sweep(&self.db, Utc::now()).await {
                    tracing::error!(%error, "what is due by time could not be looked for; tried again");
                }
                if let Err(error) = retention::round(&self.db, Utc::now()).await {
                    tracing::error!(%error, "partitions could not be looked after; tried again");
                }
                if let Err(error) = sales::sweep_when_due(&self.db, Utc::now()).await {
                    tracing::error!(%error, "leads and customers to recycle could not be looked for; tried again");
                }
                tokio::time::sleep(Duration::from_secs(30)).await;
            }
        };
        tokio::select! {
            done = self.inner.run() => done.map_err(|error| Error::Stored(format!("the queue of jobs: {error}"))),
            () = due => Ok(()),
        }
    }

    /// Does what waits now, and what that leads to, and returns.
    ///
    /// # Errors
    /// The queue can't be read.
    pub async fn run_waiting(&self) -> Result<()> {
        loop {
            self.inner
                .run_once()
                .await
                .map_err(|error| Error::Stored(format!("the queue of jobs: {error}")))?;
            // Jobs lead to jobs, which the queue didn't look for any more.
            let more: bool = sqlx::query_scalar(
                "select exists (select from graphile_worker._private_jobs where is_available and run_at <= now())",
            )
            .fetch_one(self.db.pool())
            .await?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Lets running jobs finish, and takes no more.
    pub fn stop(&self) {
        self.inner.request_shutdown();
    }
}

/// A job as the queue wants it.
struct Task<J>(J);

impl<J: Serialize> Serialize for Task<J> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, J: DeserializeOwned> Deserialize<'de> for Task<J> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        J::deserialize(deserializer).map(Self)
    }
}

impl<J: Job> TaskHandler for Task<J> {
    const IDENTIFIER: &'static str = J::NAME;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(shared) = context.get_ext::<JobContext>() else {
            return Err("the worker was made without a context".to_owned());
        };
        self.0.run(shared.clone()).await.map_err(|error| {
            tracing::warn!(job = J::NAME, %error, "a job failed; it is tried again later");
            error.to_string()
        })
    }
}
