//! Random transactions against a capture that is killed and started again at random points: in the
//! end every table is equal to Postgres, every committed change is in the history once, and the
//! history shows the table as it was at every sampled position.

use basalt_ingest::{Capture, CaptureConfig, CaptureHandle};
use basalt_warehouse::Lake;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sqlx::AssertSqlSafe;

use crate::support::{Fixture, PATIENCE, query, settled};

const TABLES: &str = "
    create table a (id int primary key, n int, note text, body text);
    create table b (part int, id text, amount numeric(12,2), tags text[], primary key (part, id));
    create table c (id int primary key, gone int, note text, body text);
    alter table a alter body set storage external;
    alter table c alter body set storage external;
    -- What happened, told by Postgres itself.
    create table ledger (seq bigint generated always as identity, tab text, op text);
    create function note_change() returns trigger language plpgsql as $$
      begin insert into ledger (tab, op) values (tg_table_name, lower(tg_op)); return null; end $$;
    create trigger a after insert or update or delete on a for each row execute function note_change();
    create trigger b after insert or update or delete on b for each row execute function note_change();
    create trigger c after insert or update or delete on c for each row execute function note_change();
    create trigger a_truncate after truncate on a execute function note_change();
";

fn statement(random: &mut ChaCha8Rng) -> String {
    let id = random.random_range(0..40);
    let other = random.random_range(0..40);
    match random.random_range(0..104) {
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
        95..100 => format!("delete from b where id = 'k{id}'"),
        // Far more than the memory a transaction may take.
        100..102 => format!(
            "insert into a select i, {other}, 'large', repeat('l', i % 50) from generate_series(10000, 12000) i on conflict (id) do update set n = a.n + 1"
        ),
        102..103 => "update a set id = -id where id >= 10000 and id % 5 = 0 and not exists (select from a c where c.id = -a.id)".into(),
        _ => format!("delete from a where id > 10000 or id < 0 and id % 3 = {}", id % 3),
    }
}

/// Of a transaction that is open at the same time as another.
fn interleaved(random: &mut ChaCha8Rng) -> String {
    let id = random.random_range(0..20);
    match random.random_range(0..4) {
        0 => format!(
            "insert into c (id, note, body) values ({id}, 'c', repeat('c', {})) on conflict (id) do update set note = 'again'",
            [0, 5000].choose(random).expect("two sizes")
        ),
        1 => format!("update c set note = note || '!' where id % 5 = {}", id % 5),
        2 => format!(
            "update c set id = id + 100 where id = {id} and not exists (select from c where id = {id} + 100)"
        ),
        _ => format!("delete from c where id % 20 = {id}"),
    }
}

async fn run_each(tx: &mut sqlx::PgConnection, statements: Vec<String>) {
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut *tx)
            .await
            .unwrap();
    }
}

async fn write(fixture: &Fixture, random: &mut ChaCha8Rng, transactions: usize) {
    for _ in 0..transactions {
        let mut tx = fixture.pg.pool().begin().await.unwrap();
        let some = random.random_range(1..6);
        run_each(&mut tx, (0..some).map(|_| statement(random)).collect()).await;
        if random.random_bool(0.3) {
            // Begun later, committed before or after.
            let mut second = fixture.pg.pool().begin().await.unwrap();
            run_each(&mut second, (0..3).map(|_| interleaved(random)).collect()).await;
            if random.random_bool(0.5) {
                run_each(&mut tx, vec![statement(random)]).await;
                tx.commit().await.unwrap();
                run_each(&mut second, vec![interleaved(random)]).await;
                second.commit().await.unwrap();
                continue;
            }
            second.commit().await.unwrap();
            run_each(&mut tx, vec![statement(random)]).await;
        }
        if random.random_bool(0.1) {
            tx.rollback().await.unwrap();
        } else {
            tx.commit().await.unwrap();
        }
    }
}

/// Columns that come and go in ways that need no new copy.
struct Columns(Vec<&'static str>);

impl Columns {
    fn new() -> Self {
        Self(vec![
            "alter table a add column later text",
            "alter table c drop column gone",
            "alter table a alter n type bigint",
            "alter table b add column later int",
            "alter table a add column last date; update a set last = '2024-01-01' where id % 3 = 0",
            "alter table b alter amount type numeric(16,4)",
        ])
    }

    async fn change(&mut self, fixture: &Fixture) {
        if !self.0.is_empty() {
            fixture.execute(self.0.remove(0)).await;
        }
    }
}

/// A table as it was at a position.
struct Sample {
    lsn: i64,
    rows: Vec<[String; 4]>,
}

async fn sample(fixture: &Fixture) -> Sample {
    let mut tx = fixture.pg.pool().begin().await.unwrap();
    sqlx::query("set transaction isolation level repeatable read")
        .execute(&mut *tx)
        .await
        .unwrap();
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "select id::text, coalesce(n::text, 'null'), coalesce(note, 'null'), coalesce(md5(body), 'null') from a order by a.id",
    )
    .fetch_all(&mut *tx)
    .await
    .unwrap();
    let lsn: i64 = sqlx::query_scalar("select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    let rows = rows.into_iter();
    Sample {
        lsn,
        rows: rows.map(|(a, b, c, d)| [a, b, c, d]).collect(),
    }
}

async fn assert_sample(lake: &Lake, sample: &Sample) {
    // A place in the log and within its transaction, as one number.
    let place = "(lsn * 1000000 + seq)";
    let lsn = sample.lsn;
    let found = query(
        lake,
        &format!(
            "select id, n, note, md5(body) from (
               select id, n, note, body, op, row_number() over (partition by id order by {place} desc) as latest
                 from history_a
                where lsn <= {lsn} and op <> 'truncate'
                  and {place} > (select coalesce(max({place}), 0) from history_a where lsn <= {lsn} and op = 'truncate')
             ) versions
             where latest = 1 and op <> 'delete' order by id"
        ),
    )
    .await;
    assert_eq!(found.len(), sample.rows.len(), "rows at {lsn}");
    for (found, expected) in found.iter().zip(&sample.rows) {
        assert_eq!(found, expected, "at {lsn}");
    }
}

