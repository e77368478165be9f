//! Deciding who gets which record, and trying a changed rule on those of the past.

use std::collections::BTreeMap;

use basalt_model::{Dictionary, Object, Principal};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection, QueryBuilder};

use super::rule::{Assign, AssignmentRule, Trial, check, read};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::sales::history::{Entry, note};
use crate::sales::pools;
use crate::sql::{Joins, crm, push_condition};
use crate::workflow::inbox::{Notice, notify};

/// Records that a dry run looks at.
const TRIED: i64 = 10_000;
/// Records that a dry run shows one by one.
const SHOWN: usize = 200;

/// Where a record goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    User(i64),
    Pool(i64),
}

/// Somebody who was considered. The score is how many open records of the kind the user had: of a rule
/// that takes the least loaded, the lowest wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    pub user: i64,
    pub score: i64,
    /// Holds as many as the policy allows, and is left out.
    pub full: bool,
}

/// What was decided about a record.
struct Decision {
    record: i64,
    rule: i64,
    name: String,
    to: To,
    candidates: Vec<Candidate>,
}

/// Assigns records that have just been made, each to whom the rules name. Says whether any was.
pub(crate) async fn assign(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    object: &Object,
    ids: &[i64],
) -> Result<bool> {
    // Locked in their order: a round robin counts on, and two transactions wait for each other.
    let rows = sqlx::query(
        "select * from sys.assignment_rule where object = $1 and active order by position, id for update",
    )
    .bind(&object.name)
    .fetch_all(&mut *connection)
    .await?;
    let mut rules: Vec<AssignmentRule> = rows.iter().map(read).collect::<Result<_>>()?;
    if rules.is_empty() {
        return Ok(false);
    }
    // What was put into a pool on purpose stays there.
    let pooled = format!(
        "select id from {} where id = any($1) and pool_id is null order by id",
        crm(&object.table)
    );
    let ids: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(pooled))
        .bind(ids)
        .fetch_all(&mut *connection)
        .await?;
    let decisions = decide(connection, dictionary, object, &mut rules, &ids).await?;
    for decision in &decisions {
        carry_out(connection, object, decision).await?;
    }
    for rule in &rules {
        sqlx::query("update sys.assignment_rule set last_user_id = $2 where id = $1 and last_user_id is distinct from $2")
            .bind(rule.id)
            .bind(rule.last_user)
            .execute(&mut *connection)
            .await?;
    }
    Ok(!decisions.is_empty())
}

async fn carry_out(
    connection: &mut PgConnection,
    object: &Object,
    decision: &Decision,
) -> Result<()> {
    let table = crm(&object.table);
    let details = json!({ "rule": decision.rule, "candidates": decision.candidates });
    let entry = Entry {
        rule: Some(&decision.name),
        details: Some(details),
        ..Entry::default()
    };
    match decision.to {
        To::Pool(pool) => {
            let put = format!("update {table} set pool_id = $2 where id = $1");
            sqlx::query(AssertSqlSafe(put))
                .bind(decision.record)
                .bind(pool)
                .execute(&mut *connection)
                .await?;
            let entry = Entry {
                kind: "pooled",
                pool: Some(pool),
                ..entry
            };
            note(connection, &object.name, decision.record, entry).await
        }
        To::User(user) => {
            let give = format!(
                "update {table} t set owner_id = u.id, department_id = u.department_id, acquired = 'assigned', owned_since = now()
                 from crm.app_user u where u.id = $2 and t.id = $1 returning t.{}",
                crate::sql::quoted(&object.title)
            );
            let title: Option<String> = sqlx::query_scalar(AssertSqlSafe(give))
                .bind(decision.record)
                .bind(user)
                .fetch_one(&mut *connection)
                .await?;
            let entry = Entry {
                kind: "assigned",
                rep: Some(user),
                ..entry
            };
            note(connection, &object.name, decision.record, entry).await?;
            tell(connection, object, decision.record, user, title.as_deref()).await
        }
    }
}

/// Tells somebody that a record is now theirs, in their language.
pub(in crate::sales) async fn tell(
    connection: &mut PgConnection,
    object: &Object,
    record: i64,
    user: i64,
    title: Option<&str>,
) -> Result<()> {
    if connection_user(connection).await? == Some(user) {
        return Ok(());
    }
    let zh: bool = sqlx::query_scalar("select locale = 'zh' from crm.app_user where id = $1")
        .bind(user)
        .fetch_one(&mut *connection)
        .await?;
    let title = title.unwrap_or_default();
    let title = if zh {
        format!("分配给您的{}：{title}", object.label.zh)
    } else {
        format!("{} assigned to you: {title}", object.label.en)
    };
    let notice = Notice {
        kind: "assigned",
        title: &title,
        body: "",
        about: Some((&object.name, record)),
    };
    notify(connection, user, &notice).await
}

/// Who acts in this transaction: nobody is told of what they do themselves.
async fn connection_user(connection: &mut PgConnection) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar("select sys.acting_user()")
        .fetch_one(connection)
        .await?)
}

