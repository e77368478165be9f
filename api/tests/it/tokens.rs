//! API keys and SQL tokens.

use reqwest::Method;
use serde_json::json;

use crate::app::{TestApp, read};

#[tokio::test]
async fn an_api_key_acts_within_its_scopes_until_it_is_revoked() {
    let app = TestApp::start().await;
    let person = app.person("li", "admin").await;
    let made = person
        .post(
            "/api/v1/access_tokens",
            json!({ "kind": "api", "name": "reader", "days": 7, "scopes": ["read"] }),
        )
        .await
        .ok();
    let key = made.body["key"].as_str().unwrap().to_owned();
    let with_key = |method, path: &str| app.request(method, path).bearer_auth(&key);

    // No cookie, so no CSRF header either.
    read(with_key(Method::GET, "/api/v1/customers")).await.ok();
    read(
        with_key(Method::POST, "/api/v1/customers").json(&json!({ "code": "C1", "name": "Acme" })),
    )
    .await
    .refused(403, "missing_scope");
    read(with_key(Method::GET, "/api/v1/access_tokens"))
        .await
        .refused(403, "forbidden");

    let listed = person.get("/api/v1/access_tokens").await.ok();
    assert_eq!(listed.body["items"][0]["name"], "reader");
    assert!(
        !listed.body.to_string().contains(&key),
        "the secret is shown once"
    );
    let stored: String = sqlx::query_scalar("select to_jsonb(t)::text from sys.access_token t")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert!(!stored.contains(&key[8..]), "the secret is not kept");

    person
        .delete(&format!("/api/v1/access_tokens/{}", made.body["id"]))
        .await
        .ok();
    read(with_key(Method::GET, "/api/v1/customers"))
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_key_may_be_bound_to_one_kind_of_record() {
    let app = TestApp::start().await;
    let person = app.person("li", "admin").await;
    let made = person
        .post(
            "/api/v1/access_tokens",
            json!({ "kind": "api", "name": "orders", "scopes": ["order:read"] }),
        )
        .await
        .ok();
    let key = made.body["key"].as_str().unwrap();
    read(app.request(Method::GET, "/api/v1/orders").bearer_auth(key))
        .await
        .ok();
    read(
        app.request(Method::GET, "/api/v1/customers")
            .bearer_auth(key),
    )
    .await
    .refused(403, "forbidden");
    person
        .post(
            "/api/v1/access_tokens",
            json!({ "kind": "api", "name": "x", "scopes": ["everything"] }),
        )
        .await
        .refused(422, "invalid_input");
}

#[tokio::test]
async fn nobody_revokes_anothers_token() {
    let app = TestApp::start().await;
    let (li, wang) = (
        app.person("li", "sales").await,
        app.person("wang", "admin").await,
    );
    let made = li
        .post(
            "/api/v1/access_tokens",
            json!({ "kind": "sql", "name": "notebook" }),
        )
        .await
        .ok();
    wang.delete(&format!("/api/v1/access_tokens/{}", made.body["id"]))
        .await
        .refused(404, "not_found");
    assert_eq!(
        li.get("/api/v1/access_tokens").await.body["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_sql_token_is_kept_as_a_verifier_only() {
    let app = TestApp::start().await;
    let person = app.person("li", "analyst").await;
    let made = person
        .post(
            "/api/v1/access_tokens",
            json!({ "kind": "sql", "name": "notebook" }),
        )
        .await
        .ok();
    let (username, password) = (
        made.body["username"].as_str().unwrap(),
        made.body["password"].as_str().unwrap(),
    );
    assert!(username.starts_with("li_"));
    let stored: String = sqlx::query_scalar("select to_jsonb(t)::text from sys.access_token t")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert!(!stored.contains(password));

    let found = app.auth.sql_credentials(username).await.unwrap().unwrap();
    assert_eq!((found.user_id, found.iterations), (person.id, 4096));
    sqlx::query("update crm.app_user set active = false")
        .execute(app.db.pool())
        .await
        .unwrap();
    assert!(
        app.auth.sql_credentials(username).await.unwrap().is_none(),
        "a disabled user's token is dead"
    );
}
