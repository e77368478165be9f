//! The Postgres door, knocked at with psql and with a driver that prepares its statements.

use std::collections::BTreeMap;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use basalt_model::Principal;
use basalt_query::EngineConfig;
use basalt_query::door::postgres::{Credentials, PostgresDoor, SqlCredentials, serve};
use basalt_warehouse::{Lsn, Op};
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Row};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::readers::{admin, sam};
use crate::world::{World, april};

struct Tokens(Mutex<BTreeMap<String, (SqlCredentials, Principal)>>);

#[async_trait]
impl Credentials for Tokens {
    async fn lookup(&self, username: &str) -> basalt_query::Result<Option<SqlCredentials>> {
        Ok(self
            .0
            .lock()
            .unwrap()
            .get(username)
            .map(|(credentials, _)| credentials.clone()))
    }

    async fn principal(&self, user_id: i64) -> basalt_query::Result<Principal> {
        let tokens = self.0.lock().unwrap();
        let found = tokens
            .values()
            .find(|(_, principal)| principal.user_id == user_id);
        Ok(found.unwrap().1.clone())
    }
}

/// A door, open until dropped. Tokens: `sam-sql` / `sesame`, `ada-sql` / `open`.
struct House {
    world: World,
    port: u16,
    tokens: Arc<Tokens>,
    _open: DropGuard,
}

impl House {
    async fn new() -> Self {
        Self::with(EngineConfig {
            target_partitions: 2,
            ..EngineConfig::default()
        })
        .await
    }

    async fn with(config: EngineConfig) -> Self {
        let world = World::with(config).await;
        let token = |principal: Principal, password: &str| {
            (
                SqlCredentials::derive(
                    principal.user_id,
                    password,
                    b"salt of a token!".to_vec(),
                    4096,
                ),
                principal,
            )
        };
        let tokens = Arc::new(Tokens(Mutex::new(BTreeMap::from([
            ("sam-sql".to_owned(), token(sam(), "sesame")),
            ("ada-sql".to_owned(), token(admin(), "open")),
        ]))));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut door = PostgresDoor::new(listener, world.engine.clone(), tokens.clone());
        let shutdown = CancellationToken::new();
        door.shutdown = shutdown.clone();
        tokio::spawn(serve(door));
        Self {
            world,
            port,
            tokens,
            _open: shutdown.drop_guard(),
        }
    }

    fn psql(&self, user: &str, password: &str, ssl: &str) -> Command {
        let mut command = Command::new("psql");
        let target = format!(
            "host=127.0.0.1 port={} user={user} dbname=basalt sslmode={ssl} connect_timeout=20",
            self.port
        );
        command
            .args([
                "-X",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-v",
                "VERBOSITY=verbose",
                "-d",
                &target,
            ])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PGPASSWORD", password)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    async fn ask(&self, user: &str, password: &str, sql: &[&str]) -> Output {
        let mut psql = self.psql(user, password, "require");
        for sql in sql {
            psql.args(["-c", sql]);
        }
        tokio::time::timeout(Duration::from_secs(120), psql.output())
            .await
            .unwrap()
            .unwrap()
    }

