//! Who is whose superior: the line of managers, and administrators.

use basalt_model::Principal;
use sqlx::PgConnection;

use crate::error::Result;

/// Whether the principal stands above the user in the line of managers.
pub(crate) async fn is_superior(
    connection: &mut PgConnection,
    principal: &Principal,
    user: i64,
) -> Result<bool> {
    if principal.is_admin() {
        return Ok(true);
    }
    Ok(sqlx::query_scalar(
        "with recursive above as (
           select manager_id from crm.app_user where id = $1
           union select u.manager_id from crm.app_user u join above a on u.id = a.manager_id
         ) select exists (select from above where manager_id = $2)",
    )
    .bind(user)
    .bind(principal.user_id)
    .fetch_one(connection)
    .await?)
}