async fn start(fixture: &Fixture, lake: &Lake) -> CaptureHandle {
    let config = CaptureConfig {
        memory_budget: 64 << 10,
        backlog_bytes: 512 << 10,
        backlog_changes: 2000,
        ..fixture.config()
    };
    Capture::start(config, lake.clone()).await.unwrap()
}

/// Random transactions and interruptions from one seed.
async fn run(seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let fixture = Fixture::new(TABLES, &["a", "b", "c"]).await;
    write(&fixture, &mut random, 20).await;
    let copied = [
        fixture.text("select count(*)::text from a").await,
        fixture.text("select count(*)::text from b").await,
        fixture.text("select count(*)::text from c").await,
    ];
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    let mut running: (Lake, CaptureHandle) = (lake, capture);
    fixture.execute("truncate ledger").await;
    let mut columns = Columns::new();
    let mut samples = Vec::new();
    let mut spilled = 0;
    for _ in 0..10 {
        let transactions = random.random_range(5..40);
        write(&fixture, &mut random, transactions).await;
        samples.push(sample(&fixture).await);
        if random.random_bool(0.6) {
            columns.change(&fixture).await;
            write(&fixture, &mut random, 3).await;
        }
        match random.random_range(0..4) {
            // Killed: what was not flushed is gone from memory.
            choice @ (0..3) => {
                if choice == 2 {
                    running.1.stop().await.unwrap();
                } else if random.random_bool(0.5) {
                    running.0.flush().await.unwrap();
                    write(&fixture, &mut random, 10).await;
                }
                spilled += running.1.status().counters.spilled_bytes;
                drop(running);
                write(&fixture, &mut random, 5).await;
                let lake = fixture.lake().await;
                let capture = start(&fixture, &lake).await;
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
    spilled += capture.status().counters.spilled_bytes;
    assert!(spilled > 0, "no transaction was large");
    fixture.assert_equal(&lake).await;
    assert_history(&fixture, &lake, &copied).await;
    capture.stop().await.unwrap();
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    assert_history(&fixture, &lake, &copied).await;
    for sample in &samples {
        assert_sample(&lake, sample).await;
    }
}

/// Each change is in the history once. A change of the key counts as update in Postgres, as delete
/// and insert in the history.
async fn assert_history(fixture: &Fixture, lake: &Lake, copied: &[String; 3]) {
    for (table, copied) in ["a", "b", "c"].into_iter().zip(copied) {
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

/// With changes that need new copies as well: of columns, and of the slot.
async fn run_wild(seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let fixture = Fixture::new(TABLES, &["a", "b", "c"]).await;
    write(&fixture, &mut random, 20).await;
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    let mut running = (lake, capture);
    let mut wild = vec![
        "alter table b add column filled int default 7",
        "alter table c rename column gone to come",
        "alter table b rename column tags to words; alter table b rename column words to tags",
        "alter table c alter come type text",
        "alter table a add column code uuid default gen_random_uuid()",
        "alter table b drop constraint b_pkey; alter table b add primary key (id, part)",
        "alter table c drop column come; alter table c add column come date default '2024-01-01'",
    ];
    for _ in 0..8 {
        let transactions = random.random_range(3..20);
        write(&fixture, &mut random, transactions).await;
        if random.random_bool(0.7) && !wild.is_empty() {
            fixture.execute(wild.remove(0)).await;
            write(&fixture, &mut random, 3).await;
        }
        match random.random_range(0..6) {
            0 | 1 => {
                drop(running);
                write(&fixture, &mut random, 5).await;
                let lake = fixture.lake().await;
                let capture = start(&fixture, &lake).await;
                running = (lake, capture);
            }
            2 => {
                running.1.stop().await.unwrap();
                drop(running);
                if random.random_bool(0.5) {
                    fixture
                        .execute("select pg_drop_replication_slot(current_database())")
                        .await;
                }
                write(&fixture, &mut random, 5).await;
                let lake = fixture.lake().await;
                let capture = start(&fixture, &lake).await;
                running = (lake, capture);
            }
            3 => fixture.drop_slot().await,
            4 => running.0.flush().await.map(|_| ()).unwrap(),
            _ => {
                settled(&running.1).await;
                fixture.assert_equal(&running.0).await;
            }
        }
    }
    let (lake, capture) = running;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
    capture.stop().await.unwrap();
    let lake = fixture.lake().await;
    let capture = start(&fixture, &lake).await;
    settled(&capture).await;
    fixture.assert_equal(&lake).await;
}

#[tokio::test]
async fn everything_at_once_ends_well_1() {
    run_wild(11).await;
}

#[tokio::test]
async fn everything_at_once_ends_well_2() {
    run_wild(12).await;
}
