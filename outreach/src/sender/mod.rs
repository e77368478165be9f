//! Sending: batches are claimed from the ledger, rendered, handed to the mail server, and settled.
//!
//! A sender works in lanes that overlap one lane's database work with another's SMTP work. Whatever
//! happens to a lane or the process, a message is in one of four places afterwards: settled, still
//! planned, given back, or `unknown` because it was on the wire.

mod claim;
mod lane;
mod lease;
mod pace;
mod settle;
pub mod smtp;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Outreach;
use crate::error::Result;
use crate::ledger::MessageState;
use lane::Lane;
use lease::Lease;
use pace::TokenBucket;

/// What one batch came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendReport {
    /// Messages claimed.
    pub claimed: u64,
    pub accepted: u64,
    pub deferred: u64,
    pub failed: u64,
    /// Handed back untouched: the server could not be reached, or the sender stops.
    pub released: u64,
    pub unknown: u64,
    /// Not sent because of suppression, consent, the cap or a changed contact.
    pub skipped: u64,
    /// Messages of lost senders that were marked as unknown.
    pub recovered: u64,
    /// Why the mail server could not be used; nothing was claimed then, or everything given back.
    pub unreachable: Option<String>,
}

impl SendReport {
    fn add(&mut self, other: &Self) {
        self.claimed += other.claimed;
        self.accepted += other.accepted;
        self.deferred += other.deferred;
        self.failed += other.failed;
        self.released += other.released;
        self.unknown += other.unknown;
        self.skipped += other.skipped;
        self.recovered += other.recovered;
        self.unreachable.clone_from(&other.unreachable);
    }

    /// There was nothing to do.
    pub fn is_idle(&self) -> bool {
        self.claimed == 0 && self.skipped == 0
    }
}

/// Lanes of one sender.
const LANES: usize = 2;
/// The longest pause while the server can't be reached or the database fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A sender: any number of them, in any number of processes, share the work.
pub struct Sender {
    shared: Arc<Shared>,
    lane: Mutex<Lane>,
}

/// What the lanes of one sender share.
pub(crate) struct Shared {
    outreach: Outreach,
    lease: Lease,
    /// What is known about runs being sent.
    runs: Mutex<HashMap<i64, RunState>>,
}

/// One run from this sender's point of view.
struct RunState {
    run: Arc<claim::Run>,
    bucket: Option<TokenBucket>,
    /// Planned messages up to here have been claimed; those given back are found by the next pass.
    after: i64,
}

/// A piece of work: up to `wanted` messages of a run.
struct Work {
    run: Arc<claim::Run>,
    due: Due,
    wanted: usize,
}

/// Where due messages of a run stand: in this state, with an id above `after`.
#[derive(Debug, Clone, Copy)]
struct Due {
    state: MessageState,
    after: i64,
}

impl Sender {
    pub fn new(outreach: &Outreach) -> Self {
        let shared = Arc::new(Shared {
            outreach: outreach.clone(),
            lease: Lease::new(outreach.pool().clone()),
            runs: Mutex::new(HashMap::new()),
        });
        let connections = outreach.config().smtp.connections;
        Self {
            lane: Mutex::new(Lane::new(Arc::clone(&shared), connections.max(1))),
            shared,
        }
    }

    /// Claims one batch, sends it and settles it. With nothing due, looks after lost senders and
    /// finished runs.
    pub async fn send_batch(&self) -> Result<SendReport> {
        self.lane
            .lock()
            .await
            .send_batch(&CancellationToken::new())
            .await
    }

    /// Sends batches until nothing is due. What is deferred stays for later.
    pub async fn send_all_due(&self) -> Result<SendReport> {
        let mut total = SendReport::default();
        loop {
            let report = self.send_batch().await?;
            total.add(&report);
            if report.is_idle() || report.unreachable.is_some() {
                return Ok(total);
            }
        }
    }

    /// Works until `shutdown`; then what is on the wire is finished and the rest given back.
    /// Errors of the database or the server are waited out, never returned.
    pub async fn run(&self, shutdown: CancellationToken) {
        let connections = self.shared.outreach.config().smtp.connections.max(LANES);
        let mut lanes = JoinSet::new();
        for index in 0..LANES {
            let share = connections / LANES + usize::from(index < connections % LANES);
            let lane = Lane::new(Arc::clone(&self.shared), share);
            lanes.spawn(work(lane, shutdown.clone()));
        }
        while let Some(ended) = lanes.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a lane of the sender ended by a panic");
            }
        }
    }
}

