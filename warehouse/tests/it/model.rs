//! The lake against a plain map, through random changes, publications, flushes, failures of the
//! object store and restarts.

use std::collections::BTreeMap;

use basalt_warehouse::{AsOf, Lake, Lsn, Op, Profile, Transaction};
use proptest::prelude::*;

use crate::faulty::{Fault, Faulty, lake};
use crate::support::*;

#[derive(Clone, Debug)]
enum Step {
    Apply(Vec<Draft>),
    Publish,
    Flush,
    Profile(Profile),
    Compact,
    Maintain,
    /// A look at the moment after the transaction that is as far back.
    AsOf(usize),
    /// A flush from a store that fails; it may write all, some or nothing.
    FailingFlush(Fault),
    /// The process dies; the source starts again at the acknowledged position, or before it.
    Restart {
        overlap: usize,
    },
}

/// A change that is made possible when it is played: an update of an absent row inserts it, a
/// touch or a delete of an absent row does nothing.
#[derive(Clone, Debug)]
enum Draft {
    Put(i64, i64),
    Touch(i64, i64),
    Delete(i64),
    Move(i64, i64),
    Truncate,
}

fn draft() -> impl Strategy<Value = Draft> {
    let id = 0..40_i64;
    prop_oneof![
        8 => (id.clone(), 0..1000_i64).prop_map(|(id, v)| Draft::Put(id, v)),
        3 => (id.clone(), 0..1000_i64).prop_map(|(id, v)| Draft::Touch(id, v)),
        3 => id.clone().prop_map(Draft::Delete),
        1 => (id.clone(), id).prop_map(|(from, to)| Draft::Move(from, to)),
        1 => Just(Draft::Truncate),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(draft(), 1..12).prop_map(Step::Apply),
        2 => Just(Step::Publish),
        2 => Just(Step::Flush),
        1 => prop::sample::select(&[Profile::Cow, Profile::Mor, Profile::Mor][..]).prop_map(Step::Profile),
        1 => Just(Step::Compact),
        1 => Just(Step::Maintain),
        2 => (0..12_usize).prop_map(Step::AsOf),
        2 => prop::sample::select(&[
            Fault::Deny,
            Fault::DenyCurrent,
            Fault::DenyHistory,
            Fault::LoseAnswer,
            Fault::LoseAnswerAndGoAway,
        ][..]).prop_map(Step::FailingFlush),
        1 => (0..4_usize).prop_map(|overlap| Step::Restart { overlap }),
    ]
}

/// Plays drafts on the map and returns the changes that did it.
fn play(rows: &mut BTreeMap<i64, Row>, drafts: &[Draft], lsn: u64) -> Vec<Change> {
    let mut changes = Vec::new();
    for draft in drafts {
        match *draft {
            Draft::Put(id, amount) => {
                let change = insert(id, &format!("name {id} at {lsn}"), amount);
                let op = if rows.contains_key(&id) {
                    Op::Update
                } else {
                    Op::Insert
                };
                rows.insert(id, change.row.clone());
                changes.push(Change { op, ..change });
            }
            Draft::Touch(id, amount) => {
                if let Some(row) = rows.get_mut(&id) {
                    row.1 = Some(amount);
                    changes.push(touch(id, amount));
                }
            }
            Draft::Delete(id) => {
                if rows.remove(&id).is_some() {
                    changes.push(delete(id));
                }
            }
            Draft::Move(from, to) => {
                if !rows.contains_key(&to)
                    && let Some(row) = rows.remove(&from)
                {
                    changes.push(delete(from));
                    changes.push(Change {
                        op: Op::Insert,
                        unchanged: true,
                        ..insert(to, "", row.1.unwrap())
                    });
                    rows.insert(to, row);
                }
            }
            Draft::Truncate => {
                rows.clear();
                changes.push(truncate());
            }
        }
    }
    changes
}

