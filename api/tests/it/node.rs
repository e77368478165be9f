//! The whole machine: records, capture, lake, engine, SQL and mail in one process.

use std::time::Duration;

use basalt_api::{Config, Node};
use basalt_model::Principal;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::app::{PASSWORD, Person, database, object, read};

pub struct Machine {
    pub node: Node,
    base: String,
    client: Client,
    csrf: String,
    _data: tempfile::TempDir,
    _database: basalt_testkit::TestDatabase,
}

impl Machine {
    /// Started on free ports, with an administrator signed in.
    pub async fn start() -> Self {
        let database = database().await;
        let data = tempfile::tempdir().unwrap();
        let config = Config {
            data: data.path().to_owned(),
            database_url: Some(database.url().to_owned()),
            ..Config::default()
        };
        let node = Box::pin(Node::start(config.on_free_ports())).await.unwrap();
        let admin = json!({ "login": "root", "name": "Root", "profile": "admin", "locale": "en", "active": true });
        let admin = node
            .app()
            .store()
            .create(&Principal::system(), "user", object(admin))
            .await
            .unwrap()
            .id;
        node.app()
            .auth()
            .set_password(admin, PASSWORD)
            .await
            .unwrap();
        let base = format!("http://{}", node.http());
        let client = Client::builder().cookie_store(true).build().unwrap();
        let signed_in = read(
            client
                .post(format!("{base}/api/v1/session"))
                .json(&json!({ "login": "root", "password": PASSWORD })),
        )
        .await
        .ok();
        let csrf = signed_in.body["csrf"].as_str().unwrap().to_owned();
        Self {
            node,
            base,
            client,
            csrf,
            _data: data,
            _database: database,
        }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .header("x-csrf-token", &self.csrf)
    }

    pub fn database_url(&self) -> &str {
        self._database.url()
    }

    pub fn lake(&self) -> std::path::PathBuf {
        self._data.path().join("lake")
    }

    /// Somebody else, at a browser of their own.
    pub async fn other(&self, login: &str, profile: &str) -> Person {
        let app = self.node.app();
        let fields = json!({ "login": login, "name": login, "profile": profile, "locale": "en", "active": true });
        let system = Principal::system();
        let user = app.store().create(&system, "user", object(fields));
        let id = user.await.unwrap().id;
        app.auth().set_password(id, PASSWORD).await.unwrap();
        Person::at(&self.base, login, PASSWORD).await
    }