async fn work(mut lane: Lane, shutdown: CancellationToken) {
    let idle = lane.shared().outreach.config().idle_wait;
    let mut pause = idle;
    while !shutdown.is_cancelled() {
        let wait = match lane.send_batch(&shutdown).await {
            Ok(SendReport {
                unreachable: Some(problem),
                ..
            }) => {
                pause = (pause * 2).min(LONGEST_PAUSE);
                tracing::warn!(%problem, wait_s = pause.as_secs_f32(), "the mail server can't be reached");
                pause
            }
            Ok(report) if report.is_idle() => {
                pause = idle;
                idle
            }
            Ok(_) => {
                pause = idle;
                continue;
            }
            Err(error) => {
                pause = (pause * 2).min(LONGEST_PAUSE);
                tracing::error!(%error, wait_s = pause.as_secs_f32(), "a batch could not be sent");
                pause
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = lane.shared().outreach.senders_woken() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    lane.close().await;
}

impl Shared {
    /// The next piece of work that the pace of its run allows.
    async fn next_work(&self) -> Result<Option<Work>> {
        let config = self.outreach.config();
        let running: Vec<i64> = sqlx::query_scalar(
            "select r.id from crm.send_run r join sys.send_plan p on p.run_id = r.id
             where r.status = 'running' order by r.id",
        )
        .fetch_all(self.outreach.pool())
        .await?;
        let mut runs = self.runs.lock().await;
        runs.retain(|id, _| running.contains(id));
        for run_id in running {
            let is_new = !runs.contains_key(&run_id);
            if is_new {
                let mut connection = self.outreach.pool().acquire().await?;
                let dictionary = self.outreach.db().dictionary();
                let loaded = claim::load_run(
                    &mut connection,
                    &dictionary,
                    config.return_domain.as_deref(),
                    run_id,
                )
                .await;
                let run = match loaded {
                    Ok(run) => run,
                    Err(error) => {
                        tracing::error!(run_id, %error, "a run can't be sent");
                        continue;
                    }
                };
                let bucket = config
                    .rate_per_second
                    .map(|rate| TokenBucket::new(rate, Instant::now()));
                runs.insert(
                    run_id,
                    RunState {
                        run,
                        bucket,
                        after: 0,
                    },
                );
            }
            let Some(state) = runs.get_mut(&run_id) else {
                continue;
            };
            let Some(due) = self.due(run_id, state).await? else {
                continue;
            };
            let wanted = match &mut state.bucket {
                Some(bucket) => bucket.take(config.batch, Instant::now()),
                None => config.batch,
            };
            if wanted > 0 {
                return Ok(Some(Work {
                    run: Arc::clone(&state.run),
                    due,
                    wanted,
                }));
            }
        }
        Ok(None)
    }

    /// What of the run is due: planned messages first, from where the last claim ended, then from
    /// the beginning for those given back; then deferred ones whose time has come.
    async fn due(&self, run_id: i64, state: &mut RunState) -> Result<Option<Due>> {
        for after in [state.after, 0] {
            let planned: Option<i64> = sqlx::query_scalar(
                "select id from crm.message where run_id = $1 and state = 'planned' and id > $2
                 order by id limit 1",
            )
            .bind(run_id)
            .bind(after)
            .fetch_optional(self.outreach.pool())
            .await?;
            if let Some(id) = planned {
                state.after = id - 1;
                return Ok(Some(Due {
                    state: MessageState::Planned,
                    after: state.after,
                }));
            }
        }
        let deferred: Option<i64> = sqlx::query_scalar(
            "select id from crm.message
             where run_id = $1 and state = 'deferred'
               and (next_attempt_at is null or next_attempt_at <= now()) limit 1",
        )
        .bind(run_id)
        .fetch_optional(self.outreach.pool())
        .await?;
        Ok(deferred.map(|_| Due {
            state: MessageState::Deferred,
            after: 0,
        }))
    }

    /// Remembers how far a run was claimed and gives back what its pace allowed for nothing.
    async fn claimed(&self, work: &Work, last: Option<i64>, unused: usize) {
        if let Some(state) = self.runs.lock().await.get_mut(&work.run.id) {
            if let Some(last) = last
                && work.due.state == MessageState::Planned
            {
                state.after = state.after.max(last);
            }
            if let Some(bucket) = &mut state.bucket {
                bucket.put_back(unused);
            }
        }
    }
}
