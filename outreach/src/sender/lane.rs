//! A lane: claims a batch, sends it over its connections side by side, and settles as results come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::claim::{self, Batch, Claimed, Run};
use super::lease;
use super::settle::{self, Outcome};
use super::smtp::{Delivery, SmtpLine};
use super::{SendReport, Shared, Work};
use crate::content::{Envelope, compose};
use crate::error::Result;
use crate::ledger::MessageEvent;
use crate::tracking::Addresses;

/// Results settled by one statement.
const SETTLED_AT_ONCE: usize = 100;

pub(crate) struct Lane {
    shared: Arc<Shared>,
    lines: Vec<SmtpLine>,
}

impl Lane {
    pub(super) fn new(shared: Arc<Shared>, connections: usize) -> Self {
        let smtp = &shared.outreach.config().smtp;
        let lines = (0..connections.max(1))
            .map(|_| SmtpLine::new(smtp.clone()))
            .collect();
        Self { lines, shared }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) async fn close(&mut self) {
        for line in &mut self.lines {
            line.close().await;
        }
    }

    pub(super) async fn send_batch(&mut self, stopping: &CancellationToken) -> Result<SendReport> {
        let mut report = SendReport::default();
        let Some(work) = self.shared.next_work().await? else {
            report.recovered = self.look_after().await?;
            return Ok(report);
        };
        // Nothing is claimed while nobody would take it: the messages stay as they were planned.
        if let Some(line) = self.lines.first_mut()
            && let Err(problem) = line.connect().await
        {
            self.shared.claimed(&work, None, work.wanted).await;
            report.unreachable = Some(problem);
            return Ok(report);
        }
        let batch = self.claim(&work).await?;
        let claimed = batch.as_ref().map_or(0, |batch| batch.messages.len());
        let last = batch.as_ref().map(|batch| batch.last);
        self.shared
            .claimed(&work, last, work.wanted.saturating_sub(claimed))
            .await;
        let Some(batch) = batch else {
            return Ok(report);
        };
        report.claimed = claimed as u64;
        report.skipped = batch.skipped;
        if !batch.messages.is_empty() {
            self.send(&work.run, batch, stopping, &mut report).await?;
        }
        Ok(report)
    }

    async fn claim(&self, work: &Work) -> Result<Option<Batch>> {
        let number = self.shared.lease.number().await?;
        let outreach = &self.shared.outreach;
        let mut tx = outreach.db().begin(&claim::actor()).await?;
        let cap = outreach.config().frequency_cap;
        let batch = claim::claim(&mut tx, work, number, cap).await?;
        tx.commit().await?;
        Ok(batch)
    }

    /// When nothing is due: recovers what lost senders held, and ends what is finished.
    async fn look_after(&self) -> Result<u64> {
        let outreach = &self.shared.outreach;
        // An idle installation must not write anything.
        let anything: bool = sqlx::query_scalar(
            "select exists (select from sys.send_claim)
                 or exists (select from crm.send_run r join sys.send_plan p on p.run_id = r.id
                            where r.status = 'running'
                              and not exists (select from crm.message m where m.run_id = r.id
                                              and m.state in ('planned', 'claimed', 'deferred')))",
        )
        .fetch_one(outreach.pool())
        .await?;
        if !anything {
            return Ok(0);
        }
        let mut tx = outreach.db().begin(&claim::actor()).await?;
        let recovered = lease::recover(&mut tx).await?;
        settle::finish_runs(&mut tx).await?;
        tx.commit().await?;
        Ok(recovered)
    }

    async fn send(
        &mut self,
        run: &Run,
        batch: Batch,
        stopping: &CancellationToken,
        report: &mut SendReport,
    ) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let claim_id = batch.claim_id;
        let expected = batch.messages.len();
        let queue = Mutex::new(VecDeque::from(batch.messages));
        let (results, mut settled) = mpsc::unbounded_channel();
        let desk = Desk {
            shared: &shared,
            run,
            queue: &queue,
            stopping,
        };
        let sending = async {
            let mut lines: FuturesUnordered<_> = self
                .lines
                .iter_mut()
                .map(|line| desk.serve(line, results.clone()))
                .collect();
            while lines.next().await.is_some() {}
            drop(lines);
            drop(results);
        };
        let settling = async {
            let mut done = 0;
            let mut outcomes = Vec::with_capacity(SETTLED_AT_ONCE);
            while settled.recv_many(&mut outcomes, SETTLED_AT_ONCE).await > 0 {
                done += outcomes.len();
                for outcome in &outcomes {
                    report.count(outcome);
                }
                settle_for_sure(&shared, &outcomes, (done == expected).then_some(claim_id)).await;
                outcomes.clear();
            }
        };
        tokio::join!(sending, settling);
        Ok(())
    }
}

