//! A small company in a lake: two salespeople, four customers, six orders, one campaign.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::{DataType, TimeUnit};
use arrow::json::ReaderBuilder;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use basalt_model::{Dictionary, Principal, SqlType};
use basalt_query::{Engine, EngineConfig, Freshness, QueryResult, ReadAt};
use basalt_warehouse::{
    ChangeBatch, ColumnDef, Lake, LakeConfig, Lsn, Op, TableDef, TableName, Transaction,
};
use chrono::{DateTime, TimeZone, Utc};
use serde_json::{Value, json};

/// Tables that migrations make, with the columns that matter here.
#[expect(clippy::type_complexity, reason = "a table of tables, written once")]
const SIDE: &[(&str, &str, &[(&str, SqlType)])] = &[
    (
        "customer_score",
        "customer_id",
        &[
            ("customer_id", SqlType::BigInt),
            ("as_of", SqlType::Date),
            ("frequency", SqlType::Integer),
            ("r", SqlType::Integer),
            ("f", SqlType::Integer),
            ("m", SqlType::Integer),
            ("rfm_segment", SqlType::Text),
            ("p_alive", SqlType::Float),
            (
                "clv",
                SqlType::Numeric {
                    precision: 18,
                    scale: 2,
                },
            ),
            ("value_band", SqlType::Text),
        ],
    ),
    (
        "segment_member",
        "id",
        &[
            ("id", SqlType::BigInt),
            ("segment_id", SqlType::BigInt),
            ("customer_id", SqlType::BigInt),
        ],
    ),
    (
        "suppression",
        "address",
        &[("address", SqlType::Text), ("reason", SqlType::Text)],
    ),
    (
        "rumour",
        "id",
        &[("id", SqlType::BigInt), ("text", SqlType::Text)],
    ),
];

/// A lake with an engine over it.
pub struct World {
    pub engine: Engine,
    pub lake: Lake,
    dictionary: Arc<Dictionary>,
    lsn: AtomicU64,
    _folder: tempfile::TempDir,
}

struct Caught(Lake);

#[async_trait]
impl Freshness for Caught {
    async fn fresh_lsn(&self) -> basalt_query::Result<Lsn> {
        Ok(self.0.snapshot().lsn())
    }
}

impl World {
    /// The company, part of it flushed to files, part of it still in memory.
    pub async fn new() -> Self {
        Self::with(EngineConfig {
            target_partitions: 2,
            ..EngineConfig::default()
        })
        .await
    }

    pub async fn with(config: EngineConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(LakeConfig::in_folder(folder.path()))
            .await
            .unwrap();
        let dictionary = Arc::new(Dictionary::standard());
        let known = dictionary.clone();
        let engine = Engine::new(
            config,
            lake.clone(),
            Arc::new(move || known.clone()),
            Arc::new(Caught(lake.clone())),
        )
        .unwrap();
        let world = Self {
            engine,
            lake,
            dictionary,
            lsn: AtomicU64::new(100),
            _folder: folder,
        };
        world.create_tables().await;
        world.found_company().await;
        world
    }

    async fn create_tables(&self) {
        let mut tables: Vec<TableDef> = Vec::new();
        for object in self.dictionary.objects() {
            let columns: Vec<_> = object
                .columns()
                .map(|column| (column.name, column.sql_type))
                .collect();
            tables.push(table_def(&object.table, "id", columns));
        }
        for (name, key, columns) in SIDE {
            let columns = columns
                .iter()
                .map(|(name, sql_type)| ((*name).to_owned(), *sql_type))
                .collect();
            tables.push(table_def(name, key, columns));
        }
        for table in tables {
            self.lake.ensure_table(&table).await.unwrap();
            let copy = self.lake.begin_copy(&table.name).await.unwrap();
            copy.finish(Lsn(100), april(1)).await.unwrap();
        }
        self.lake.advance(Lsn(100)).await.unwrap();
        self.lake.publish().await.unwrap();
    }

