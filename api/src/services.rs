//! One machine's Basalt: every part started in order, watched, and stopped in the opposite order.
//!
//! ```text
//! data directory → Postgres → record side (Db, Auth, Store) → lake → capture → engine
//!   → outreach, reports → SQL door → HTTP
//! ```

mod analysis;
mod erasures;
mod error;
mod letters;
mod query_node;
mod record_side;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use basalt_oltp::{
    jobs::{JobContext, Worker},
    outbound::Outbound,
};
use basalt_outreach::Mailbox;
use basalt_query::door::{self, postgres::PostgresDoor};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use url::Url;

pub use analysis::{phase_words, troubles};
pub use error::StartError;
pub use query_node::QueryNode;
pub use record_side::RecordSide;

use crate::{
    App,
    app::Parts,
    config::Config,
    events::{Event, Events},
    router::router,
};

/// Requests under way get this long when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// A running Basalt. Stop it with [`Node::stop`]; dropping it leaves Postgres running.
pub struct Node {
    app: App,
    http: SocketAddr,
    sql: SocketAddr,
    records: RecordSide,
    /// Ends the doors: nothing new comes in.
    doors: CancellationToken,
    /// Ends background work.
    workers: CancellationToken,
    door_tasks: Vec<(&'static str, JoinHandle<()>)>,
    worker_tasks: Vec<(&'static str, JoinHandle<()>)>,
}

impl Node {
    /// Starts everything. Returns when requests are answered; the initial copy into the lake goes on meanwhile.
    ///
    /// # Errors
    /// One sentence that says what is in the way and what to do about it.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        // Ports first: a mistake there should not cost a database start.
        let http = bind("the web application", "BASALT_HTTP", config.http).await?;
        let sql = bind("the SQL door", "BASALT_SQL_ADDR", config.sql).await?;
        let (http_address, sql_address) = (local(&http)?, local(&sql)?);
        let mut config = config;
        config.sql = sql_address;

        let records = RecordSide::start(&config).await?;
        let public_url = public_url(&config, http_address);
        let files = records.files(&config)?;
        let interrupted = basalt_oltp::import::Importer::new(records.db().clone())
            .close_interrupted()
            .await?;
        if interrupted > 0 {
            tracing::warn!(
                interrupted,
                "imports were cut off by the last stop; nothing of them was imported"
            );
        }
        let mailbox = match &config.smtp {
            Some(_) => None,
            None => Some(
                Mailbox::start(config.mailbox, Some(&records.data().mailbox()))
                    .map_err(StartError::mailbox)?,
            ),
        };
        let analysis = analysis::start(&config, &records, &public_url, mailbox.as_ref()).await?;

        let (doors, workers) = (CancellationToken::new(), CancellationToken::new());
        let mut worker_tasks = analysis::spawn_workers(records.db(), &analysis, &workers);
        let letters = letters::Letters::new(
            analysis::smtp(&config, mailbox.as_ref())?,
            public_url.domain().unwrap_or("localhost"),
        );
        let jobs = Worker::start(JobContext {
            db: records.db().clone(),
            outbound: Outbound::new(records.db().clone()),
            mailer: Arc::new(letters),
        })
        .await?;
        worker_tasks.push(("jobs", spawn("jobs", do_jobs(jobs, workers.clone()))));
        let engine = analysis.engine.clone();
        let credentials = Arc::new(analysis::SqlUsers(records.auth().clone()));
        let events = Events::default();
        let told = spawn(
            "freshness events",
            tell_freshness(
                analysis.capture.subscribe(),
                events.clone(),
                workers.clone(),
            ),
        );

        let app = App::new(Parts {
            config,
            public_url,
            db: records.db().clone(),
            store: records.store().clone(),
            files,
            imports: crate::routes::imports::RunningImports::default(),
            auth: records.auth().clone(),
            analysis: Some(analysis),
            mailbox,
            events,
        });
        let sql_door = door::postgres::serve(PostgresDoor {
            shutdown: doors.clone(),
            secret: door_secret(records.data().secret()),
            ..PostgresDoor::new(sql, engine, credentials)
        });
        let door_tasks = vec![
            (
                "SQL door",
                spawn("SQL door", log_failure("SQL door", sql_door)),
            ),
            (
                "HTTP",
                spawn(
                    "HTTP",
                    log_failure("HTTP", serve_http(http, app.clone(), doors.clone())),
                ),
            ),
        ];
        worker_tasks.push((
            "search index",
            spawn(
                "search index",
                index_what_waits(records.db().clone(), workers.clone()),
            ),
        ));
        worker_tasks.push(("freshness events", told));
        tracing::info!(http = %http_address, sql = %sql_address, "Basalt is ready");
        Ok(Self {
            app,
            http: http_address,
            sql: sql_address,
            records,
            doors,
            workers,
            door_tasks,
            worker_tasks,
        })
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where HTTP listens.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where the SQL door listens.
    pub fn sql(&self) -> SocketAddr {
        self.sql
    }

    /// The address people open.
    pub fn url(&self) -> &Url {
        self.app.public_url()
    }

    pub fn records(&self) -> &RecordSide {
        &self.records
    }

    /// Stops in order: doors, background work, capture (flushing the lake), Postgres. Nothing committed is lost
    /// whenever this is cut short.
    pub async fn stop(self) {
        self.doors.cancel();
        self.app.events().close();
        finish(self.door_tasks, GRACE).await;
        self.workers.cancel();
        finish(self.worker_tasks, GRACE).await;
        if let Ok(analysis) = self.app.analysis()
            && let Err(error) = analysis.capture.stop().await
        {
            tracing::warn!(%error, "capture did not stop cleanly; it will continue from its slot at the next start");
        }
        if let Some(mailbox) = self.app.mailbox() {
            mailbox.stop();
        }
        self.records.stop().await;
        tracing::info!("Basalt has stopped");
    }
}

/// Ends on Ctrl-C or SIGTERM.
pub async fn told_to_stop() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM can't be watched; Ctrl-C works");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

async fn bind(
    what: &'static str,
    variable: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => StartError::PortTaken {
                what,
                variable,
                address,
            },
            _ => StartError::Listen {
                what,
                variable,
                address,
                source,
            },
        })
}