/// The first rule that holds and finds somebody, for each record; loads and turns are counted on.
async fn decide(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    object: &Object,
    rules: &mut [AssignmentRule],
    ids: &[i64],
) -> Result<Vec<Decision>> {
    let mut users: Vec<i64> = rules
        .iter()
        .flat_map(|rule| rule.rule.assign.users().to_vec())
        .collect();
    users.sort_unstable();
    users.dedup();
    let mut loads = loads(connection, object, &users, ids).await?;
    let limits = pools::limits(connection, object, &users).await?;
    let mut open: Vec<i64> = ids.to_vec();
    let mut decisions = Vec::new();
    for rule in rules {
        let held = holding(connection, dictionary, object, rule, &open).await?;
        for record in held {
            let candidates: Vec<Candidate> = rule
                .rule
                .assign
                .users()
                .iter()
                .filter_map(|user| {
                    let score = *loads.get(user)?;
                    let full = limits.get(user).is_some_and(|limit| score >= *limit);
                    Some(Candidate {
                        user: *user,
                        score,
                        full,
                    })
                })
                .collect();
            let to = match rule.rule.assign {
                Assign::Pool { pool } => To::Pool(pool),
                _ => match chosen(rule, &candidates) {
                    Some(user) => To::User(user),
                    // Nobody can take it: the next rule is asked.
                    None => continue,
                },
            };
            if let To::User(user) = to {
                rule.last_user = Some(user);
                if let Some(load) = loads.get_mut(&user) {
                    *load += 1;
                }
            }
            open.retain(|id| *id != record);
            decisions.push(Decision {
                record,
                rule: rule.id,
                name: rule.rule.name.clone(),
                to,
                candidates,
            });
        }
    }
    Ok(decisions)
}

fn chosen(rule: &AssignmentRule, candidates: &[Candidate]) -> Option<i64> {
    let mut free = candidates.iter().filter(|candidate| !candidate.full);
    match &rule.rule.assign {
        Assign::LeastLoaded { .. } => free.min_by_key(|c| (c.score, c.user)).map(|c| c.user),
        Assign::RoundRobin { users } => {
            let last = rule
                .last_user
                .and_then(|last| users.iter().position(|user| *user == last));
            let turn = last.map_or(0, |at| at + 1);
            let free: Vec<i64> = free.map(|c| c.user).collect();
            (0..users.len())
                .map(|step| users[(turn + step) % users.len()])
                .find(|user| free.contains(user))
        }
        Assign::User { .. } | Assign::Pool { .. } => free.next().map(|c| c.user),
    }
}

/// How many open records each enabled user has, those aside that are to be assigned.
async fn loads(
    connection: &mut PgConnection,
    object: &Object,
    users: &[i64],
    aside: &[i64],
) -> Result<BTreeMap<i64, i64>> {
    let open = pools::open(object);
    let sql = format!(
        "select u.id, (select count(*) from {} t where t.owner_id = u.id and t.deleted_at is null and {open} and t.id <> all($2))
         from crm.app_user u where u.id = any($1) and u.active and u.deleted_at is null",
        crm(&object.table)
    );
    let rows: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(users)
        .bind(aside)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The records for which the rule's condition holds, in their order.
async fn holding(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    object: &Object,
    rule: &AssignmentRule,
    ids: &[i64],
) -> Result<Vec<i64>> {
    let Some(condition) = &rule.rule.condition else {
        return Ok(ids.to_vec());
    };
    let checked = condition.check(dictionary, &object.name)?;
    let mut joins = Joins::default();
    for join in checked.joins() {
        joins.alias(std::slice::from_ref(&join));
    }
    let mut query = QueryBuilder::new(format!("select t.id from {} t", crm(&object.table)));
    joins.push(&mut query, dictionary, &Principal::system());
    query
        .push(" where t.id = any(")
        .push_bind(ids.to_vec())
        .push(") and ");
    push_condition(&mut query, &checked.root, &mut joins);
    query.push(" order by t.id");
    Ok(query.build_query_scalar().fetch_all(connection).await?)
}

/// What a changed rule would have done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DryRun {
    pub records: usize,
    /// Records that would have somebody else than they have now.
    pub different: usize,
    pub shares: Vec<Share>,
    /// The first 200 records.
    pub items: Vec<Outcome>,
}

/// How many of the records somebody has, and would have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Nobody: unassigned or in a pool.
    pub user: Option<i64>,
    pub has: usize,
    pub would_have: usize,
}

/// What would have become of one record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    pub record: i64,
    pub created_at: DateTime<Utc>,
    pub owner: Option<i64>,
    /// The rule that would decide; none holds otherwise.
    pub rule: Option<String>,
    pub would_own: Option<i64>,
    pub would_pool: Option<i64>,
    pub candidates: Vec<Candidate>,
}

