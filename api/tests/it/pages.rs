//! Headers, limits, the embedded application, and paths that lead nowhere.

use reqwest::Method;
use serde_json::json;

use crate::app::{TestApp, read};

#[tokio::test]
async fn browsers_are_told_to_be_careful() {
    let app = TestApp::start().await;
    let page = read(app.request(Method::GET, "/customers/7")).await.ok();
    let header = |name: &str| page.headers[name].to_str().unwrap().to_owned();
    assert!(header("content-security-policy").contains("default-src 'self'"));
    assert!(!header("content-security-policy").contains("'unsafe-eval'"));
    assert_eq!(
        (header("x-content-type-options"), header("referrer-policy")),
        ("nosniff".into(), "same-origin".into())
    );
    assert!(
        header("content-type").starts_with("text/html"),
        "deep links open the application"
    );
    assert_eq!(header("cache-control"), "no-cache");

    let known = read(
        app.request(Method::GET, "/")
            .header("if-none-match", header("etag")),
    )
    .await;
    assert_eq!(known.status, 304);
    let api = read(app.request(Method::GET, "/api/v1/health")).await.ok();
    assert_eq!(api.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_and_not_a_page() {
    let app = TestApp::start().await;
    read(app.request(Method::GET, "/api/nothing"))
        .await
        .refused(404, "not_found");
    read(app.request(Method::GET, "/assets/missing-1234.js"))
        .await
        .refused(404, "not_found");
    read(app.request(Method::GET, "/../Cargo.toml")).await;
    read(app.request(Method::DELETE, "/api/v1/health"))
        .await
        .refused(405, "method_not_allowed");
    let person = app.person("li", "admin").await;
    person
        .get("/api/v1/customers/abc")
        .await
        .refused(404, "not_found");
    person
        .get("/api/v1/customers/999999")
        .await
        .refused(404, "not_found");
    person.get("/mailbox").await.refused(404, "not_found");
}

#[tokio::test]
async fn bodies_are_bounded_and_typed() {
    let app = TestApp::start().await;
    let person = app.person("li", "admin").await;
    let large = json!({ "code": "C1", "name": "x".repeat(3 << 20) });
    person
        .post("/api/v1/customers", large)
        .await
        .refused(413, "too_large");
    read(
        person
            .request(Method::POST, "/api/v1/customers")
            .body("code=C1"),
    )
    .await
    .refused(415, "json_expected");
    read(
        person
            .request(Method::POST, "/api/v1/customers")
            .header("content-type", "application/json")
            .body("{"),
    )
    .await
    .refused(400, "malformed");
}

#[tokio::test]
async fn tracking_without_a_known_token_gives_nothing_away() {
    let app = TestApp::start().await;
    let pixel = read(app.request(Method::GET, "/t/o/unknown.gif"))
        .await
        .ok();
    assert_eq!(pixel.headers["content-type"], "image/gif");
    assert_eq!(
        pixel.headers["cross-origin-resource-policy"],
        "cross-origin"
    );
}