fn local(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(StartError::Address)
}

/// The configured address, or the one that HTTP listens on as people type it.
fn public_url(config: &Config, http: SocketAddr) -> Url {
    config.public_url.clone().unwrap_or_else(|| {
        let host = if http.ip().is_unspecified() {
            "localhost".to_owned()
        } else {
            http.ip().to_canonical().to_string()
        };
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host
        };
        Url::parse(&format!("http://{host}:{}/", http.port()))
            .expect("a host and a port make a URL")
    })
}

/// A secret for the SQL door of its own, made from the installation's.
fn door_secret(secret: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"basalt sql door")
        .chain_update(secret)
        .finalize()
        .into()
}

async fn serve_http(
    listener: TcpListener,
    app: App,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}

/// Does background jobs until told to stop, and then lets those under way finish.
async fn do_jobs(worker: Worker, stop: CancellationToken) {
    let work = worker.run();
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => {
            if let Err(error) = done {
                tracing::error!(%error, "background jobs are no longer done; restart Basalt");
            }
        }
        () = stop.cancelled() => {
            worker.stop();
            if let Err(error) = work.await {
                tracing::warn!(%error, "background jobs did not end cleanly; they are done again at the next start");
            }
        }
    }
}

/// Tells browsers when the lake shows more, at most a few times a second.
async fn tell_freshness(
    mut status: tokio::sync::watch::Receiver<basalt_ingest::CaptureStatus>,
    events: Events,
    stop: CancellationToken,
) {
    let mut told = None;
    while let Some(Ok(())) = stop.run_until_cancelled(status.changed()).await {
        let visible = status.borrow_and_update().visible;
        if told != Some(visible) {
            told = Some(visible);
            events.tell(Event::Lake {
                lsn: visible.to_string(),
            });
        }
        if stop
            .run_until_cancelled(tokio::time::sleep(Duration::from_millis(250)))
            .await
            .is_none()
        {
            break;
        }
    }
}

/// Indexes imported records for search, a batch at a time so that people are not slowed down.
async fn index_what_waits(db: basalt_oltp::Db, stop: CancellationToken) {
    loop {
        let pause = match basalt_oltp::search::drain(&db).await {
            Ok(0) => Duration::from_secs(1),
            Ok(_) => Duration::from_millis(50),
            Err(error) => {
                tracing::warn!(%error, "records could not be indexed for search; tried again in a while");
                Duration::from_secs(10)
            }
        };
        if stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_none()
        {
            break;
        }
    }
}

fn spawn(what: &'static str, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    use tracing::Instrument;
    tokio::spawn(work.instrument(tracing::info_span!("service", what)))
}

async fn log_failure<E: std::fmt::Display>(
    what: &'static str,
    work: impl Future<Output = Result<(), E>>,
) {
    if let Err(error) = work.await {
        tracing::error!(%error, "{what} failed");
    }
}

async fn finish(tasks: Vec<(&'static str, JoinHandle<()>)>, patience: Duration) {
    for (what, mut task) in tasks {
        if tokio::time::timeout(patience, &mut task).await.is_err() {
            tracing::warn!(what, "did not finish in time and was cut off");
            task.abort();
        }
    }
}
