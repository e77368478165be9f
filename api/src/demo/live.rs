//! A live change: a salesperson's order is paid through the REST API, and SQL sees it.

use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::Node;

/// # Errors
/// When the API refuses or the change does not arrive.
pub async fn run(node: &Node, password: &str) -> anyhow::Result<String> {
    let client = reqwest::Client::builder()
        .cookie_store(true)
        .timeout(std::time::Duration::from_secs(20))
        .build()?;
    let base = format!("http://{}", node.http());
    let signed_in: Value = client
        .post(format!("{base}/api/v1/session"))
        .json(&json!({ "login": "admin", "password": password }))
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let csrf = signed_in["csrf"]
        .as_str()
        .context("a CSRF token")?
        .to_owned();
    let filter = json!({ "field": "status", "op": "eq", "value": "confirmed" }).to_string();
    let open: Value = client
        .get(format!("{base}/api/v1/orders"))
        .query(&[
            ("filter", filter.as_str()),
            ("sort", "-ordered_on"),
            ("page[size]", "1"),
            ("fields", "id,number,amount"),
        ])
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let Some(order) = open["items"].get(0) else {
        return Ok("every order is paid already".into());
    };
    let id = order["id"].as_i64().context("the order's id")?;
    let answer = client
        .post(format!("{base}/api/v1/orders/{id}/pay"))
        .header("X-CSRF-Token", &csrf)
        .json(&json!({ "method": "card" }))
        .send()
        .await?
        .error_for_status()?;
    let committed = Instant::now();
    let lsn = answer
        .headers()
        .get("basalt-lsn")
        .context("the write's position")?
        .to_str()?
        .to_owned();
    let sql = format!(
        "select o.status, sum(p.amount) as paid from crm.sales_order o join crm.payment p on p.order_id = o.id where o.id = {id} group by 1"
    );
    let seen: Value = client
        .post(format!("{base}/api/v1/sql"))
        .header("X-CSRF-Token", &csrf)
        .json(&json!({ "sql": sql, "min_lsn": lsn }))
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let elapsed = committed.elapsed();
    anyhow::ensure!(
        seen["rows"][0][0] == "paid",
        "SQL does not see the payment: {seen}"
    );
    Ok(format!(
        "order {} paid at {lsn}; visible in SQL with its payment {:.0} ms after the answer, the query included",
        order["number"].as_str().unwrap_or_default(),
        elapsed.as_secs_f64() * 1e3
    ))
}
