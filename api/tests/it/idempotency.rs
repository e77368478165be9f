//! `Idempotency-Key`: sent twice, done once.

use reqwest::Method;
use serde_json::json;

use crate::app::{TestApp, read};

#[tokio::test]
async fn the_same_request_acts_once_and_answers_the_same() {
    let app = TestApp::start().await;
    let person = app.person("li", "admin").await;
    let send = |key: &str, code: &str| {
        read(
            person
                .request(Method::POST, "/api/v1/customers")
                .header("idempotency-key", key)
                .json(&json!({ "code": code, "name": "Acme", "kind": "organisation" })),
        )
    };
    let (first, again) = (send("k1", "C1").await.ok(), send("k1", "C1").await.ok());
    assert_eq!(first.body, again.body);
    assert_eq!(
        (first.status, first.headers["etag"].clone()),
        (again.status, again.headers["etag"].clone())
    );
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let count: i64 = sqlx::query_scalar("select count(*) from crm.customer")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(count, 1);

    send("k1", "C2")
        .await
        .refused(422, "idempotency_key_reused");
    // Keys are each person's own.
    let other = app.person("wang", "admin").await;
    read(
        other
            .request(Method::POST, "/api/v1/customers")
            .header("idempotency-key", "k1")
            .json(&json!({ "code": "C3", "name": "Acme", "kind": "organisation" })),
    )
    .await
    .ok();
}

#[tokio::test]
async fn parallel_copies_act_once() {
    let app = TestApp::start().await;
    let person = app.person("li", "admin").await;
    let send = || {
        read(
            person
                .request(Method::POST, "/api/v1/customers")
                .header("idempotency-key", "k")
                .json(&json!({ "name": "Acme", "code": "C1", "kind": "organisation" })),
        )
    };
    let answers = tokio::join!(send(), send(), send(), send());
    let codes = [
        answers.0.status.as_u16(),
        answers.1.status.as_u16(),
        answers.2.status.as_u16(),
        answers.3.status.as_u16(),
    ];
    assert!(
        codes.contains(&201) && codes.iter().all(|code| [201, 409].contains(code)),
        "{codes:?}"
    );
    let count: i64 = sqlx::query_scalar("select count(*) from crm.customer")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn a_refusal_frees_the_key_and_secrets_are_never_kept() {
    let app = TestApp::start().await;
    let person = app.person("li", "admin").await;
    let send = |body| {
        read(
            person
                .request(Method::POST, "/api/v1/customers")
                .header("idempotency-key", "k")
                .json(&body),
        )
    };
    send(json!({ "code": "C1" }))
        .await
        .refused(422, "validation");
    send(json!({ "code": "C1", "name": "Acme", "kind": "organisation" }))
        .await
        .ok();

    read(
        person
            .request(Method::POST, "/api/v1/access_tokens")
            .header("idempotency-key", "t")
            .json(&json!({ "kind": "api", "name": "x" })),
    )
    .await
    .ok();
    let kept: i64 = sqlx::query_scalar("select count(*) from sys.idempotency_key where key = 't'")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(kept, 0);
}
