//! Random transactions against a capture that is killed and started again at random points: in the
//! end every table is equal to Postgres, and every committed change is in the history once.

use basalt_ingest::CaptureHandle;
use basalt_warehouse::Lake;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::support::{Fixture, PATIENCE, query};

const TABLES: &str = "
    create table a (id int primary key, n int, note text, body text);
    create table b (part int, id text, amount numeric(12,2), tags text[], primary key (part, id));
    alter table a alter body set storage external;
    -- What happened, told by Postgres itself.
    create table ledger (seq bigint generated always as identity, tab text, op text);
    create function note_change() returns trigger language plpgsql as $$
      begin insert into ledger (tab, op) values (tg_table_name, lower(tg_op)); return null; end $$;
    create trigger a after insert or update or delete on a for each row execute function note_change();
    create trigger b after insert or update or delete on b for each row execute function note_change();
    create trigger a_truncate after truncate on a execute function note_change();
";

fn statement(random: &mut ChaCha8Rng) -> String {
    let id = random.random_range(0..40);
    let other = random.random_range(0..40);
    match random.random_range(0..100) {
        0..30 => format!(
            "insert into a values ({id}, {other}, 'note {other}', repeat('b{other} ', {})) on conflict (id) do update set n = a.n + 1",
            [0, 3, 2000].choose(random).expect("three sizes")
        ),
        30..45 => format!("update a set note = note || '.' where id % 7 = {}", id % 7),
        45..52 => format!("update a set body = repeat('{other} ', 1500) where id = {id}"),
        52..58 => format!(
            "update a set id = {other} where id = {id} and not exists (select from a where id = {other})"
        ),
        58..66 => format!("delete from a where id = {id}"),
        66..67 => "truncate a".into(),
        67..85 => format!(
            "insert into b values ({}, 'k{id}', {other}.25, array['x', null, 'y{other}']) on conflict do nothing",
            id % 3
        ),
        85..90 => format!(
            "update b set part = part + 1 where id = 'k{id}' and part < 2 and not exists (select from b c where c.id = b.id and c.part = b.part + 1)"
        ),
        90..95 => format!(
            "update b set amount = amount * 2 where amount < 1000 and part = {}",
            id % 3
        ),
        _ => format!("delete from b where id = 'k{id}'"),
    }
}

async fn write(fixture: &Fixture, random: &mut ChaCha8Rng, transactions: usize) {
    for _ in 0..transactions {
        let mut tx = fixture.pg.pool().begin().await.unwrap();
        for _ in 0..random.random_range(1..6) {
            sqlx::query(sqlx::AssertSqlSafe(statement(random)))
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        if random.random_bool(0.1) {
            tx.rollback().await.unwrap();
        } else {
            tx.commit().await.unwrap();
        }
    }
}

/// Random transactions and interruptions from one seed.
async fn run(seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let fixture = Fixture::new(TABLES, &["a", "b"]).await;
    write(&fixture, &mut random, 20).await;
    let copied = (
        fixture.text("select count(*)::text from a").await,
        fixture.text("select count(*)::text from b").await,
    );
    let mut running: (Lake, CaptureHandle) = fixture.caught_up().await;
    fixture.execute("truncate ledger").await;
    for _ in 0..8 {
        let transactions = random.random_range(5..40);
        write(&fixture, &mut random, transactions).await;
        match random.random_range(0..4) {
            // Killed: what was not flushed is gone from memory.
            0 | 1 => {
                if random.random_bool(0.5) {
                    running.0.flush().await.unwrap();
                    write(&fixture, &mut random, 10).await;
                }
                drop(running);
                write(&fixture, &mut random, 5).await;
                let lake = fixture.lake().await;
                let capture = fixture.start(&lake).await;
                running = (lake, capture);
            }
            2 => {
                running.1.stop().await.unwrap();
                drop(running);
                write(&fixture, &mut random, 5).await;
                let lake = fixture.lake().await;
                let capture = fixture.start(&lake).await;
                running = (lake, capture);
            }
            _ => {
                running.1.caught_up(PATIENCE).await.unwrap();
                fixture.assert_equal(&running.0).await;
            }
        }
    }
    let (lake, capture) = running;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    assert_history(&fixture, &lake, &copied).await;
    capture.stop().await.unwrap();
    let lake = fixture.lake().await;
    let _capture = fixture.start(&lake).await;
    _capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    assert_history(&fixture, &lake, &copied).await;
}

/// Each change is in the history once. A change of the key counts as update in Postgres, as delete
/// and insert in the history.
async fn assert_history(fixture: &Fixture, lake: &Lake, copied: &(String, String)) {
    for (table, copied) in [("a", &copied.0), ("b", &copied.1)] {
        let count = |op: &'static str| async move {
            let rows = query(
                lake,
                &format!("select count(*) from history_{table} where op = '{op}'"),
            )
            .await;
            rows[0][0].parse::<i64>().unwrap()
        };
        let told: Vec<(String, i64)> =
            sqlx::query_as("select op, count(*) from ledger where tab = $1 group by op")
                .bind(table)
                .fetch_all(fixture.pg.pool())
                .await
                .unwrap();
        let told = |op: &str| {
            told.iter()
                .find(|(name, _)| name == op)
                .map_or(0, |(_, count)| *count)
        };
        assert_eq!(count("snapshot").await, copied.parse::<i64>().unwrap());
        assert_eq!(count("truncate").await, told("truncate"));
        let moved = count("delete").await - told("delete");
        assert!(moved >= 0);
        assert_eq!(
            count("insert").await,
            told("insert") + moved,
            "inserts of {table}"
        );
        assert_eq!(
            count("update").await,
            told("update") - moved,
            "updates of {table}"
        );
    }
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_1() {
    run(1).await;
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_2() {
    run(2).await;
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_3() {
    run(3).await;
}