    /// What Sam gets to see.
    async fn sam(&self, sql: &[&str]) -> String {
        let output = self.ask("sam-sql", "sesame", sql).await;
        assert!(
            output.status.success(),
            "{sql:?}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Why Sam is refused.
    async fn sam_refused(&self, sql: &[&str]) -> String {
        let output = self.ask("sam-sql", "sesame", sql).await;
        assert!(
            !output.status.success(),
            "{sql:?}\n{}",
            String::from_utf8_lossy(&output.stdout)
        );
        String::from_utf8(output.stderr).unwrap()
    }

    async fn driver(&self) -> sqlx::PgConnection {
        PgConnectOptions::new()
            .host("127.0.0.1")
            .port(self.port)
            .username("sam-sql")
            .password("sesame")
            .database("basalt")
            .ssl_mode(PgSslMode::Require)
            .connect()
            .await
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_the_door_to_the_own_rows() {
    let house = House::new().await;
    assert_eq!(
        house
            .sam(&["select id, name from crm.customer order by id"])
            .await,
        "1|Acme\n2|Birch\n"
    );
    assert_eq!(
        house.sam(&["select orders, revenue, first_order_on, p_alive from mart.customer where customer_key = 1"]).await,
        "2|150.00|2026-01-15|0.9\n"
    );
    let all = house
        .ask(
            "ada-sql",
            "open",
            &["select count(*) from crm.customer; select count(*) from lake.snapshot"],
        )
        .await;
    assert_eq!(String::from_utf8_lossy(&all.stdout), "3\n1\n");
    // Plain text is for this machine alone.
    let plain = house
        .psql("sam-sql", "sesame", "disable")
        .args(["-c", "select 1"])
        .output()
        .await
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&plain.stdout), "1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_reached_by_a_clause_and_by_a_setting() {
    let house = House::new().await;
    let birch =
        json!([{"id": 2, "code": "C2", "name": "Birch & Co", "owner_id": 12, "department_id": 2}]);
    let changed = house
        .world
        .change_on(april(10), "customer", Op::Update, birch)
        .await;
    let before = Lsn(changed.0 - 1);
    let name = "select name from crm.customer";
    let clause =
        format!("{name} for system_time as of timestamp '2026-04-09' where customer.id = 2");
    assert_eq!(house.sam(&[&clause]).await, "Birch\n");
    let copy = format!(
        "copy (select name from crm.customer for system_time as of lsn '{before}' c where c.id = 2) to stdout"
    );
    assert_eq!(house.sam(&[&copy]).await, "Birch\n");
    // The whole connection, in its own time zone, until it is taken back.
    let now = format!("{name} where id = 2");
    let mart = "select customer_name from mart.orders where order_id = 105";
    assert_eq!(
        house
            .sam(&[
                "set timezone = 'Asia/Shanghai'",
                "set basalt.as_of = '2026-04-10 07:59'",
                "show basalt.as_of",
                &now,
                mart,
                "set basalt.as_of = '2026-04-10 08:00'",
                &now,
                &format!("set basalt.as_of = '{before}'"),
                &now,
                "reset basalt.as_of",
                &now,
            ])
            .await,
        "SET\nSET\n2026-04-09T23:59:00Z\nBirch\nBirch\nSET\nBirch & Co\nSET\nBirch\nRESET\nBirch & Co\n"
    );
    // Prepared, with parameters beside it.
    let mut connection = house.driver().await;
    let sql = format!("{name} for system_time as of lsn '{before}' where id = $1");
    let then: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(2_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(then, "Birch");
    for (refused, words) in [
        (format!("{name} for system_time as of $1"), "is no moment"),
        (
            format!("{name} for system_time as of '1999-01-01'"),
            "before the first snapshot",
        ),
        ("set basalt.as_of = 'v1'".to_owned(), "one table only"),
        ("set basalt.as_of = 'then'".to_owned(), "is no moment"),
    ] {
        let why = house.sam_refused(&[&refused]).await;
        assert!(why.contains("22023") && why.contains(words), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let house = House::new().await;
    let wrong = house.ask("sam-sql", "wrong", &["select 1"]).await;
    let unknown = house.ask("tom-sql", "sesame", &["select 1"]).await;
    let reason = |output: &Output, name: &str| {
        assert!(!output.status.success() && output.stdout.is_empty());
        String::from_utf8_lossy(&output.stderr).replace(name, "NAME")
    };
    let wrong = reason(&wrong, "sam-sql");
    assert!(
        wrong.contains("password authentication failed for user \"NAME\""),
        "{wrong}"
    );
    assert_eq!(wrong, reason(&unknown, "tom-sql"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_reads_fresh_data() {
    let house = House::new().await;
    let mut connection = house.driver().await;
    let count = "select count(*) from crm.product";
    let before: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    house
        .world
        .insert("product", json!([{"id": 3, "code": "P3", "name": "Nail"}]))
        .await;
    let after: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((before, after), (2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_are_refused_with_their_sqlstate() {
    let house = House::new().await;
    for sql in [
        "insert into crm.customer (id) values (9)",
        "update crm.customer set name = 'x'",
        "delete from crm.customer",
        "create table t (a int)",
        "drop table crm.customer",
        "copy crm.customer to '/tmp/x'",
        "select 1 into t",
    ] {
        let refusal = house.sam_refused(&[sql]).await;
        assert!(refusal.contains("25006"), "{sql}: {refusal}");
    }
    let missing = house.sam_refused(&["select * from crm.campaign"]).await;
    assert!(missing.contains("42P01"), "{missing}");
    let typo = house.sam_refused(&["selec 1"]).await;
    assert!(typo.contains("42601"), "{typo}");
    let column = house
        .sam_refused(&["select nonsense from crm.customer"])
        .await;
    assert!(column.contains("42703"), "{column}");
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_and_settings_are_tolerated() {
    let house = House::new().await;
    assert_eq!(
        house
            .sam(&[
                "begin",
                "set application_name = 'x'",
                "select count(*) from crm.customer",
                "commit",
                "show application_name"
            ])
            .await,
        "BEGIN\nSET\n2\nCOMMIT\nx\n"
    );
    assert_eq!(
        house
            .sam(&["set search_path = mart", "select count(*) from orders"])
            .await,
        "SET\n4\n"
    );
    assert_eq!(
        house
            .sam(&["select current_user, current_database(), current_schema()"])
            .await,
        "sam|basalt|crm\n"
    );
    let unknown = house.sam_refused(&["set no_such_setting = 1"]).await;
    assert!(unknown.contains("42704"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn psql_describes_what_there_is() {
    let house = House::new().await;
    let tables = house.sam(&["\\dt crm.*"]).await;
    assert!(
        tables.contains("crm|customer|") && !tables.contains("campaign"),
        "{tables}"
    );
    let everything = house.sam(&["\\dtv"]).await;
    assert!(
        everything.contains("crm|sales_order|") && everything.contains("history|customer|"),
        "{everything}"
    );
    let schemas = house.sam(&["\\dn"]).await;
    assert!(
        schemas.contains("crm|") && schemas.contains("mart|") && !schemas.contains("lake|"),
        "{schemas}"
    );
    let columns = house.sam(&["\\d crm.customer"]).await;
    assert!(
        columns.contains("first_order_on|date") && columns.contains("owner_id|bigint"),
        "{columns}"
    );
    let views = house.sam(&["\\dv mart.*"]).await;
    assert!(views.contains("mart|customer|view"), "{views}");
}

#[tokio::test(flavor = "multi_thread")]
async fn prepared_statements_take_parameters() {
    let house = House::new().await;
    let mut connection = house.driver().await;
    let row = sqlx::query(
        "select name, first_order_on, owner_id from crm.customer where id = $1 and region = $2",
    )
    .bind(1_i64)
    .bind("east")
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(row.get::<String, _>(0), "Acme");
    assert_eq!(row.get::<chrono::NaiveDate, _>(1).to_string(), "2026-01-15");
    assert_eq!(row.get::<i64, _>(2), 12);
    let revenue: rust_decimal::Decimal = sqlx::query_scalar(
        "select sum(amount_base) from mart.orders where ordered_on >= $1 and status <> 'draft'",
    )
    .bind("2026-03-01".parse::<chrono::NaiveDate>().unwrap())
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(revenue.to_string(), "1049.00");
    let none = sqlx::query("select id from crm.customer where id = $1")
        .bind(3_i64)
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    assert!(none.is_none());
    let limited: Vec<i64> = sqlx::query_scalar("select id from crm.customer order by id limit $1")
        .bind(1_i64)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(limited, vec![1]);
}

/// Runs for hours and holds memory while it runs.
const ENDLESS: &str = "select count(*) from generate_series(1, 2000) a join generate_series(1, 500000000) b on a.value % 7 <> b.value % 5";

#[tokio::test(flavor = "multi_thread")]
async fn a_running_statement_can_be_cancelled() {
    let house = House::new().await;
    let psql = house
        .psql("sam-sql", "sesame", "require")
        .args(["-c", ENDLESS])
        .spawn()
        .unwrap();
    let mut beat = tokio::time::interval(Duration::from_millis(10));
    while house.world.engine.memory_in_use() == 0 {
        beat.tick().await;
    }
    let pid = psql.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .await
            .unwrap()
            .success()
    );
    let output = psql.wait_with_output().await.unwrap();
    let reason = String::from_utf8_lossy(&output.stderr);
    assert!(reason.contains("57014"), "{reason}");
    while house.world.engine.memory_in_use() > 0 {
        beat.tick().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_named() {
    let house = House::with(EngineConfig {
        max_rows: 100,
        ..EngineConfig::default()
    })
    .await;
    let late = house
        .sam_refused(&["set statement_timeout = '200ms'", ENDLESS])
        .await;
    assert!(late.contains("57014") && late.contains("200ms"), "{late}");
    let many = house
        .sam_refused(&["select * from generate_series(1, 101)"])
        .await;
    assert!(
        many.contains("54000") && many.contains("100 rows"),
        "{many}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_the_open_connection() {
    let house = House::new().await;
    let mut psql = house
        .psql("sam-sql", "sesame", "require")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = psql.stdin.take().unwrap();
    let mut lines = BufReader::new(psql.stdout.take().unwrap()).lines();
    input.write_all(b"select 41 + 1;\n").await.unwrap();
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("42"));
    house.tokens.0.lock().unwrap().remove("sam-sql");
    input
        .write_all(b"select 41 + 1;\nselect 41 + 1;\n")
        .await
        .unwrap();
    drop(input);
    assert_eq!(lines.next_line().await.unwrap(), None);
    let output = psql.wait_with_output().await.unwrap();
    assert!(!output.status.success());
    let reason = String::from_utf8_lossy(&output.stderr);
    assert!(reason.contains("57P01"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_answered_before_sign_in() {
    let house = House::new().await;
    let mut raw = tokio::net::TcpStream::connect(("127.0.0.1", house.port))
        .await
        .unwrap();
    // A start-up message, then a query instead of a password.
    let start = b"\x00\x03\x00\x00user\0sam-sql\0\0";
    raw.write_all(&u32::try_from(start.len() + 4).unwrap().to_be_bytes())
        .await
        .unwrap();
    raw.write_all(start).await.unwrap();
    let query = b"select name from crm.customer\0";
    raw.write_all(b"Q").await.unwrap();
    raw.write_all(&u32::try_from(query.len() + 4).unwrap().to_be_bytes())
        .await
        .unwrap();
    raw.write_all(query).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(
        Duration::from_secs(20),
        tokio::io::AsyncReadExt::read_to_end(&mut raw, &mut answer),
    )
    .await
    .unwrap()
    .unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.contains("08P01") && !text.contains("Acme"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_copied_out_in_bulk() {
    let house = House::new().await;
    assert_eq!(
        house
            .sam(&["\\copy (select id, name, industry from crm.customer order by id) to stdout with csv header"])
            .await,
        "id,name,industry\n1,Acme,retail\n2,Birch,\n"
    );
    assert_eq!(
        house
            .sam(&["copy crm.product (code, name) to stdout"])
            .await,
        "P1\tBolt\nP2\tRope\n"
    );
    let options = "copy (select number, channel from mart.orders where order_id = 101) to stdout with (format csv, delimiter ';', header true)";
    assert_eq!(
        house.sam(&[options]).await,
        "number;channel\nSO101;direct\n"
    );
    let refusal = house.sam_refused(&["copy crm.customer from stdin"]).await;
    assert!(refusal.contains("25006"), "{refusal}");
    let binary = house
        .sam_refused(&["copy (select 1) to stdout with (format binary)"])
        .await;
    assert!(binary.contains("0A000"), "{binary}");
}
