//! A process that only answers SQL, beside the one that captures and writes.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::read;
use crate::node::Machine;

/// `basalt query` as a process of its own.
struct QueryProcess {
    child: Child,
    port: u16,
}

impl QueryProcess {
    fn start(machine: &Machine) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_basalt"))
            .args(["query", "--database", machine.database_url(), "--lake"])
            .arg(machine.lake())
            .args(["--sql-addr", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.split("port=").nth(1).unwrap();
        let port = port.split(' ').next().unwrap().parse().unwrap();
        Self { child, port }
    }

    /// The first column of a statement's rows, or what was said instead.
    fn ask(&self, token: &Value, sql: &str) -> Result<Vec<String>, String> {
        let place = format!(
            "host=127.0.0.1 port={} dbname=basalt user={} sslmode=require",
            self.port,
            token["username"].as_str().unwrap()
        );
        let done = Command::new("psql")
            .env("PGPASSWORD", token["password"].as_str().unwrap())
            .args(["-X", "-A", "-t", "-c", sql, &place])
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        match done.status.success() {
            true => Ok(text(&done.stdout).lines().map(str::to_owned).collect()),
            false => Err(text(&done.stderr)),
        }
    }
}

impl Drop for QueryProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_answers_under_the_same_rights_and_never_older_ones() {
    let machine = Machine::start().await;
    let customer = async |code: &str, owner: Value| {
        let made = json!({ "code": code, "name": code, "owner_id": owner });
        machine.post("/api/v1/customers", made).await.ok().body
    };
    let li = machine
        .post(
            "/api/v1/users",
            json!({ "login": "li", "name": "Li", "profile": "sales", "active": true, "locale": "en" }),
        )
        .await
        .ok()
        .body["id"]
        .clone();
    customer("own", li.clone()).await;
    let other = customer("other", Value::Null).await;
    let token = machine
        .post(
            "/api/v1/access_tokens",
            json!({ "kind": "sql", "name": "node", "days": 7 }),
        )
        .await
        .ok()
        .body;
    let auth = machine.node.app().auth();
    let made = auth
        .create_sql_token(li.as_i64().unwrap(), "node", 7)
        .await
        .unwrap();
    let lis_token = json!({ "username": made.username, "password": made.password });

    let node = QueryProcess::start(&machine);
    let codes = "select code from crm.customer order by code";
    assert_eq!(node.ask(&token, codes).unwrap(), ["other", "own"]);
    assert_eq!(node.ask(&lis_token, codes).unwrap(), ["own"]);
    assert_eq!(
        node.ask(
            &token,
            "select name from history.customer where code = 'own'"
        )
        .unwrap(),
        ["own"]
    );

    // A right that is given or taken holds with the next statement, with the rows of then.
    let path = format!("/api/v1/customers/{}/shares", other["id"]);
    let share = machine
        .post(
            &path,
            json!({ "grantee": format!("user:{li}"), "access": "read" }),
        )
        .await
        .ok()
        .body;
    assert_eq!(node.ask(&lis_token, codes).unwrap(), ["other", "own"]);
    let gone = format!("{path}/{}", share["id"]);
    read(machine.request(Method::DELETE, &gone)).await.ok();
    assert_eq!(node.ask(&lis_token, codes).unwrap(), ["own"]);

    let refused = node.ask(&token, "delete from crm.customer").unwrap_err();
    assert!(refused.contains("read"), "{refused}");
    let wrong = json!({ "username": token["username"], "password": "guess" });
    assert!(node.ask(&wrong, "select 1").is_err());
}
