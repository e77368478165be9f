//! The development mailbox in the browser: what would have been mailed, shown without letting it do anything.
//!
//! Only there when mail goes to the development mailbox; only for whoever is signed in and may run campaigns.

use std::fmt::Write;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use basalt_model::Action;
use basalt_outreach::{Mailbox, MailboxMessage};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    App,
    caller::Caller,
    input::{Params, Path},
    problem::{Problem, Result},
    security::FOREIGN_POLICY,
};

const MOST: usize = 500;

#[derive(Deserialize)]
pub struct ListParams {
    limit: Option<usize>,
}

/// `GET /mailbox`: an address that people type, so whoever is not signed in is led to the door and back.
pub async fn page(
    State(app): State<App>,
    caller: std::result::Result<Caller, Problem>,
) -> Result<Response> {
    let caller = match caller {
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
            return Ok(Redirect::to("/sign-in?to=/mailbox").into_response());
        }
        caller => caller?,
    };
    let mailbox = reader(&app, &caller)?;
    let mut rows = String::new();
    for mail in mailbox.list(MOST) {
        let _ = write!(
            rows,
            "<tr><td class=quiet>{}</td><td>{}</td><td><a href=\"/mailbox/{}\">{}</a></td></tr>",
            mail.at.format("%Y-%m-%d %H:%M:%S"),
            escape(&mail.to.join(", ")),
            mail.id,
            escape(or(&mail.subject, "(no subject)")),
        );
    }
    let content = format!(
        "<h1>Mailbox · 邮箱</h1><p class=quiet>{} mails caught. None of them left this machine.</p><table><tr><th>Time (UTC)<th>To<th>Subject</tr>{rows}</table>",
        mailbox.arrived()
    );
    Ok(Html(frame("Mailbox", &content)).into_response())
}

/// `GET /mailbox/{id}`
pub async fn message(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Html<String>> {
    let mail = find(&app, &caller, id)?;
    let mut headers = String::new();
    for (name, value) in &mail.headers {
        let _ = write!(
            headers,
            "<tr><td><code>{}</code></td><td>{}</td></tr>",
            escape(name),
            escape(value)
        );
    }
    let mut attachments = String::new();
    for (number, file) in mail.attachments.iter().enumerate() {
        let _ = write!(
            attachments,
            "<li><a href=\"/mailbox/{id}/attachments/{number}\">{}</a> <span class=quiet>{}, {} bytes</span></li>",
            escape(&file.name),
            escape(&file.media_type),
            file.bytes
        );
    }
    let body = match (&mail.html, &mail.text) {
        (Some(_), _) => {
            format!("<iframe sandbox src=\"/mailbox/{id}/html\" title=\"Mail\"></iframe>")
        }
        (None, Some(text)) => format!("<pre>{}</pre>", escape(text)),
        (None, None) => "<p class=quiet>(empty)</p>".to_owned(),
    };
    let content = format!(
        "<p><a href=/mailbox>← Mailbox</a></p><h1>{}</h1><p>{} → {}</p>{body}<ul>{attachments}</ul><details><summary>Headers</summary><div><table>{headers}</table></div></details>",
        escape(or(&mail.subject, "(no subject)")),
        escape(&mail.from),
        escape(&mail.to.join(", ")),
    );
    Ok(Html(frame(&mail.subject, &content)))
}

/// `GET /mailbox/{id}/html`: the mail as sent, under a policy that lets it run, load and send nothing.
pub async fn html(State(app): State<App>, caller: Caller, Path(id): Path<u64>) -> Result<Response> {
    let mail = find(&app, &caller, id)?;
    let mut response = Html(mail.html.ok_or_else(Problem::not_found)?).into_response();
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(FOREIGN_POLICY),
    );
    Ok(response)
}

/// `GET /mailbox/{id}/attachments/{number}`: always as a download.
pub async fn attachment(
    State(app): State<App>,
    caller: Caller,
    Path((id, number)): Path<(u64, usize)>,
) -> Result<Response> {
    let mail = find(&app, &caller, id)?;
    let file = mail
        .attachments
        .into_iter()
        .nth(number)
        .ok_or_else(Problem::not_found)?;
    Ok(download(
        &file.name,
        "application/octet-stream",
        file.content,
    ))
}

/// `GET /mailbox/api/messages`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<Json<Value>> {
    let mailbox = reader(&app, &caller)?;
    let items = mailbox.list(params.limit.unwrap_or(100).min(MOST));
    Ok(Json(
        json!({ "items": items, "arrived": mailbox.arrived() }),
    ))
}

/// `GET /mailbox/api/messages/{id}`
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<u64>,
) -> Result<Json<MailboxMessage>> {
    find(&app, &caller, id).map(Json)
}

fn reader<'a>(app: &'a App, caller: &Caller) -> Result<&'a Mailbox> {
    let mailbox = app.mailbox().ok_or_else(Problem::not_found)?;
    if caller.can("campaign", Action::Update) {
        Ok(mailbox)
    } else {
        Err(Problem::forbidden())
    }
}

fn find(app: &App, caller: &Caller, id: u64) -> Result<MailboxMessage> {
    reader(app, caller)?.get(id).ok_or_else(Problem::not_found)
}

/// A file that browsers keep instead of showing.
pub fn download(name: &str, media_type: &'static str, content: Vec<u8>) -> Response {
    let mut response = content.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes())
        .collect::<String>()
        .replace('+', "%20");
    if let Ok(value) = HeaderValue::from_str(&format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
    )) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(FOREIGN_POLICY),
    );
    response
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.trim().is_empty() {
        otherwise
    } else {
        text
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn frame(title: &str, content: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{}</title><link rel=stylesheet href=/api/docs/pages.css><body>{content}</html>",
        escape(title)
    )
}
