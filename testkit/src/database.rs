//! A database a test: created empty or cloned from a template, dropped at the end.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};

use crate::SharedServer;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A database that belongs to one test. Its replication slots and itself are dropped with it.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
    admin_url: String,
    pool: PgPool,
}

/// A new, empty database on the shared server.
///
/// # Panics
/// When the server refuses: the test cannot go on.
pub async fn database() -> TestDatabase {
    create("template0").await
}

/// A new database cloned from the template `name`, which `fill` makes on first use (it gets the
/// URL of an empty database). Choose another `name` when `fill` would make something else.
///
/// # Panics
/// When the server or `fill` refuses: the test cannot go on.
pub async fn database_from<F, Fut>(name: &str, fill: F) -> TestDatabase
where
    F: FnOnce(String) -> Fut,
    Fut: Future<Output = ()>,
{
    let server = SharedServer::get().await;
    let mut admin = connect(&server.url("postgres")).await;
    let template = format!("template_{name}");
    // Session lock: one process fills, the others wait; freed with the connection in any case.
    sqlx::query("select pg_advisory_lock(hashtext($1))")
        .bind(&template)
        .execute(&mut admin)
        .await
        .expect("the template's lock is granted");
    let ready: bool = sqlx::query_scalar(
        "select exists (select from pg_database where datname = $1 and datistemplate)",
    )
    .bind(&template)
    .fetch_one(&mut admin)
    .await
    .expect("pg_database is readable");
    if !ready {
        run(
            &mut admin,
            format!("drop database if exists \"{template}\" with (force)"),
        )
        .await;
        run(&mut admin, create_statement(&template, "template0")).await;
        fill(server.url(&template)).await;
        run(
            &mut admin,
            format!("alter database \"{template}\" with is_template true allow_connections false"),
        )
        .await;
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
            .bind(&template)
            .execute(&mut admin)
            .await
            .expect("left-over connections can be ended");
    }
    admin.close().await.expect("the connection closes");
    create(&template).await
}

async fn create(template: &str) -> TestDatabase {
    let server = SharedServer::get().await;
    let name = format!(
        "t_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let admin_url = server.url("postgres");
    let mut admin = connect(&admin_url).await;
    run(
        &mut admin,
        format!("drop database if exists \"{name}\" with (force)"),
    )
    .await;
    run(&mut admin, create_statement(&name, template)).await;
    admin.close().await.expect("the connection closes");
    let url = server.url(&name);
    let pool = PgPoolOptions::new()
        .max_connections(10)
        .connect_lazy(&url)
        .expect("the server's URL is well formed");
    TestDatabase {
        name,
        url,
        admin_url,
        pool,
    }
}

impl TestDatabase {
    /// Connection URL over the Unix socket, password included.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database's name, unique on the server; a good name for its replication slot too.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Runs statements separated by semicolons.
    ///
    /// # Panics
    /// When a statement fails.
    pub async fn execute(&self, statements: &str) {
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
            .execute(&self.pool)
            .await
            .unwrap_or_else(|error| panic!("{error}\nin: {statements}"));
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (name, admin_url) = (
            std::mem::take(&mut self.name),
            std::mem::take(&mut self.admin_url),
        );
        // A runtime of its own: the test's may be gone, or may not be blocked here.
        let cleaner = std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            else {
                return;
            };
            runtime.block_on(async {
                let Ok(mut admin) = PgConnection::connect(&admin_url).await else {
                    return;
                };
                let slots = "select pg_terminate_backend(active_pid) from pg_replication_slots \
                             where database = $1 and active_pid is not null";
                let _ = sqlx::query(slots).bind(&name).execute(&mut admin).await;
                let drop_slots = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1";
                for _ in 0..50 {
                    if sqlx::query(drop_slots).bind(&name).execute(&mut admin).await.is_ok() {
                        break;
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
                let statement = format!("drop database if exists \"{name}\" with (force)");
                let _ = sqlx::query(AssertSqlSafe(statement)).execute(&mut admin).await;
            });
        });
        let _ = cleaner.join();
    }
}

fn create_statement(name: &str, template: &str) -> String {
    if template == "template0" {
        format!("create database \"{name}\" encoding 'UTF8' locale 'C.UTF-8' template template0")
    } else {
        format!("create database \"{name}\" template \"{template}\"")
    }
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .expect("the test server takes connections")
}

async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::query(AssertSqlSafe(statement.clone()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}\nin: {statement}"));
}