    pub async fn post(&self, path: &str, body: Value) -> crate::app::Answer {
        read(self.request(Method::POST, path).json(&body)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_in_the_next_answer_of_sql() {
    let machine = Machine::start().await;
    let analysis = machine.node.app().analysis().unwrap();
    analysis
        .capture
        .caught_up(Duration::from_secs(60))
        .await
        .unwrap();

    let made = machine
        .post(
            "/api/v1/customers",
            json!({ "code": "C1", "name": "Acme", "kind": "organisation", "region": "east" }),
        )
        .await
        .ok();
    let lsn = made.headers["basalt-lsn"].to_str().unwrap();
    let answer = machine
        .post(
            "/api/v1/sql",
            json!({ "sql": "select code, name from crm.customer", "min_lsn": lsn }),
        )
        .await
        .ok();
    assert_eq!(answer.body["rows"], json!([["C1", "Acme"]]));
    assert_eq!(answer.body["columns"][0]["name"], "code");
    assert_eq!(answer.body["truncated"], false);

    let many = machine
        .post(
            "/api/v1/sql",
            json!({ "sql": "select * from (values (1), (2), (3)) t", "limit": 2 }),
        )
        .await
        .ok();
    assert_eq!(
        (
            many.body["rows"].as_array().unwrap().len(),
            many.body["truncated"].clone()
        ),
        (2, json!(true))
    );
    machine
        .post("/api/v1/sql", json!({ "sql": "delete from crm.customer" }))
        .await
        .refused(403, "read_only");
    machine
        .post("/api/v1/sql", json!({ "sql": "selec 1" }))
        .await
        .refused(422, "invalid_sql");

    let status = read(machine.request(Method::GET, "/api/v1/lake/status"))
        .await
        .ok();
    assert_eq!(status.body["phase"], "streaming");
    assert!(
        status.body["tables"]
            .as_array()
            .unwrap()
            .iter()
            .any(|t| t["name"] == "crm.customer" && t["rows"] == 1)
    );
    let health = read(machine.request(Method::GET, "/api/v1/health"))
        .await
        .ok();
    assert_eq!(health.body["status"], "ok");
    let home = read(machine.request(Method::GET, "/api/v1/dashboard"))
        .await
        .ok();
    assert!(
        home.body["cards"]
            .as_array()
            .unwrap()
            .iter()
            .any(|card| card["key"] == "customers" && card["value"] == 1.0)
    );
    machine.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opportunities_activities_and_settlements_are_in_the_lake() {
    let machine = Machine::start().await;
    let analysis = machine.node.app().analysis().unwrap();
    analysis
        .capture
        .caught_up(Duration::from_secs(60))
        .await
        .unwrap();
    let make = async |resource: &str, input: Value| {
        let made = machine
            .post(&format!("/api/v1/{resource}"), input)
            .await
            .ok();
        let lsn = made.headers["basalt-lsn"].to_str().unwrap().to_owned();
        (made.body["id"].as_i64().unwrap(), lsn)
    };
    let (customer, _) = make("customers", json!({ "code": "C1", "name": "Acme" })).await;
    let deal = json!({ "name": "D", "customer": customer, "amount": "1000", "stage": "proposal" });
    let (deal, _) = make("opportunities", deal).await;
    let call = json!({ "subject": "Call", "type": "call", "status": "done", "starts_at": "2026-11-25T02:00:00Z", "customer": customer, "opportunity": deal });
    let (_, lsn) = make("activities", call).await;
    let sql = "select o.weighted_amount, s.stage, a.type, c.first_communication_at is not null
        from crm.opportunity o join crm.opportunity_stage_change s on s.opportunity_id = o.id
        join crm.activity a on a.opportunity_id = o.id join crm.customer c on c.id = o.customer_id";
    let answer = machine
        .post("/api/v1/sql", json!({ "sql": sql, "min_lsn": lsn }))
        .await
        .ok();
    assert_eq!(
        answer.body["rows"],
        json!([["400.00", "proposal", "call", true]])
    );
    for table in [
        "invoice",
        "payment_allocation",
        "quota",
        "campaign_cost",
        "campaign_touch",
        "commitment",
        "task",
        "holiday",
    ] {
        let sql = format!("select count(*) from crm.{table}");
        let answer = machine
            .post("/api/v1/sql", json!({ "sql": sql }))
            .await
            .ok();
        assert_eq!(answer.body["rows"], json!([[0]]), "{table}");
    }
    machine.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_defined_at_run_time_is_in_the_lake() {
    let machine = Machine::start().await;
    let analysis = machine.node.app().analysis().unwrap();
    analysis
        .capture
        .caught_up(Duration::from_secs(60))
        .await
        .unwrap();
    let label = json!({ "en": "L", "zh": "名" });
    let field = json!({ "name": "staff", "label": label, "type": "integer" });
    machine
        .post("/api/v1/dictionary/objects/customer/fields", field)
        .await
        .ok();
    let object = json!({ "name": "machine", "label": label, "label_plural": label,
        "fields": [{ "name": "power", "label": label, "type": "decimal" }] });
    machine
        .post("/api/v1/dictionary/objects", object)
        .await
        .ok();
    let input = json!({ "code": "C1", "name": "Acme", "kind": "organisation", "x_staff": 12 });
    machine.post("/api/v1/customers", input).await.ok();
    machine
        .post(
            "/api/v1/x_machines",
            json!({ "name": "Press", "x_power": "7.50" }),
        )
        .await
        .ok();
    analysis
        .capture
        .caught_up(Duration::from_secs(60))
        .await
        .unwrap();
    let sql = "select c.x_staff, m.name, m.x_power from crm.customer c cross join crm.x_machine m";
    let answer = machine
        .post("/api/v1/sql", json!({ "sql": sql }))
        .await
        .ok();
    assert_eq!(answer.body["rows"], json!([[12, "Press", "7.50"]]));
    machine.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_and_a_taken_port_are_told_in_one_sentence() {
    let machine = Machine::start().await;
    let config = Config {
        data: machine.node.app().config().data.clone(),
        ..Config::default()
    };
    let error = Box::pin(Node::start(config.clone().on_free_ports()))
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("another Basalt uses") && error.contains("BASALT_DATA"),
        "{error}"
    );
    let taken = Config {
        http: machine.node.http(),
        ..config.on_free_ports()
    };
    let error = Box::pin(Node::start(taken))
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("another program") && error.contains("BASALT_HTTP"),
        "{error}"
    );
    machine.node.stop().await;
}