    async fn found_company(&self) {
        self.insert(
            "department",
            json!([
                {"id": 1, "code": "HQ", "name": "Headquarters"},
                {"id": 2, "code": "EAST", "name": "East", "parent_id": 1},
                {"id": 3, "code": "SW", "name": "Southwest", "parent_id": 1},
            ]),
        )
        .await;
        self.insert(
            "app_user",
            json!([
                {"id": 10, "login": "ada", "name": "Ada", "department_id": 1},
                {"id": 12, "login": "sam", "name": "Sam", "department_id": 2},
                {"id": 13, "login": "sue", "name": "Sue", "department_id": 3},
            ]),
        )
        .await;
        self.insert("customer", json!([
            {"id": 1, "code": "C1", "name": "Acme", "kind": "organisation", "region": "east", "industry": "retail",
             "level": "A", "phone": "111", "email": "acme@example.com", "city": "Shanghai",
             "owner_id": 12, "department_id": 2, "first_order_on": "2026-01-15"},
            {"id": 2, "code": "C2", "name": "Birch", "kind": "organisation", "region": "east", "level": "B",
             "phone": "222", "owner_id": 12, "department_id": 2},
            {"id": 3, "code": "C3", "name": "Cedar", "kind": "person", "region": "southwest", "level": "C",
             "phone": "333", "owner_id": 13, "department_id": 3},
            {"id": 4, "code": "C4", "name": "Dust", "kind": "person", "region": "east", "level": "C",
             "owner_id": 12, "department_id": 2, "deleted_at": "2026-02-01T00:00:00Z"},
        ])).await;
        self.lake.flush().await.unwrap();
        self.insert("contact", json!([
            {"id": 1, "customer_id": 1, "name": "Ann", "email": "ann@example.com", "email_consent": true},
            {"id": 2, "customer_id": 3, "name": "Cid", "email": "cid@example.com", "email_consent": false},
        ])).await;
        self.insert(
            "product",
            json!([
                {"id": 1, "code": "P1", "name": "Bolt", "category": "metal"},
                {"id": 2, "code": "P2", "name": "Rope", "category": "fibre"},
            ]),
        )
        .await;
        self.insert(
            "sales_order",
            json!([
                order(101, 1, 12, "2026-01-15", "paid", "100.00", null_at()),
                order(102, 1, 12, "2026-03-10", "confirmed", "50.00", null_at()),
                order(103, 3, 13, "2026-02-01", "paid", "200.00", null_at()),
                order(104, 1, 12, "2026-03-11", "cancelled", "999.00", null_at()),
                order(105, 2, 12, "2026-03-12", "draft", "70.00", null_at()),
                order(
                    106,
                    1,
                    12,
                    "2026-03-13",
                    "paid",
                    "500.00",
                    json!("2026-03-14T00:00:00Z")
                ),
            ]),
        )
        .await;
        self.insert(
            "sales_order_line",
            json!([
                line(1, 101, 1, "3", "60.00"),
                line(2, 101, 2, "1.5", "40.00"),
                line(3, 102, 1, "2", "50.00"),
                line(4, 103, 2, "10", "200.00"),
            ]),
        )
        .await;
        self.insert(
            "payment",
            json!([
                payment(1, 101, 1, "60.00", "received"),
                payment(2, 101, 1, "40.00", "received"),
                payment(3, 103, 3, "200.00", "refunded"),
            ]),
        )
        .await;
        self.insert("customer_score", json!([
            {"customer_id": 1, "r": 5, "f": 4, "m": 3, "rfm_segment": "champions", "p_alive": 0.9, "clv": "120.50", "value_band": "high"},
            {"customer_id": 3, "r": 1, "f": 1, "m": 5, "rfm_segment": "lost", "p_alive": 0.1, "clv": "5.00", "value_band": "low"},
        ])).await;
        self.insert("campaign", json!([
            {"id": 1, "name": "Spring", "status": "finished", "owner_id": 12, "department_id": 2},
            {"id": 2, "name": "Autumn", "status": "draft", "owner_id": 13, "department_id": 3},
        ])).await;
        self.insert(
            "message",
            json!([
                message(1, 1, "accepted", Some("2026-03-01T08:00:00Z"), true, true),
                message(2, 3, "accepted", Some("2026-03-01T08:00:00Z"), true, false),
                message(3, 2, "bounced", Some("2026-03-01T08:00:00Z"), false, false),
                message(4, 2, "skipped", None, false, false),
            ]),
        )
        .await;
        self.insert(
            "suppression",
            json!([{"address": "x@example.com", "reason": "unsubscribed"}]),
        )
        .await;
        self.insert("rumour", json!([{"id": 1, "text": "secret"}]))
            .await;
    }

    pub async fn insert(&self, table: &str, rows: Value) -> Lsn {
        self.change(table, Op::Insert, rows).await
    }

    pub async fn update(&self, table: &str, rows: Value) -> Lsn {
        self.change(table, Op::Update, rows).await
    }

    /// One transaction with one batch, visible when this returns.
    pub async fn change(&self, table: &str, op: Op, rows: Value) -> Lsn {
        self.change_on(april(1), table, op, rows).await
    }

