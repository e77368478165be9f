//! A generated CRM at scale, loaded through the real schema and the real capture: customers, each
//! with ten orders on average, spread over three years, amounts skewed like real ones.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use basalt_ingest::{Capture, CaptureConfig, CaptureHandle};
use basalt_model::policy::Principal;
use basalt_oltp::Db;
use basalt_query::{Engine, EngineConfig, Freshness, QueryResult, ReadAt};
use basalt_warehouse::{Lake, LakeConfig, Lsn, TableName};

use crate::Setting;
use crate::duckdb::{self, Answer, Task};
use crate::source::Source;

const RUNS: usize = 5;

pub const PATIENCE: Duration = Duration::from_secs(1_800);
/// The tables that the peers read.
const TABLES: [&str; 2] = ["customer", "sales_order"];

/// The loaded CRM: a capture that follows it and an engine over its lake.
pub struct Crm {
    pub engine: Engine,
    pub capture: Arc<CaptureHandle>,
    folder: tempfile::TempDir,
}

struct Nudge(Arc<CaptureHandle>);

#[async_trait]
impl Freshness for Nudge {
    async fn fresh_lsn(&self) -> basalt_query::Result<Lsn> {
        self.0
            .nudge()
            .await
            .map_err(|error| basalt_query::Error::Freshness(error.to_string()))
    }
}

impl Crm {
    /// Migrates, generates 1 M customers and 10 M orders (scaled), and copies them into a lake.
    ///
    /// # Errors
    /// When a part cannot be started or ends in an error.
    pub async fn load(setting: &Setting, source: &Source) -> anyhow::Result<Crm> {
        Db::connect(&source.url).await?.migrate().await?;
        let (customers, orders) = (setting.rows(1_000_000), setting.rows(10_000_000));
        source.execute(&generate(customers, orders)).await?;
        let folder = tempfile::tempdir()?;
        let identity = Capture::identify(&source.url).await?;
        let mut config = LakeConfig::in_folder(folder.path());
        config.source_id = identity.system_identifier;
        config.timeline = identity.timeline;
        config.flush_rows = usize::MAX;
        config.hot_bytes = 4 << 30;
        let lake = Lake::open(config).await?;
        let dictionary = Arc::new(basalt_model::Dictionary::standard());
        let objects = dictionary.objects().iter().map(|object| &object.table);
        let beside = dictionary.side_tables().iter().map(|side| &side.table);
        let tables = objects
            .chain(beside)
            .map(|table| TableName::new("crm", table.clone()))
            .collect();
        let mut capture = CaptureConfig::new(source.url.clone(), tables);
        capture.slot = "bench_crm".into();
        capture.publication = "bench_crm".into();
        let capture = Arc::new(Capture::start(capture, lake.clone()).await?);
        capture.caught_up(PATIENCE).await?;
        lake.flush().await?;
        let engine = Engine::new(
            EngineConfig::default(),
            lake,
            Arc::new(move || dictionary.clone()),
            Arc::new(Nudge(capture.clone())),
        )?;
        Ok(Crm {
            engine,
            capture,
            folder,
        })
    }

    /// Has DuckDB answer the same statements from the same files, as many times.
    ///
    /// # Errors
    /// When Python or DuckDB fails.
    pub fn ask_duckdb(
        &self,
        setting: &Setting,
        queries: Vec<String>,
    ) -> anyhow::Result<Vec<Answer>> {
        duckdb::run(
            setting,
            &Task {
                threads: std::thread::available_parallelism()?.get(),
                runs: RUNS,
                tables: self.files()?,
                queries,
            },
        )
    }

    /// Changes every hundredth row of both tables and waits until the lake has the changes, hot.
    ///
    /// # Errors
    /// When the source refuses or the lake does not follow.
    pub async fn touch_one_percent(&self, source: &Source) -> anyhow::Result<()> {
        source
            .execute(
                "set session_replication_role = replica;
                 update crm.sales_order set amount = amount + 1 where id % 100 = 0;
                 update crm.customer set city = city || '*' where id % 100 = 0;
                 reset session_replication_role",
            )
            .await?;
        self.capture.caught_up(PATIENCE).await?;
        Ok(())
    }

    /// # Errors
    /// As the query's.
    pub async fn query(&self, sql: &str) -> anyhow::Result<QueryResult> {
        Ok(self
            .engine
            .query(&Principal::system(), sql, ReadAt::Latest)
            .await?)
    }

    /// The Parquet files of each table as they are now, for a peer to read. Call it before anything
    /// was changed: then every file in the folder is live and clean.
    ///
    /// # Errors
    /// When the lake's folder cannot be read.
    fn files(&self) -> anyhow::Result<Vec<(String, Vec<String>)>> {
        TABLES
            .iter()
            .map(|table| {
                Ok((
                    format!("crm.{table}"),
                    parquet_files(&self.folder.path().join("crm").join(table))?,
                ))
            })
            .collect()
    }
}

fn parquet_files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "parquet")
        {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort();
    Ok(files)
}

/// Straight into the tables, without triggers: the load is not what is measured.
fn generate(customers: u64, orders: u64) -> String {
    format!(
        "set session_replication_role = replica;
         insert into crm.customer (code, name, kind, industry, region, level, city, first_order_on, origin)
         select 'C' || i, 'customer ' || i, 'person', (array['retail','manufacturing','technology','finance','education','healthcare','media','logistics'])[1 + i % 8],
                (array['east','north','south','southwest','international'])[1 + (i * 7) % 5], (array['A','B','C'])[1 + i % 3], 'city ' || i % 300, date '2023-01-01', 'generated'
         from generate_series(1::bigint, {customers}) i;
         insert into crm.sales_order (external_key, customer_id, ordered_on, status, channel, amount, amount_currency, amount_rate, amount_base)
         select 'o' || i, c, date '2023-01-01' + ((i * 7919) % 1096)::int, case when i % 50 = 0 then 'cancelled' when i % 20 = 0 then 'confirmed' else 'paid' end,
                (array['web','web','phone','store'])[1 + i % 4], a, 'USD', 1, a
         from (select i, 1 + (({customers} - 1) * power(((i * 2654435761) % 1000003) / 1000003.0, 1.6))::bigint as c,
                      (5 + ((i * 31) % 200) + ((i * 17) % 100) / 100.0)::numeric(18,2) as a
               from generate_series(1::bigint, {orders}) i) g;
         reset session_replication_role;
         analyze crm.customer; analyze crm.sales_order;"
    )
}
