//! A process that only answers SQL: it follows the lake that another process writes, manifest by
//! manifest, and asks for one when a reader must see more. Any number of them may run, anywhere that
//! reaches the object store and Postgres (for tokens, rights and the dictionary).

use std::{net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use basalt_ingest::Capture;
use basalt_oltp::{Db, auth::Auth};
use basalt_query::{
    Engine, EngineConfig, Freshness,
    door::{self, postgres::PostgresDoor},
};
use basalt_warehouse::{Lake, LakeConfig, Lsn};
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{StartError, analysis::SqlUsers, bind, local};
use crate::config::Config;

/// Between two looks for a newer manifest, when nobody waits for one.
const LOOK: Duration = Duration::from_millis(500);

/// A running query node. Stop it with [`QueryNode::stop`].
pub struct QueryNode {
    lake: Lake,
    sql: SocketAddr,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl QueryNode {
    /// Opens the SQL door on `config.sql` over the lake at `lake`, with the people of the database.
    ///
    /// # Errors
    /// One sentence that says what is in the way and what to do about it.
    pub async fn start(config: &Config, database_url: &str, lake: Url) -> Result<Self, StartError> {
        let listener = bind("the SQL door", "BASALT_SQL_ADDR", config.sql).await?;
        let sql = local(&listener)?;
        let db = Db::connect(database_url).await?;
        let mut lake_config = LakeConfig::new(lake);
        lake_config.storage_options = config.store_options().into_iter().collect();
        Capture::identify(database_url)
            .await?
            .configure(&mut lake_config);
        let lake = Lake::follow(lake_config).await?;
        let dictionary = db.clone();
        let engine = Engine::new(
            EngineConfig {
                memory_limit: config.query_memory,
                ..EngineConfig::default()
            },
            lake.clone(),
            Arc::new(move || dictionary.dictionary()),
            Arc::new(Following {
                lake: lake.clone(),
                pool: db.pool().clone(),
            }),
        )?;
        let stop = CancellationToken::new();
        let door = door::postgres::serve(PostgresDoor {
            shutdown: stop.clone(),
            ..PostgresDoor::new(listener, engine, Arc::new(SqlUsers(Auth::new(db.clone()))))
        });
        let tasks = vec![
            super::spawn("SQL door", super::log_failure("SQL door", door)),
            super::spawn("following the lake", follow(lake.clone(), db, stop.clone())),
        ];
        Ok(Self {
            lake,
            sql,
            stop,
            tasks,
        })
    }

    /// Where the SQL door listens.
    pub fn sql(&self) -> SocketAddr {
        self.sql
    }

    /// Position of what is shown now.
    pub fn lsn(&self) -> Lsn {
        self.lake.snapshot().lsn()
    }

    /// Closes the door and its connections.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// Shows each newer manifest, and learns what administrators define.
async fn follow(lake: Lake, db: Db, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(LOOK))
        .await
        .is_some()
    {
        if let Err(error) = lake.refresh().await {
            tracing::warn!(%error, "the newest manifest can't be read; what was read before is served");
        }
        if let Err(error) = db.refresh().await {
            tracing::warn!(%error, "the dictionary can't be read; the former one is used");
        }
    }
}

/// "Fresh" is the newest manifest here; a position beyond it is asked for.
struct Following {
    lake: Lake,
    pool: PgPool,
}

#[async_trait]
impl Freshness for Following {
    async fn fresh_lsn(&self) -> basalt_query::Result<Lsn> {
        Ok(self.lake.snapshot().lsn())
    }

    async fn bring(&self, lsn: Lsn) -> basalt_query::Result<()> {
        let unavailable = |error: String| basalt_query::Error::Freshness(error);
        basalt_ingest::ask_manifest(&self.pool)
            .await
            .map_err(|error| unavailable(error.to_string()))?;
        let lake = self.lake.clone();
        // The reader's own wait has an end; this one ends with it or with the position.
        tokio::spawn(async move {
            for _ in 0..40 {
                match lake.refresh().await {
                    Ok(shown) if shown.lsn() >= lsn => return,
                    _ => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        });
        Ok(())
    }
}