    /// The same, committed on a day of April.
    pub async fn change_on(
        &self,
        committed_at: DateTime<Utc>,
        table: &str,
        op: Op,
        rows: Value,
    ) -> Lsn {
        let name = TableName::new("crm", table);
        let schema = self.lake.snapshot().current(&name).unwrap().schema();
        let rows: Vec<Value> = rows.as_array().unwrap().clone();
        let mut decoder = ReaderBuilder::new(schema).build_decoder().unwrap();
        decoder.serialize(&rows).unwrap();
        let batch: RecordBatch = decoder.flush().unwrap().unwrap();
        self.apply(committed_at, name, op, batch).await
    }

    async fn apply(
        &self,
        committed_at: DateTime<Utc>,
        table: TableName,
        op: Op,
        rows: RecordBatch,
    ) -> Lsn {
        let lsn = Lsn(self.lsn.fetch_add(10, Ordering::SeqCst) + 10);
        let changes = vec![(
            table,
            ChangeBatch {
                ops: vec![op; rows.num_rows()],
                rows,
                unchanged: vec![],
            },
        )];
        let transaction = Transaction {
            lsn,
            committed_at,
            actor: Some("user:10".into()),
            via: Some("api".into()),
            changes,
        };
        self.lake.apply(transaction).await.unwrap();
        self.lake.publish().await.unwrap();
        lsn
    }

    pub async fn query(&self, reader: &Principal, sql: &str) -> basalt_query::Result<QueryResult> {
        self.engine.query(reader, sql, ReadAt::Latest).await
    }

    /// The rows as JSON arrays.
    pub async fn rows(&self, reader: &Principal, sql: &str) -> Value {
        match self.query(reader, sql).await {
            Ok(result) => Value::Array(result.to_json_rows().unwrap()),
            Err(error) => panic!("{sql}\n{error:?}"),
        }
    }

    pub async fn error(&self, reader: &Principal, sql: &str) -> basalt_query::Error {
        match self.query(reader, sql).await {
            Ok(result) => panic!("{sql}\nsucceeded:\n{}", result.to_table().unwrap()),
            Err(error) => error,
        }
    }
}

/// The first instant of a day of April 2026; the company was founded on the first.
pub fn april(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 4, day, 0, 0, 0).unwrap()
}

fn table_def(name: &str, key: &str, columns: Vec<(String, SqlType)>) -> TableDef {
    let columns = columns
        .into_iter()
        .zip(1..)
        .map(|((name, sql_type), source_id)| ColumnDef {
            name,
            data_type: arrow_type(sql_type),
            nullable: true,
            source_id,
        })
        .collect();
    TableDef {
        name: TableName::new("crm", name),
        columns,
        key: vec![key.to_owned()],
    }
}

fn arrow_type(sql_type: SqlType) -> DataType {
    match sql_type {
        SqlType::Text | SqlType::Json | SqlType::TextList => DataType::Utf8View,
        SqlType::Integer => DataType::Int32,
        SqlType::BigInt => DataType::Int64,
        SqlType::Numeric { precision, scale } => {
            DataType::Decimal128(precision, i8::try_from(scale).unwrap())
        }
        SqlType::Float => DataType::Float64,
        SqlType::Bool => DataType::Boolean,
        SqlType::Date => DataType::Date32,
        SqlType::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}

fn null_at() -> Value {
    Value::Null
}

fn order(
    id: i64,
    customer: i64,
    owner: i64,
    on: &str,
    status: &str,
    amount: &str,
    deleted: Value,
) -> Value {
    json!({
        "id": id, "number": format!("SO{id}"), "customer_id": customer, "ordered_on": on, "status": status,
        "channel": "direct", "amount": amount, "amount_currency": "USD", "amount_rate": "1", "amount_base": amount,
        "owner_id": owner, "department_id": if owner == 12 { 2 } else { 3 }, "deleted_at": deleted,
    })
}

fn line(id: i64, order: i64, product: i64, quantity: &str, amount: &str) -> Value {
    json!({"id": id, "order_id": order, "line_no": id, "product_id": product, "quantity": quantity,
           "unit_price": "20.00", "amount": amount, "amount_currency": "USD", "amount_rate": "1", "amount_base": amount})
}

fn payment(id: i64, order: i64, customer: i64, amount: &str, status: &str) -> Value {
    json!({"id": id, "order_id": order, "customer_id": customer, "paid_on": "2026-02-01", "status": status,
           "amount": amount, "amount_currency": "USD", "amount_rate": "1", "amount_base": amount})
}

fn message(
    id: i64,
    customer: i64,
    state: &str,
    sent: Option<&str>,
    opened: bool,
    clicked: bool,
) -> Value {
    json!({"id": id, "campaign_id": 1, "customer_id": customer, "state": state, "sent_at": sent,
           "first_open_at": opened.then_some("2026-03-02T00:00:00Z"), "first_click_at": clicked.then_some("2026-03-02T00:00:00Z")})
}
