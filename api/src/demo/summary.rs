//! What to open now: every address, the accounts, the files.

use super::company::Company;
use super::screen::Screen;
use crate::Node;

/// # Errors
/// When the SQL token cannot be made.
pub async fn print(
    node: &Node,
    company: &Company,
    password: &str,
    screen: &Screen,
) -> anyhow::Result<()> {
    let app = node.app();
    let token = app
        .auth()
        .create_sql_token(company.user("analyst")?, "demo", 30)
        .await?;
    let url = node.url().as_str().trim_end_matches('/').to_owned();
    let sql = node.sql();
    let lake = match &app.config().lake_url {
        Some(url) => url.to_string(),
        None => node.records().data().lake().display().to_string(),
    };
    screen.note(&format!(
        "
  Web application   {url}
  API documents     {url}/api/docs
  Mailbox           {url}/mailbox
  SQL               psql \"postgres://{}:{}@{}:{}/basalt?sslmode=require\"
  Lake (Delta)      {lake}
  Report archive    {}
  Accounts          admin, manager.east, manager.south, sales.east, marketer, analyst
  Password          {password}
",
        token.username,
        token.password,
        sql.ip(),
        sql.port(),
        node.records().data().reports().display(),
    ));
    Ok(())
}
