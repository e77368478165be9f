//! Signing in, staying in, and being kept out.

use reqwest::Method;
use serde_json::json;

use crate::app::{PASSWORD, TestApp, read};

#[tokio::test]
async fn a_session_is_opened_shown_and_ended() {
    let app = TestApp::start().await;
    let person = app.person("li", "sales").await;
    let state = person.get("/api/v1/session").await.ok();
    assert_eq!(state.body["user"]["login"], "li");
    assert_eq!(state.body["user"]["profile"], "sales");
    assert_eq!(state.body["rights"]["objects"]["customer"]["rows"], "own");
    assert_eq!(state.body["csrf"], person.csrf.as_str());

    person
        .patch("/api/v1/session", json!({ "locale": "zh" }))
        .await
        .ok();
    assert_eq!(
        person.get("/api/v1/session").await.body["user"]["locale"],
        "zh"
    );

    person.delete("/api/v1/session").await.ok();
    person
        .get("/api/v1/session")
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let app = TestApp::start().await;
    app.user("li", "sales", "en").await;
    let answer = read(
        app.request(Method::POST, "/api/v1/session")
            .json(&json!({ "login": "li", "password": PASSWORD })),
    )
    .await
    .ok();
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    // What the database keeps is not what the browser sends.
    let token = cookie.split(['=', ';']).nth(1).unwrap();
    let stored: Vec<u8> = sqlx::query_scalar("select token_hash from sys.session")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(stored.len(), 32);
    assert!(
        !token
            .as_bytes()
            .windows(8)
            .any(|part| stored.windows(8).any(|s| s == part))
    );
}

#[tokio::test]
async fn unsafe_requests_need_the_csrf_header_of_their_session() {
    let app = TestApp::start().await;
    let person = app.person("li", "admin").await;
    let other = app.person("wang", "admin").await;
    let body = json!({ "code": "C1", "name": "Acme", "kind": "organisation" });
    read(person.bare(Method::POST, "/api/v1/customers").json(&body))
        .await
        .refused(403, "csrf");
    read(
        person
            .bare(Method::POST, "/api/v1/customers")
            .header("x-csrf-token", &other.csrf)
            .json(&body),
    )
    .await
    .refused(403, "csrf");
    person.post("/api/v1/customers", body).await.ok();
}

#[tokio::test]
async fn wrong_password_and_unknown_login_look_the_same() {
    let app = TestApp::start().await;
    app.user("li", "sales", "en").await;
    let attempt = |login: &'static str| {
        read(
            app.request(Method::POST, "/api/v1/session")
                .json(&json!({ "login": login, "password": "wrong wrong" })),
        )
    };
    let (mut wrong, mut unknown) = (
        attempt("li").await.refused(401, "wrong_credentials"),
        attempt("nobody").await.refused(401, "wrong_credentials"),
    );
    wrong.body["trace_id"] = json!(null);
    unknown.body["trace_id"] = json!(null);
    assert_eq!(wrong.body, unknown.body);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_leaves_a_trace() {
    let app = TestApp::start().await;
    app.user("li", "sales", "en").await;
    let attempt = |password: &'static str| {
        read(
            app.request(Method::POST, "/api/v1/session")
                .json(&json!({ "login": "li", "password": password })),
        )
    };
    for _ in 0..5 {
        attempt("wrong wrong")
            .await
            .refused(401, "wrong_credentials");
    }
    // Even the right password has to wait now.
    let answer = attempt(PASSWORD).await.refused(429, "too_many_attempts");
    let wait: u64 = answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=900).contains(&wait));
    let outcomes: Vec<String> =
        sqlx::query_scalar("select outcome from sys.sign_in_audit where login = 'li' order by id")
            .fetch_all(app.db.pool())
            .await
            .unwrap();
    assert_eq!(
        outcomes,
        [
            "refused",
            "refused",
            "refused",
            "refused",
            "refused",
            "throttled"
        ]
    );
    // Others are not locked out by it.
    app.person("wang", "sales").await;
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once() {
    let app = TestApp::start().await;
    let person = app.person("li", "sales").await;
    person.get("/api/v1/session").await.ok();
    sqlx::query("update crm.app_user set active = false where id = $1")
        .bind(person.id)
        .execute(app.db.pool())
        .await
        .unwrap();
    person
        .get("/api/v1/session")
        .await
        .refused(401, "unauthenticated");
    let answer = read(
        app.request(Method::POST, "/api/v1/session")
            .json(&json!({ "login": "li", "password": PASSWORD })),
    )
    .await;
    answer.refused(401, "user_disabled");
}

#[tokio::test]
async fn a_new_password_ends_all_sessions() {
    let app = TestApp::start().await;
    let (desk, phone) = (app.person("li", "sales").await, app.sign_in("li").await);
    assert_eq!(
        desk.get("/api/v1/sessions").await.ok().body["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let change = |current: &str, new: &str| {
        desk.request(Method::PUT, "/api/v1/session/password")
            .json(&json!({ "current": current, "new": new }))
    };
    read(change("not it at all", "another long one"))
        .await
        .refused(422, "invalid_input");
    read(change(PASSWORD, "short"))
        .await
        .refused(422, "weak_password");
    read(change(PASSWORD, "another long one")).await.ok();
    desk.get("/api/v1/session")
        .await
        .refused(401, "unauthenticated");
    phone
        .get("/api/v1/session")
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn problems_speak_the_callers_language() {
    let app = TestApp::start().await;
    app.user("li", "sales", "zh").await;
    let person = app.sign_in("li").await;
    // The person's language wins over the browser's.
    let answer = read(
        person
            .request(Method::GET, "/api/v1/nothing")
            .header("accept-language", "en"),
    )
    .await
    .refused(404, "not_found");
    assert!(answer.body["message"].as_str().unwrap().contains("没有"));
    assert_eq!(answer.body["status"], 404);
    assert_eq!(
        answer.headers["x-trace-id"],
        answer.body["trace_id"].as_str().unwrap()
    );
    // Nobody's language is the browser's.
    let answer = read(
        app.request(Method::GET, "/api/v1/meta")
            .header("accept-language", "zh-CN,zh;q=0.9"),
    )
    .await
    .refused(401, "unauthenticated");
    assert_eq!(answer.body["message"], "请先登录。");
    let answer = read(app.request(Method::GET, "/api/v1/meta"))
        .await
        .refused(401, "unauthenticated");
    assert_eq!(answer.body["message"], "Sign in first.");
}
