//! A company whose customers are the CDNOW sample: in Postgres, captured, in a lake, with reports over it. And a mail
//! server that takes what it is given.

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use basalt_ingest::{Capture, CaptureConfig, CaptureHandle};
use basalt_model::Dictionary;
use basalt_oltp::Db;
use basalt_query::{Engine, EngineConfig, Freshness};
use basalt_reports::{Reports, ReportsConfig, Security, SmtpConfig};
use basalt_testkit::TestDatabase;
use basalt_warehouse::{Lake, LakeConfig, Lsn, TableName};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_secs(120);

pub struct World {
    pub db: Db,
    pub engine: Engine,
    pub capture: Arc<CaptureHandle>,
    pub folder: tempfile::TempDir,
    /// Managers of the east (writes Chinese) and of the north (writes English).
    pub managers: [i64; 2],
    /// Dropped last: the capture's slot is in it.
    _database: TestDatabase,
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

/// Everything runs and the lake has caught up.
pub async fn world() -> World {
    let database = basalt_testkit::database_from("reports", |url| async move {
        let db = Db::connect(&url).await.expect("connects");
        db.migrate().await.expect("migrates");
        db.pool().close().await;
    })
    .await;
    let db = Db::connect(database.url()).await.expect("connects");
    let managers = fill(&database).await;
    let folder = tempfile::tempdir().expect("a folder");
    let identity = Capture::identify(database.url()).await.expect("a server");
    let mut config = LakeConfig::in_folder(&folder.path().join("lake"));
    config.source_id = identity.system_identifier;
    config.timeline = identity.timeline;
    let lake = Lake::open(config).await.expect("a lake");
    let dictionary = Arc::new(Dictionary::standard());
    let objects = dictionary
        .objects()
        .iter()
        .map(|object| object.table.as_str());
    let beside = dictionary
        .side_tables()
        .iter()
        .map(|side| side.table.as_str());
    let tables = objects
        .chain(beside)
        .map(|table| TableName::new("crm", table))
        .collect();
    let mut config = CaptureConfig::new(database.url(), tables);
    config.slot = database.name().to_owned();
    config.publication = database.name().to_owned();
    let capture = Arc::new(
        Capture::start(config, lake.clone())
            .await
            .expect("capture starts"),
    );
    capture
        .caught_up(PATIENCE)
        .await
        .expect("the lake catches up");
    let engine = Engine::new(
        EngineConfig::default(),
        lake,
        Arc::new(move || dictionary.clone()),
        Arc::new(Nudge(capture.clone())),
    )
    .expect("an engine");
    World {
        _database: database,
        db,
        engine,
        capture,
        folder,
        managers,
    }
}

impl World {
    pub fn reports(&self, smtp_port: u16) -> Reports {
        let config = ReportsConfig {
            font_dir: "/usr/share/fonts/opentype/noto".into(),
            archive_dir: self.folder.path().join("archive"),
            smtp: SmtpConfig {
                host: "127.0.0.1".to_owned(),
                port: smtp_port,
                security: Security::None,
                credentials: None,
                from: "Basalt Reports <reports@basalt.test>".to_owned(),
                timeout: Duration::from_secs(20),
            },
            public_url: "https://crm.basalt.test".to_owned(),
            organisation: "玄武岩贸易 Basalt Trading".to_owned(),
            time_zone: chrono_tz::Asia::Shanghai,
        };
        Reports::new(self.db.clone(), self.engine.clone(), config).expect("reports")
    }

    pub async fn stop(self) {
        self.capture.stop().await.expect("capture stops");
    }
}

/// Departments, managers, and the sample's customers and orders, the odd customers in the east.
async fn fill(database: &TestDatabase) -> [i64; 2] {
    let mut log = String::new();
    let packed: &[u8] = include_bytes!("../../../query/tests/data/cdnow_sample.txt.gz");
    flate2::read::GzDecoder::new(packed)
        .read_to_string(&mut log)
        .expect("the test data unpack");
    let (mut customers, mut days, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    for line in log.lines() {
        let cells: Vec<&str> = line.split_whitespace().collect();
        customers.push(cells[1].parse::<i64>().expect("a customer"));
        days.push(chrono::NaiveDate::parse_from_str(cells[2], "%Y%m%d").expect("a date"));
        amounts.push(cells[4].parse::<f64>().expect("an amount"));
    }
    database
        .execute(
            "insert into crm.department (name, code) values ('华东销售部', 'east'), ('North Sales', 'north');
             insert into crm.app_user (login, name, email, locale, active, profile, department_id)
             select 'wang', '王丽', 'wang@basalt.test', 'zh', true, 'manager', id from crm.department where code = 'east';
             insert into crm.app_user (login, name, email, locale, active, profile, department_id)
             select 'berg', 'Kari Berg', 'berg@basalt.test', 'en', true, 'manager', id from crm.department where code = 'north';
             insert into crm.customer (code, name, kind, region, department_id, owner_id)
             select 'C' || lpad(i::text, 5, '0'), case when i % 2 = 1 then '客户 ' || i else 'Customer ' || i end, 'person',
                    case when i % 2 = 1 then 'east' else 'north' end, department.id, manager.id
               from generate_series(1, 2357) as i
               join crm.department on department.code = case when i % 2 = 1 then 'east' else 'north' end
               join crm.app_user as manager on manager.department_id = department.id
              order by i;",
        )
        .await;
    sqlx::query(
        "insert into crm.sales_order (external_key, customer_id, ordered_on, status, channel, amount, amount_currency, amount_rate,
                                      amount_base, department_id, owner_id)
         select 'o' || row_number() over (), customer.id, bought.day, 'paid', 'web', bought.amount, 'USD', 1, bought.amount,
                customer.department_id, customer.owner_id
           from unnest($1::bigint[], $2::date[], $3::float8[]) as bought (customer, day, amount)
           join crm.customer on customer.code = 'C' || lpad(bought.customer::text, 5, '0')",
    )
    .bind(&customers)
    .bind(&days)
    .bind(&amounts)
    .execute(database.pool())
    .await
    .expect("orders");
    let managers: Vec<i64> = sqlx::query_scalar(
        "select id from crm.app_user where login in ('wang', 'berg') order by login desc",
    )
    .fetch_all(database.pool())
    .await
    .expect("managers");
    [managers[0], managers[1]]
}

/// A mail server that accepts everything and keeps it.
pub struct Sink {
    pub port: u16,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = mails.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = kept.clone();
                tokio::spawn(async move {
                    let (reader, mut writer) = stream.into_split();
                    let mut lines = BufReader::new(reader).lines();
                    let _ = writer.write_all(b"220 sink\r\n").await;
                    let mut mail: Option<String> = None;
                    while let Ok(Some(line)) = lines.next_line().await {
                        let answer = match &mut mail {
                            Some(_) if line == "." => {
                                kept.lock()
                                    .expect("kept")
                                    .push(mail.take().unwrap_or_default());
                                "250 kept\r\n"
                            }
                            Some(text) => {
                                text.push_str(&line);
                                text.push('\n');
                                continue;
                            }
                            None if line.eq_ignore_ascii_case("data") => {
                                mail = Some(String::new());
                                "354 go on\r\n"
                            }
                            None if line.eq_ignore_ascii_case("quit") => "221 bye\r\n",
                            None => "250 ok\r\n",
                        };
                        if writer.write_all(answer.as_bytes()).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Self { port, mails }
    }

    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("kept").clone()
    }
}
