//! Search across all kinds of records.

use axum::{Json, extract::State};
use basalt_oltp::search::{self, Hit};
use serde::{Deserialize, Serialize};

use crate::{
    App,
    caller::Caller,
    input::Params,
    problem::{Problem, Result, Text},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchParams {
    q: String,
    /// Names of objects, comma separated.
    objects: Option<String>,
    /// Hits an object.
    limit: Option<u32>,
}

#[derive(Serialize)]
pub struct Hits {
    items: Vec<Hit>,
}

/// Search all records
///
/// Words are found by their beginning; Chinese by any part, by pinyin and by its initials. Only records and fields that the
/// caller may see are searched.
#[utoipa::path(get, path = "/api/v1/search", operation_id = "search", tag = "records", params(("q" = String, Query), ("objects" = Option<String>, Query, description = "Names of objects, comma separated"), ("limit" = Option<u32>, Query, description = "Hits an object, 1 to 50; 10 without")), responses((status = 200, body = Object)))]
pub async fn search(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<SearchParams>,
) -> Result<Json<Hits>> {
    let limit = params.limit.unwrap_or(10);
    if !(1..=search::MOST_HITS).contains(&limit) {
        let text = Text::new("The limit is 1 to 50.", "数量须为 1 到 50。");
        return Err(Problem::invalid("limit", text));
    }
    let objects: Vec<String> = params
        .objects
        .as_deref()
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let items = search::search(app.db(), &caller, &params.q, &objects, limit).await?;
    Ok(Json(Hits { items }))
}
