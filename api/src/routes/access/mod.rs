//! Administration of access: for administrators, in effect on the next call.

mod people;
mod rules;
mod schema;

pub use people::*;
pub use rules::*;

use axum::http::{HeaderMap, HeaderValue};
use serde::Serialize;

use super::records::LSN;

/// A list in an object, so that it can grow.
#[derive(Serialize)]
pub struct List<T> {
    items: Vec<T>,
}

/// The id of what was made.
#[derive(Serialize)]
pub struct Made {
    id: i64,
}

/// The position from which the lake shows a change.
fn at(lsn: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(lsn) = HeaderValue::from_str(lsn) {
        headers.insert(LSN, lsn);
    }
    headers
}