/// The lines `history` shows for a transaction, given the rows as they were before.
fn lines(before: &BTreeMap<i64, Row>, transaction: &[Change], lsn: u64) -> Vec<String> {
    let mut names: BTreeMap<i64, Option<String>> = before
        .iter()
        .map(|(id, row)| (*id, row.0.clone()))
        .collect();
    let mut removed = None;
    let cell = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let mut lines = Vec::new();
    for change in transaction {
        let op = change.op.word();
        lines.push(match change.op {
            Op::Truncate => {
                names.clear();
                format!("{lsn}|{op}|-|-|-")
            }
            Op::Delete => {
                removed = names.remove(&change.id);
                format!("{lsn}|{op}|{}|-|-", change.id)
            }
            _ => {
                let name = if change.unchanged {
                    names.get(&change.id).cloned().or(removed.take()).unwrap()
                } else {
                    change.row.0.clone()
                };
                names.insert(change.id, name.clone());
                format!(
                    "{lsn}|{op}|{}|{}|{}",
                    change.id,
                    cell(name),
                    change.row.1.unwrap()
                )
            }
        });
    }
    lines
}

/// Shows the lake the rows there were after a transaction?
async fn check_past(lake: &Lake, moments: &[(u64, BTreeMap<i64, Row>)], back: usize) {
    let Some((lsn, rows)) = moments
        .len()
        .checked_sub(back + 1)
        .map(|index| &moments[index])
    else {
        return;
    };
    lake.publish().await.unwrap();
    let past = lake.as_of(AsOf::Lsn(Lsn(*lsn))).await.unwrap();
    assert_eq!(&content(&past).await, rows, "as of {lsn}");
}

async fn run(steps: Vec<Step>) {
    let store = Faulty::new();
    let mut lake_ = lake(&store).await;
    lake_.advance(Lsn(10)).await.unwrap();
    let (mut rows, mut history_lines) = (BTreeMap::new(), Vec::<String>::new());
    let mut log: Vec<Transaction> = Vec::new();
    let mut moments = vec![(10, BTreeMap::new())];
    let mut lsn = 10;
    for step in steps {
        match step {
            Step::Apply(drafts) => {
                lsn += 10;
                let before = rows.clone();
                let changes = play(&mut rows, &drafts, lsn);
                history_lines.extend(lines(&before, &changes, lsn));
                log.push(transaction(lsn, &changes));
                moments.push((lsn, rows.clone()));
                lake_.apply(log[log.len() - 1].clone()).await.unwrap();
            }
            Step::Publish => {
                let snapshot = lake_.publish().await.unwrap();
                assert_eq!(snapshot.lsn().0, lsn);
                assert_eq!(content(&snapshot).await, rows);
            }
            Step::Flush => {
                lake_.flush().await.unwrap();
                assert_eq!(lake_.durable_lsn().0, lsn);
            }
            Step::Profile(profile) => lake_.set_profile(&thing(), profile).await.unwrap(),
            Step::Compact => {
                lake_.compact(&thing()).await.unwrap();
            }
            Step::Maintain => {
                lake_.maintain().await.unwrap();
            }
            Step::AsOf(back) => check_past(&lake_, &moments, back).await,
            Step::FailingFlush(fault) => {
                store.set(fault);
                // Whether it fails depends on what there was to write.
                let _ = lake_.flush().await;
                store.set(Fault::None);
                assert!(lake_.durable_lsn().0 <= lsn);
            }
            Step::Restart { overlap } => {
                let acknowledged = lake_.durable_lsn();
                drop(lake_);
                lake_ = lake(&store).await;
                let first = log
                    .iter()
                    .position(|t| t.lsn > acknowledged)
                    .unwrap_or(log.len());
                for transaction in &log[first.saturating_sub(overlap)..] {
                    lake_.apply(transaction.clone()).await.unwrap();
                }
                lake_.advance(Lsn(lsn)).await.unwrap();
            }
        }
        let counted: u64 = lake_.status()[0].rows;
        assert_eq!(counted, rows.len() as u64);
    }
    let snapshot = lake_.publish().await.unwrap();
    assert_eq!(content(&snapshot).await, rows);
    assert_eq!(history(&snapshot).await, history_lines);
    lake_.flush().await.unwrap();
    drop(lake_);
    let again = lake(&store).await;
    assert_eq!(content(&again.snapshot()).await, rows);
    assert_eq!(history(&again.snapshot()).await, history_lines);
    for back in [0, 3, 7] {
        check_past(&again, &moments, back).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_lake_is_a_map(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(run(steps));
    }
}
