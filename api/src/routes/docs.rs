//! A page to read the OpenAPI document with, without anything from elsewhere.

use axum::{
    http::header,
    response::{Html, IntoResponse},
};

pub async fn page() -> Html<&'static str> {
    Html(include_str!("pages/docs.html"))
}

pub async fn script() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("pages/docs.js"),
    )
}

pub async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("pages/pages.css"),
    )
}