/// Tries a changed rule, among the others, on the records that were created since a day. Writes nothing.
///
/// # Errors
/// As saving the rule would; [`Error::Request`] for more than 10,000 records.
pub async fn dry_run(db: &Db, by: &Principal, trial: &Trial) -> Result<DryRun> {
    let dictionary = db.dictionary();
    // Rolled back at the end: nothing is written.
    let mut tx = db.begin(by).await?;
    check(&mut tx, &dictionary, &trial.rule).await?;
    let object = dictionary
        .object(&trial.rule.object)
        .ok_or(Error::NotFound)?;
    let rows = sqlx::query(
        "select * from sys.assignment_rule where object = $1 and active and id is distinct from $2 order by position, id",
    )
    .bind(&object.name)
    .bind(trial.id)
    .fetch_all(&mut *tx)
    .await?;
    let mut rules: Vec<AssignmentRule> = rows.iter().map(read).collect::<Result<_>>()?;
    if trial.rule.active {
        rules.push(AssignmentRule {
            id: trial.id.unwrap_or(i64::MAX),
            rule: trial.rule.clone(),
            last_user: None,
            changed_at: None,
        });
    }
    rules.sort_by_key(|rule| (rule.rule.position, rule.id));
    let sql = format!(
        "select id, created_at, owner_id from {} where deleted_at is null and created_at >= $1 order by id limit $2",
        crm(&object.table)
    );
    let records: Vec<(i64, DateTime<Utc>, Option<i64>)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(trial.since)
        .bind(TRIED + 1)
        .fetch_all(&mut *tx)
        .await?;
    if i64::try_from(records.len()).unwrap_or(i64::MAX) > TRIED {
        return Err(Error::request(
            "since",
            format!("reaches back over more than {TRIED} records"),
            format!("所选日期以来的记录超过 {TRIED} 条"),
        ));
    }
    let ids: Vec<i64> = records.iter().map(|(id, ..)| *id).collect();
    let decisions = decide(&mut tx, &dictionary, object, &mut rules, &ids).await?;
    tx.rollback().await?;
    let mut decided: BTreeMap<i64, Decision> = decisions
        .into_iter()
        .map(|decision| (decision.record, decision))
        .collect();
    let mut shares: BTreeMap<Option<i64>, Share> = BTreeMap::new();
    let mut different = 0;
    let mut items = Vec::new();
    let count = records.len();
    for (record, created_at, owner) in records {
        let decision = decided.remove(&record);
        let (would_own, would_pool) = match decision.as_ref().map(|decision| decision.to) {
            Some(To::User(user)) => (Some(user), None),
            Some(To::Pool(pool)) => (None, Some(pool)),
            None => (None, None),
        };
        different += usize::from(would_own != owner);
        shares.entry(owner).or_default().has += 1;
        shares.entry(would_own).or_default().would_have += 1;
        if items.len() < SHOWN {
            items.push(Outcome {
                record,
                created_at,
                owner,
                rule: decision.as_ref().map(|decision| decision.name.clone()),
                would_own,
                would_pool,
                candidates: decision
                    .map(|decision| decision.candidates)
                    .unwrap_or_default(),
            });
        }
    }
    let shares = shares
        .into_iter()
        .map(|(user, share)| Share { user, ..share })
        .collect();
    Ok(DryRun {
        records: count,
        different,
        shares,
        items,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::assignment::AssignmentRuleInput;

    fn rule(assign: Assign, last_user: Option<i64>) -> AssignmentRule {
        AssignmentRule {
            id: 1,
            rule: AssignmentRuleInput {
                object: "lead".into(),
                name: "r".into(),
                position: 1,
                condition: None,
                assign,
                active: true,
            },
            last_user,
            changed_at: None,
        }
    }

    fn candidates(of: &[(i64, i64, bool)]) -> Vec<Candidate> {
        of.iter()
            .map(|(user, score, full)| Candidate {
                user: *user,
                score: *score,
                full: *full,
            })
            .collect()
    }

    #[test]
    fn turns_go_round_and_leave_out_who_is_full() {
        let users = vec![7, 8, 9];
        let all = candidates(&[(7, 0, false), (8, 0, true), (9, 0, false)]);
        let turn = |last| {
            chosen(
                &rule(
                    Assign::RoundRobin {
                        users: users.clone(),
                    },
                    last,
                ),
                &all,
            )
        };
        assert_eq!(turn(None), Some(7));
        assert_eq!(turn(Some(7)), Some(9));
        assert_eq!(turn(Some(9)), Some(7));
        assert_eq!(
            turn(Some(99)),
            Some(7),
            "who left the rule doesn't hold it up"
        );
    }

    #[test]
    fn the_least_loaded_wins_and_nobody_when_all_are_full() {
        let least = rule(Assign::LeastLoaded { users: vec![7, 8] }, None);
        let of = |of: &[(i64, i64, bool)]| chosen(&least, &candidates(of));
        assert_eq!(of(&[(7, 3, false), (8, 2, false)]), Some(8));
        assert_eq!(of(&[(7, 3, false), (8, 2, true)]), Some(7));
        assert_eq!(of(&[(7, 3, true), (8, 2, true)]), None);
    }
}
