//! The lake through the real doors: own writes, the past, other engines, upkeep and erasure.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use proves::proves;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Answer, object, read};
use crate::node::Machine;

const PATIENCE: Duration = Duration::from_secs(60);

impl Machine {
    async fn copied() -> Self {
        let machine = Self::start().await;
        let analysis = machine.node.app().analysis().unwrap();
        analysis.capture.caught_up(PATIENCE).await.unwrap();
        machine
    }

    async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path)).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        read(self.request(Method::PUT, path).json(&body)).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        read(self.request(Method::PATCH, path).json(&body)).await
    }

    async fn made(&self, path: &str, body: Value) -> (i64, Answer) {
        let answer = self.post(path, body).await.ok();
        (answer.body["id"].as_i64().unwrap(), answer)
    }

    async fn rows(&self, sql: &str) -> Value {
        let answer = self.post("/api/v1/sql", json!({ "sql": sql })).await.ok();
        answer.body["rows"].clone()
    }

    async fn customer(&self, code: &str, kind: &str, more: Value) -> i64 {
        let mut input = json!({ "code": code, "name": format!("Name of {code}"), "kind": kind, "region": "east" });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        self.made("/api/v1/customers", input).await.0
    }
}

#[tokio::test(flavor = "multi_thread")]
#[proves("PLUS-02")]
async fn a_write_is_read_by_its_position_or_the_lag_is_named() {
    let machine = Machine::copied().await;
    for number in 0..5 {
        let input = json!({ "code": format!("C{number}"), "name": "N", "kind": "person", "region": "east" });
        let (_, made) = machine.made("/api/v1/customers", input).await;
        let lsn = made.headers["basalt-lsn"].to_str().unwrap();
        let ask = json!({ "sql": "select count(*) from mart.customer", "min_lsn": lsn });
        let answer = machine.post("/api/v1/sql", ask).await.ok();
        assert_eq!(answer.body["rows"], json!([[number + 1]]));
    }
    let ask = json!({ "sql": "select 1", "min_lsn": "FFFF/0" });
    let late = machine
        .post("/api/v1/sql", ask)
        .await
        .refused(504, "lake_lagging");
    let message = late.body["message"].as_str().unwrap();
    assert!(message.contains("bytes of log behind"), "{message}");
    let ask = json!({ "sql": "select 1", "min_lsn": "soon" });
    machine
        .post("/api/v1/sql", ask)
        .await
        .refused(422, "invalid_input");
    machine.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[proves("PLUS-03")]
async fn every_version_is_kept_and_a_report_of_then_gives_the_figures_of_then() {
    let machine = Machine::copied().await;
    let customer = machine.customer("C1", "organisation", json!({})).await;
    let path = format!("/api/v1/customers/{customer}");
    for city in ["Shanghai", "Hangzhou", "Suzhou"] {
        machine.patch(&path, json!({ "city": city })).await.ok();
    }
    let history = format!(
        "select city, op, valid_to is null, valid_to > valid_from, lead(valid_from) over (order by lsn) = valid_to
         from history.customer where id = {customer} order by lsn"
    );
    assert_eq!(
        machine.rows(&history).await,
        json!([
            [null, "insert", false, true, true],
            ["Shanghai", "update", false, true, true],
            ["Hangzhou", "update", false, true, true],
            ["Suzhou", "update", true, null, null]
        ])
    );

    let today = chrono::Utc::now().date_naive();
    let order = json!({ "customer": customer, "ordered_on": today, "status": "confirmed", "amount": { "amount": "1234.00", "currency": "USD" } });
    let (order, _) = machine.made("/api/v1/orders", order).await;
    let pack = json!({ "pack": "sales-overview", "title": "Weekly", "recipients": [] });
    let (pack, _) = machine.made("/api/v1/report_packs", pack).await;
    let report = format!("/api/v1/report_packs/{pack}/render?format=html");
    let then = chrono::Utc::now();
    let figures = |report: Answer| report.ok().body.as_str().unwrap().to_owned();
    let given = figures(machine.get(&report).await);
    assert!(given.contains("1,234"), "{given}");

    let more = json!({ "amount": { "amount": "9876.00", "currency": "USD" } });
    machine
        .patch(&format!("/api/v1/orders/{order}"), more)
        .await
        .ok();
    let now = figures(machine.get(&report).await);
    assert!(now.contains("9,876") && !now.contains("1,234"), "{now}");
    let then = then.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let past = figures(machine.get(&format!("{report}&as_of={then}")).await);
    assert!(past.contains("1,234") && !past.contains("9,876"), "{past}");

    // The same through SQL: by a clause, and for all tables.
    let revenue = "select sum(amount) from crm.sales_order";
    assert_eq!(machine.rows(revenue).await, json!([["9876.00"]]));
    let clause = format!("{revenue} for system_time as of timestamp '{then}'");
    assert_eq!(machine.rows(&clause).await, json!([["1234.00"]]));
    let whole = json!({ "sql": "select sum(revenue) from mart.customer", "as_of": then });
    let whole = machine.post("/api/v1/sql", whole).await.ok();
    assert_eq!(whole.body["rows"], json!([["1234.00"]]));

    // What can't be shown is named, in the reader's language.
    let early = json!({ "sql": revenue, "as_of": "2001-01-01" });
    let refused = machine.post("/api/v1/sql", early.clone()).await;
    refused.refused(422, "moment_too_early");
    let session = machine.get("/api/v1/session").await.ok();
    let me = format!("/api/v1/users/{}", session.body["user"]["id"]);
    machine.patch(&me, json!({ "locale": "zh" })).await.ok();
    let chinese = machine.post("/api/v1/sql", early).await.body;
    let message = chinese["message"].as_str().unwrap();
    assert!(message.contains("第一个快照"), "{message}");
    for (as_of, code) in [
        ("2999-01-01", "moment_not_reached"),
        ("then", "invalid_moment"),
        ("v3", "invalid_moment"),
    ] {
        let ask = json!({ "sql": revenue, "as_of": as_of });
        machine.post("/api/v1/sql", ask).await.refused(422, code);
    }
    let both = json!({ "sql": revenue, "as_of": "2026-01-01", "min_lsn": "0/1" });
    machine
        .post("/api/v1/sql", both)
        .await
        .refused(422, "invalid_input");
    machine.node.stop().await;
}

/// Counts and sums of customers at a version of the Delta table, as other engines read the files.
const SCRIPT: &str = r#"
import sys, polars as pl
from deltalake import DeltaTable, QueryBuilder
folder, version = sys.argv[1], int(sys.argv[2])
sql = "select count(*) as n, sum(id) as ids, sum(version) as versions from t where deleted_at is null"
rows = QueryBuilder().register("t", DeltaTable(folder, version=version)).execute(sql).read_all()
print(*[rows.column(i)[0].as_py() for i in range(3)], sep="|")
c = pl.col
live = pl.scan_delta(folder, version=version).filter(c("deleted_at").is_null())
print(*live.select(pl.len(), c("id").sum(), c("version").sum()).collect().row(0), sep="|")
"#;

#[tokio::test(flavor = "multi_thread")]
#[proves("PLUS-04")]
async fn deltalake_and_polars_read_what_the_server_reads_at_every_version() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/python/bin/python");
    assert!(
        python.exists(),
        "run `tools/setup test`: the Python packages are missing"
    );
    let machine = Machine::copied().await;
    let analysis = machine.node.app().analysis().unwrap();
    let mut versions: Vec<(i64, Value)> = Vec::new();
    for profile in ["cow", "mor"] {
        let path = "/api/v1/lake/tables/crm.customer/profile";
        machine.put(path, json!({ "profile": profile })).await.ok();
        for round in 0..2 {
            let first = machine
                .customer(&format!("{profile}{round}a"), "person", json!({}))
                .await;
            let second = machine
                .customer(&format!("{profile}{round}b"), "person", json!({}))
                .await;
            machine
                .patch(
                    &format!("/api/v1/customers/{first}"),
                    json!({ "city": "A" }),
                )
                .await
                .ok();
            analysis.capture.caught_up(PATIENCE).await.unwrap();
            analysis.lake.flush().await.unwrap();
            read(machine.request(Method::DELETE, &format!("/api/v1/customers/{second}")))
                .await
                .ok();
            analysis.capture.caught_up(PATIENCE).await.unwrap();
            analysis.lake.flush().await.unwrap();
            let at = machine
                .rows("select delta_version from lake.status where name = 'customer'")
                .await;
            let version = at[0][0].as_i64().unwrap();
            let sql = format!(
                "select count(*), sum(id), sum(version) from crm.customer for version as of {version}"
            );
            versions.push((version, machine.rows(&sql).await[0].clone()));
        }
    }
    assert_eq!(versions.len(), 4);
    let folder = machine.node.app().config().data.join("lake/crm/customer");
    for (version, ours) in versions {
        let numbers = ours
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.to_string().replace('"', ""));
        let ours = numbers.collect::<Vec<_>>().join("|");
        let output = Command::new(&python)
            .args(["-c", SCRIPT])
            .arg(&folder)
            .arg(version.to_string())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [&ours, &ours],
            "at version {version}"
        );
    }
    machine.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_put_a_table_in_order_and_see_how_it_stands() {
    let machine = Machine::copied().await;
    let table = "/api/v1/lake/tables/crm.customer";
    let profile = "select profile from lake.status where name = 'customer'";
    let analysis = machine.node.app().analysis().unwrap();
    let mut customers = Vec::new();
    for number in 0..4 {
        let code = format!("C{number}");
        customers.push(machine.customer(&code, "person", json!({})).await);
    }
    analysis.capture.caught_up(PATIENCE).await.unwrap();
    analysis.lake.flush().await.unwrap();
    machine
        .put(&format!("{table}/profile"), json!({ "profile": "mor" }))
        .await
        .ok();
    assert_eq!(machine.rows(profile).await, json!([["mor"]]));
    for id in &customers[..2] {
        let path = format!("/api/v1/customers/{id}");
        machine.patch(&path, json!({ "city": "Suzhou" })).await.ok();
    }
    analysis.capture.caught_up(PATIENCE).await.unwrap();
    analysis.lake.flush().await.unwrap();
    machine
        .put(&format!("{table}/profile"), json!({ "profile": "auto" }))
        .await
        .ok();
    machine
        .put(
            &format!("{table}/clustering"),
            json!({ "columns": ["region", "city"] }),
        )
        .await
        .ok();
    let done = machine
        .post(&format!("{table}/compaction"), json!({}))
        .await
        .ok();
    // Upkeep may have been quicker: what counts is how the table stands after.
    assert!(done.body["files_removed"].is_u64(), "{}", done.body);
    let dead = "select dead_rows from lake.status where name = 'customer'";
    assert_eq!(machine.rows(dead).await, json!([[0]]));
    assert_eq!(
        machine.rows("select count(*) from crm.customer").await,
        json!([[4]])
    );
    assert_eq!(
        machine.rows("select phase, stalls from lake.capture").await,
        json!([["streaming", 0]])
    );
    assert_eq!(
        machine.rows("select count(*) from lake.errors").await,
        json!([[0]])
    );
    let status = machine.get("/api/v1/lake/status").await.ok();
    assert_eq!(status.body["errors"], json!([]));
    let customer = status.body["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["name"] == "crm.customer");
    assert_eq!(customer.unwrap()["lag_bytes"], 0);

    machine
        .put(
            "/api/v1/lake/tables/crm.nothing/profile",
            json!({ "profile": "cow" }),
        )
        .await
        .refused(404, "unknown_lake_table");
    machine
        .put(
            "/api/v1/lake/tables/customer/profile",
            json!({ "profile": "cow" }),
        )
        .await
        .refused(404, "unknown_lake_table");
    machine
        .put(&format!("{table}/profile"), json!({ "profile": "best" }))
        .await
        .refused(400, "malformed");
    machine
        .put(
            &format!("{table}/clustering"),
            json!({ "columns": ["colour"] }),
        )
        .await
        .refused(422, "unknown_lake_column");

    let noted: Vec<Value> = sqlx::query_scalar(
        "select changes from sys.audit_entry where table_name = 'lake.crm.customer' and actor like 'user:%' order by id",
    )
    .fetch_all(machine.node.app().db().pool())
    .await
    .unwrap();
    assert_eq!(
        noted,
        [
            json!({ "profile": "mor" }),
            json!({ "profile": "auto" }),
            json!({ "clustering": ["region", "city"] }),
            json!({ "compaction": true })
        ]
    );

    let seller = machine.other("sally", "sales").await;
    for (method, path) in [
        (Method::PUT, "tables/crm.customer/profile"),
        (Method::PUT, "tables/crm.customer/clustering"),
        (Method::POST, "tables/crm.customer/compaction"),
        (Method::POST, "erasures"),
        (Method::GET, "erasures"),
        (Method::GET, "erasures/1"),
        (Method::GET, "status"),
    ] {
        let request = seller.request(method, &format!("/api/v1/lake/{path}"));
        read(request.json(&json!({ "profile": "cow", "columns": [] })))
            .await
            .refused(403, "forbidden");
    }
    machine.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_gone_from_records_trail_history_and_files() {
    let machine = Machine::copied().await;
    let pool = machine.node.app().db().pool().clone();
    let analysis = machine.node.app().analysis().unwrap();
    let person = machine
        .customer("P1", "person", json!({ "name": "Zhang Secret", "phone": "13900001111", "email": "secret@example.com" }))
        .await;
    let other = machine
        .customer(
            "P2",
            "person",
            json!({ "name": "Li Open", "phone": "13900002222" }),
        )
        .await;
    let contact = json!({ "customer": person, "name": "Secret Contact", "email": "secret.contact@example.com" });
    let (contact, _) = machine.made("/api/v1/contacts", contact).await;
    machine
        .patch(
            &format!("/api/v1/customers/{person}"),
            json!({ "phone": "13900003333" }),
        )
        .await
        .ok();
    machine
        .post(
            &format!("/api/v1/customers/{person}/notes"),
            json!({ "body": "likes secret tea" }),
        )
        .await
        .ok();
    analysis.capture.caught_up(PATIENCE).await.unwrap();
    analysis.lake.flush().await.unwrap();
    let before = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);

    let ask = |confirm: &str, reason: &str| json!({ "customer": person, "confirm": confirm, "reason": reason });
    let erasures = "/api/v1/lake/erasures";
    machine
        .post(erasures, ask("P2", "asked by letter"))
        .await
        .refused(400, "bad_request");
    machine
        .post(erasures, ask("P1", " "))
        .await
        .refused(400, "bad_request");
    machine
        .post(
            erasures,
            json!({ "customer": 4711, "confirm": "P1", "reason": "r" }),
        )
        .await
        .refused(404, "not_found");
    assert_eq!(
        machine.get(erasures).await.ok().body,
        json!({ "items": [], "next": null })
    );

    let asked = machine
        .post(erasures, ask("P1", "asked by letter of 3 May"))
        .await
        .ok();
    assert_eq!(asked.status, StatusCode::ACCEPTED);
    let state = format!("{erasures}/{}", asked.body["id"]);
    let done = tokio::time::timeout(PATIENCE, async {
        loop {
            let state = machine.get(&state).await.ok().body;
            assert_eq!(state["error"], json!(null));
            if state["state"] == "done" {
                return state;
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(
        (&done["tables"], &done["tables_done"]),
        (&json!(2), &json!(2))
    );
    assert!(done["actor"].as_str().unwrap().starts_with("user:"));

    // Records and what lies beside them.
    let record = machine
        .get(&format!("/api/v1/customers/{person}"))
        .await
        .ok()
        .body;
    assert_eq!(
        (
            &record["name"],
            &record["phone"],
            &record["email"],
            &record["code"]
        ),
        (&json!("erased"), &json!(null), &json!(null), &json!("P1"))
    );
    let record = machine
        .get(&format!("/api/v1/contacts/{contact}"))
        .await
        .ok()
        .body;
    assert_eq!(
        (&record["name"], &record["email"]),
        (&json!("erased"), &json!(null))
    );
    for table in [
        "crm.customer",
        "crm.contact",
        "sys.audit_entry",
        "sys.event",
        "sys.remark",
        "sys.search_entry",
        "sys.duplicate_key",
    ] {
        let sql =
            format!("select count(*) from {table} t where t::text ~* '139000(01111|03333)|secret'");
        let left: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(left, 0, "{table}");
    }
    // The lake: now, every version, and the past.
    analysis.capture.caught_up(PATIENCE).await.unwrap();
    for from in [
        "crm.customer".to_owned(),
        "history.customer".to_owned(),
        format!("crm.customer for system_time as of '{before}'"),
    ] {
        let sql = format!(
            "select count(*), count(phone), count(email), max(name) from {from} c where c.id = {person}"
        );
        let row = &machine.rows(&sql).await[0];
        assert!(row[0].as_i64().unwrap() >= 1, "{from}");
        assert_eq!((&row[1], &row[2]), (&json!(0), &json!(0)), "{from}");
        assert!(row[3].is_null() || row[3] == "erased", "{from}: {row}");
    }
    let sql = format!("select count(email), min(name) from history.contact where id = {contact}");
    assert_eq!(machine.rows(&sql).await, json!([[0, "erased"]]));
    // Others keep what is theirs, and records and lake agree.
    let sql = format!("select name, phone from crm.customer where id = {other}");
    assert_eq!(
        machine.rows(&sql).await,
        json!([["Li Open", "13900002222"]])
    );
    assert_eq!(
        machine.get("/api/v1/lake/verify").await.ok().body["equal"],
        true
    );
    assert_eq!(
        machine
            .rows("select name, keys, done_at is not null from lake.erasures order by name")
            .await,
        json!([["contact", 1, true], ["customer", 1, true]])
    );
    let listed = machine.get(&format!("{erasures}?limit=1")).await.ok().body;
    assert_eq!(listed["items"][0]["reason"], "asked by letter of 3 May");

    // A restart finds nothing left to do.
    assert_eq!(
        basalt_oltp::erasure::open(machine.node.app().db())
            .await
            .unwrap()
            .len(),
        0
    );
    machine.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_keeps_a_token_and_mail_that_waits_is_not_cut_off() {
    let machine = Machine::copied().await;
    let pool = machine.node.app().db().pool().clone();
    let analysis = machine.node.app().analysis().unwrap();
    let person = machine
        .customer("P1", "person", json!({ "email": "p1@example.com" }))
        .await;
    let campaign = object(json!({ "name": "Spring" }));
    let campaign = machine
        .node
        .app()
        .store()
        .create(&basalt_model::Principal::system(), "campaign", campaign)
        .await
        .unwrap()
        .id;
    let message = async |run: i64, state: &str| -> i64 {
        sqlx::query_scalar(
            "insert into crm.message (campaign_id, run_id, customer_id, address, subject, reason, state)
             values ($1, $2, $3, 'p1@example.com', 'Dear P1', 'sent to p1@example.com', $4) returning id",
        )
        .bind(campaign)
        .bind(run)
        .bind(person)
        .bind(state)
        .fetch_one(&pool)
        .await
        .unwrap()
    };
    let first = message(1, "accepted").await;
    let second = message(2, "planned").await;
    let ask = json!({ "customer": person, "confirm": "P1", "reason": "asked" });
    machine
        .post("/api/v1/lake/erasures", ask.clone())
        .await
        .refused(409, "messages_open");
    sqlx::query("update crm.message set state = 'bounced' where id = $1")
        .bind(second)
        .execute(&pool)
        .await
        .unwrap();
    analysis.capture.caught_up(PATIENCE).await.unwrap();
    let asked = machine.post("/api/v1/lake/erasures", ask).await.ok();
    let state = format!("/api/v1/lake/erasures/{}", asked.body["id"]);
    tokio::time::timeout(PATIENCE, async {
        while machine.get(&state).await.ok().body["state"] != "done" {}
    })
    .await
    .unwrap();
    let ledger = "select count(*), count(distinct address), count(subject), count(reason), bool_and(address like 'erased:%') from crm.message";
    let (rows, addresses, subjects, reasons, tokens): (i64, i64, i64, i64, bool) =
        sqlx::query_as(ledger).fetch_one(&pool).await.unwrap();
    assert_eq!(
        (rows, addresses, subjects, reasons, tokens),
        (2, 1, 0, 0, true)
    );
    analysis.capture.caught_up(PATIENCE).await.unwrap();
    assert_eq!(machine.rows(ledger).await, json!([[2, 1, 0, 0, true]]));
    let past = format!(
        "select count(*) from history.message where id = {first} and (address like '%@%' or subject is not null or reason is not null)"
    );
    assert_eq!(machine.rows(&past).await, json!([[0]]));
    assert_eq!(
        machine.get("/api/v1/lake/verify").await.ok().body["equal"],
        true
    );
    machine.node.stop().await;
}