/// Where the lines of a lane fetch their work.
struct Desk<'a> {
    shared: &'a Shared,
    run: &'a Run,
    queue: &'a Mutex<VecDeque<Claimed>>,
    stopping: &'a CancellationToken,
}

impl Desk<'_> {
    async fn serve(&self, line: &mut SmtpLine, results: mpsc::UnboundedSender<Outcome>) {
        let mut unreachable: Option<String> = None;
        while let Some(message) = self.next() {
            let outcome = match &unreachable {
                // One refused connection is enough: the rest of the batch is given back at once.
                Some(problem) => given_back(&message, problem.clone()),
                None if self.stopping.is_cancelled() => {
                    given_back(&message, "the sender was stopped".into())
                }
                None => {
                    let outcome = self.send(line, &message).await;
                    if outcome.event == MessageEvent::Release {
                        unreachable = Some(outcome.reason.clone().unwrap_or_default());
                    }
                    outcome
                }
            };
            if results.send(outcome).is_err() {
                return;
            }
        }
    }

    fn next(&self) -> Option<Claimed> {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }

    async fn send(&self, line: &mut SmtpLine, message: &Claimed) -> Outcome {
        let outreach = &self.shared.outreach;
        let addresses = Addresses::new(&self.run.base_url, &message.token);
        let mut person = message.person.clone();
        person.unsubscribe_url = addresses.unsubscribe();
        person.open_url = addresses.open();
        person.link_urls = (0..self.run.content.links.len())
            .map(|link| addresses.click(outreach.signer(), link))
            .collect();
        let mail = match self.run.renderer.render(&person) {
            Ok(mail) => mail,
            Err(error) => {
                return Outcome::unmakeable(message.id, message.attempt, &error.to_string());
            }
        };
        let subject = mail.subject.clone();
        let envelope = Envelope {
            to_name: message.to_name.as_deref(),
            to: &message.to,
            message_ref: &message.message_ref,
            token: &message.token,
            unsubscribe_url: &person.unsubscribe_url,
            at: SystemTime::now(),
        };
        match compose(&self.run.sender, mail, envelope) {
            Ok(mail) => {
                let delivery = line.deliver(&mail.envelope, &mail.bytes).await;
                Outcome::of(
                    message.id,
                    message.attempt,
                    subject,
                    delivery,
                    &outreach.config().retry,
                )
            }
            Err(error) => Outcome::unmakeable(message.id, message.attempt, &error.to_string()),
        }
    }
}

fn given_back(message: &Claimed, problem: String) -> Outcome {
    // Without a retry policy: a message that was not tried has not used up a try.
    Outcome::of(
        message.id,
        message.attempt,
        String::new(),
        Delivery::Unreachable { problem },
        &crate::config::RetryPolicy::default(),
    )
}

/// What has happened must reach the ledger: a failing database is waited for as long as this
/// process lives. If it dies meanwhile, the next sender marks the messages as unknown.
async fn settle_for_sure(shared: &Shared, outcomes: &[Outcome], finished_claim: Option<i64>) {
    let mut pause = Duration::from_millis(100);
    loop {
        let attempt = async {
            let mut tx = shared.outreach.db().begin(&claim::actor()).await?;
            settle::settle(&mut tx, outcomes, finished_claim).await?;
            tx.commit().await?;
            Ok::<_, crate::Error>(())
        };
        match attempt.await {
            Ok(()) => return,
            Err(error) => {
                tracing::error!(%error, results = outcomes.len(), "results could not be written, trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(10));
            }
        }
    }
}

impl SendReport {
    fn count(&mut self, outcome: &Outcome) {
        match outcome.event {
            MessageEvent::Accept => self.accepted += 1,
            MessageEvent::Defer => self.deferred += 1,
            MessageEvent::Fail => self.failed += 1,
            MessageEvent::Release => {
                self.released += 1;
                self.unreachable.clone_from(&outcome.reason);
            }
            MessageEvent::Lose => self.unknown += 1,
            MessageEvent::Claim
            | MessageEvent::Skip
            | MessageEvent::Resend
            | MessageEvent::Bounce => {}
        }
    }
}
