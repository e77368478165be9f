//! Duplicates: rules by which a record is taken for one that is there already.
//!
//! Every record has its keys under every rule of its object, written with the record. A rule that
//! blocks sees all records; who may not read one is told only that there is one.

use std::collections::BTreeSet;

use basalt_model::{
    Action, Dictionary, Label, Object, Principal, Problem, SqlType, Value, likeness,
};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow, PgConnection, QueryBuilder, Row};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::{Assignment, JsonMap, Store, demands::bound};
use crate::sql::{column, crm, push_row_rule, quoted};

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// The same letters and digits, in any case and width.
    Exact,
    Phone,
    Email,
    /// The same name without its legal form.
    Company,
    /// Most pieces of the name are the same.
    Similar,
}

/// A field of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub field: String,
    #[serde(rename = "match")]
    pub how: Match,
    /// For `similar`: the least likeness, between 0.3 and 1; 0.6 without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

/// What happens to a record that a rule finds a duplicate of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    Warn,
    Block,
}

/// A rule: records are duplicates when all parts match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DuplicateRule {
    #[serde(default)]
    pub id: i64,
    pub object: String,
    pub name: String,
    #[serde(default = "yes")]
    pub active: bool,
    pub action: Consequence,
    pub parts: Vec<Part>,
}

fn yes() -> bool {
    true
}

/// A record that looks like the one asked about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    pub id: i64,
    /// `None`: there is one, but not for the caller to read.
    pub title: Option<String>,
    pub rule: String,
    pub action: Consequence,
    /// 1 for rules without a similar part.
    pub likeness: f64,
}

const MOST_CANDIDATES: i64 = 20;

/// The keys of a record under a rule.
struct Keys {
    exact: String,
    grams: BTreeSet<String>,
}

#[derive(FromRow)]
struct RuleRow {
    id: i64,
    object: String,
    name: String,
    active: bool,
    action: String,
    parts: Json<Vec<Part>>,
}

impl From<RuleRow> for DuplicateRule {
    fn from(row: RuleRow) -> Self {
        Self {
            id: row.id,
            object: row.object,
            name: row.name,
            active: row.active,
            action: if row.action == "block" {
                Consequence::Block
            } else {
                Consequence::Warn
            },
            parts: row.parts.0,
        }
    }
}

/// All rules; for those who may read the objects.
///
/// # Errors
/// The database.
pub async fn rules(db: &Db, principal: &Principal) -> Result<Vec<DuplicateRule>> {
    let rows: Vec<RuleRow> = sqlx::query_as(
        "select id, object, name, active, action, parts from sys.duplicate_rule order by object, id",
    )
    .fetch_all(db.pool())
    .await?;
    Ok(rows
        .into_iter()
        .map(DuplicateRule::from)
        .filter(|rule| principal.can(&rule.object, Action::Read))
        .filter(|rule| {
            rule.parts
                .iter()
                .all(|part| !principal.is_hidden(&rule.object, &part.field))
        })
        .collect())
}

/// Saves a rule, in place of the one with its name; existing records get their keys in the background.
///
/// # Errors
/// [`Error::Forbidden`] for anyone but administrators; [`Error::Validation`] for a rule that makes no sense.
pub async fn save(db: &Db, principal: &Principal, rule: &DuplicateRule) -> Result<DuplicateRule> {
    if !principal.is_admin() {
        return Err(Error::Forbidden);
    }
    let dictionary = db.dictionary();
    let object = dictionary.object(&rule.object).ok_or(Error::NotFound)?;
    check(object, rule)?;
    let mut tx = db.begin(principal).await?;
    let row: RuleRow = sqlx::query_as(
        "insert into sys.duplicate_rule (object, name, active, action, parts, changed_by) values ($1, $2, $3, $4, $5, nullif($6, 0))
         on conflict (object, name) do update set active = excluded.active, action = excluded.action, parts = excluded.parts,
           changed_at = now(), changed_by = excluded.changed_by
         returning id, object, name, active, action, parts",
    )
    .bind(&rule.object)
    .bind(rule.name.trim())
    .bind(rule.active)
    .bind(match rule.action {
        Consequence::Warn => "warn",
        Consequence::Block => "block",
    })
    .bind(Json(&rule.parts))
    .bind(principal.user_id)
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query("delete from sys.duplicate_key where rule_id = $1")
        .bind(row.id)
        .execute(&mut *tx)
        .await?;
    let note = format!(
        "insert into sys.search_pending (object, record_id) select $1, id from {} on conflict do nothing",
        crm(&object.table)
    );
    sqlx::query(AssertSqlSafe(note))
        .bind(&object.name)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(row.into())
}

/// Removes a rule.
///
/// # Errors
/// [`Error::Forbidden`] for anyone but administrators; [`Error::NotFound`].
pub async fn remove(db: &Db, principal: &Principal, id: i64) -> Result<()> {
    if !principal.is_admin() {
        return Err(Error::Forbidden);
    }
    let done = sqlx::query("delete from sys.duplicate_rule where id = $1")
        .bind(id)
        .execute(db.pool())
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    Ok(())
}

fn check(object: &Object, rule: &DuplicateRule) -> Result<()> {
    let refuse =
        |field: &str, en: String, zh: &str| Err(Error::field(field, Problem::new("rule", en, zh)));
    if !(1..=80).contains(&rule.name.trim().chars().count()) {
        return refuse(
            "name",
            "has 1 to 80 characters".into(),
            "须为 1 到 80 个字符",
        );
    }
    let similar = rule
        .parts
        .iter()
        .filter(|part| part.how == Match::Similar)
        .count();
    if rule.parts.is_empty() || rule.parts.len() > 5 || similar > 1 {
        return refuse(
            "parts",
            "are one to five, of which one may be similar".into(),
            "须为 1 到 5 项，其中最多一项为相似匹配",
        );
    }
    for part in &rule.parts {
        let text = object
            .field(&part.field)
            .is_some_and(|field| field.sql_type() == SqlType::Text);
        if !text {
            return refuse(
                "parts",
                format!("name no field of text: {}", part.field),
                "不是文本字段",
            );
        }
        let fits = part
            .threshold
            .is_none_or(|least| (0.3..=1.0).contains(&least));
        if !fits || (part.threshold.is_some() && part.how != Match::Similar) {
            return refuse(
                "parts",
                "have a threshold of 0.3 to 1 when similar".into(),
                "阈值须在 0.3 到 1 之间",
            );
        }
    }
    Ok(())
}

/// The active rules of an object.
async fn active(connection: &mut PgConnection, object: &str) -> Result<Vec<DuplicateRule>> {
    let rows: Vec<RuleRow> = sqlx::query_as(
        "select id, object, name, active, action, parts from sys.duplicate_rule where object = $1 and active order by id",
    )
    .bind(object)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(DuplicateRule::from).collect())
}

/// The keys of a record with these values; nothing when a part is empty.
fn keys<'v>(rule: &DuplicateRule, of: impl Fn(&str) -> Option<&'v str>) -> Option<Keys> {
    let mut keys = Keys {
        exact: String::new(),
        grams: BTreeSet::new(),
    };
    for part in &rule.parts {
        let text = of(&part.field)?;
        let normal = match part.how {
            Match::Exact => likeness::exact(text),
            Match::Phone => likeness::phone(text),
            Match::Email => likeness::email(text),
            Match::Company => likeness::company(text),
            Match::Similar => {
                keys.grams = likeness::grams(text);
                if keys.grams.is_empty() {
                    return None;
                }
                continue;
            }
        };
        if normal.is_empty() {
            return None;
        }
        keys.exact.push_str(&normal);
        keys.exact.push('\n');
    }
    Some(keys)
}

/// Writes the keys of records under all active rules of their object.
pub(crate) async fn index(
    connection: &mut PgConnection,
    object: &Object,
    ids: &[i64],
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    for rule in active(connection, &object.name).await? {
        let fields: Vec<_> = rule
            .parts
            .iter()
            .filter_map(|part| object.field(&part.field))
            .collect();
        if fields.len() != rule.parts.len() {
            continue;
        }
        let columns: Vec<String> = fields.iter().map(|field| quoted(&field.column())).collect();
        let sql = format!(
            "select id, {} from {} where id = any($1)",
            columns.join(", "),
            crm(&object.table)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(ids)
            .fetch_all(&mut *connection)
            .await?;
        let (mut records, mut exact, mut grams, mut blocks) = (vec![], vec![], vec![], vec![]);
        for row in &rows {
            let mut values = Vec::with_capacity(fields.len());
            for at in 0..fields.len() {
                values.push(row.try_get::<Option<String>, _>(at + 1)?);
            }
            let of = |name: &str| {
                let at = rule.parts.iter().position(|part| part.field == name)?;
                values[at].as_deref()
            };
            if let Some(keys) = keys(&rule, of) {
                records.push(row.try_get::<i64, _>(0)?);
                exact.push(keys.exact);
                blocks.push(likeness::blocks(&keys.grams).join("\n"));
                grams.push(keys.grams.into_iter().collect::<Vec<_>>().join("\n"));
            }
        }
        sqlx::query("delete from sys.duplicate_key where rule_id = $1 and record_id = any($2) and record_id <> all($3)")
            .bind(rule.id)
            .bind(ids)
            .bind(&records)
            .execute(&mut *connection)
            .await?;
        sqlx::query(
            "insert into sys.duplicate_key (rule_id, record_id, exact_key, grams, blocks)
             select $1, n.id, n.exact, array_remove(string_to_array(n.grams, E'\\n'), ''), array_remove(string_to_array(n.blocks, E'\\n'), '')
             from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) n(id, exact, grams, blocks)
             on conflict (rule_id, record_id) do update set exact_key = excluded.exact_key, grams = excluded.grams, blocks = excluded.blocks",
        )
        .bind(rule.id)
        .bind(records)
        .bind(exact)
        .bind(grams)
        .bind(blocks)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// The least likeness of a rule; 0 for one without a similar part.
fn threshold(rule: &DuplicateRule) -> f64 {
    rule.parts
        .iter()
        .find(|part| part.how == Match::Similar)
        .map_or(0.0, |part| part.threshold.unwrap_or(0.6))
}

/// Likeness of the pieces of two keys, as SQL.
fn likeness_of(a: &str, b: &str) -> String {
    format!(
        "case when cardinality({a}.grams) = 0 then 1 else
         (select count(*) from unnest({a}.grams) g where g = any({b}.grams))::float8
         / nullif(cardinality({a}.grams) + cardinality({b}.grams) - (select count(*) from unnest({a}.grams) g where g = any({b}.grams)), 0) end"
    )
}

/// What looks like a record with these values, most alike first. Titles are given of readable records.
async fn find(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    principal: &Principal,
    object: &Object,
    values: &[(String, String)],
    except: Option<i64>,
    only: Option<Consequence>,
) -> Result<Vec<Candidate>> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for rule in active(connection, &object.name).await? {
        if only.is_some_and(|only| only != rule.action) {
            continue;
        }
        let of = |name: &str| {
            let (_, text) = values.iter().find(|(field, _)| field == name)?;
            Some(text.as_str())
        };
        let Some(keys) = keys(&rule, of) else {
            continue;
        };
        let title = object
            .field(&object.title)
            .filter(|title| !principal.is_hidden(&object.name, &title.name))
            .map_or("null".to_owned(), |title| {
                format!("{}::text", column("t", &title.column()))
            });
        let grams: Vec<String> = keys.grams.iter().cloned().collect();
        let mut query = QueryBuilder::new("with asked as (select ");
        query
            .push_bind(grams)
            .push("::text[] as grams) select t.id, case when (");
        if principal.can(&object.name, Action::Read) {
            push_row_rule(&mut query, "t", &principal.row_rule(dictionary, object));
        } else {
            query.push("false");
        }
        query.push(format!(
            ") then {title} end, {} as likeness from asked a, sys.duplicate_key k join {} t on t.id = k.record_id
             where t.deleted_at is null and k.rule_id = ",
            likeness_of("a", "k"),
            crm(&object.table)
        ));
        query.push_bind(rule.id);
        query.push(" and k.exact_key = ").push_bind(keys.exact);
        if !keys.grams.is_empty() {
            query
                .push(" and k.blocks && ")
                .push_bind(likeness::blocks(&keys.grams));
            query.push(format!(" and {} >= ", likeness_of("a", "k")));
            query.push_bind(threshold(&rule));
        }
        if let Some(id) = except {
            query.push(" and t.id <> ").push_bind(id);
        }
        query.push(format!(
            " order by likeness desc, t.id limit {MOST_CANDIDATES}"
        ));
        for row in query.build().fetch_all(&mut *connection).await? {
            let id: i64 = row.try_get(0)?;
            if candidates
                .iter()
                .any(|there| there.id == id && there.action == rule.action)
            {
                continue;
            }
            candidates.push(Candidate {
                id,
                title: row.try_get(1)?,
                rule: rule.name.clone(),
                action: rule.action,
                likeness: row.try_get::<Option<f64>, _>(2)?.unwrap_or(1.0),
            });
        }
    }
    candidates.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    Ok(candidates)
}

impl Store {
    /// What looks like a record with these values. Records that the principal may not read have
    /// neither id nor title.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to create or update.
    pub async fn duplicates(
        &self,
        principal: &Principal,
        object: &str,
        input: &JsonMap,
        except: Option<i64>,
    ) -> Result<Vec<Candidate>> {
        if !principal.can(object, Action::Create) && !principal.can(object, Action::Update) {
            return Err(Error::Forbidden);
        }
        let dictionary = self.db().dictionary();
        let found = dictionary.object(object).ok_or(Error::NotFound)?;
        let values: Vec<(String, String)> = input
            .iter()
            .filter(|(name, _)| !principal.is_hidden(object, name))
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
        let mut connection = self.db().pool().acquire().await?;
        let mut candidates = find(
            &mut connection,
            &dictionary,
            principal,
            found,
            &values,
            except,
            None,
        )
        .await?;
        for candidate in &mut candidates {
            if candidate.title.is_none() {
                candidate.id = 0;
            }
        }
        Ok(candidates)
    }
}

/// Refuses a new record that a blocking rule takes for a duplicate.
pub(crate) async fn refuse(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    principal: &Principal,
    object: &Object,
    assignments: &[Assignment<'_>],
) -> Result<()> {
    if !bound(principal) {
        return Ok(());
    }
    let values: Vec<(String, String)> = assignments
        .iter()
        .filter_map(|assignment| match &assignment.value {
            Value::Text(text) => Some((assignment.field.name.clone(), text.clone())),
            _ => None,
        })
        .collect();
    let found = find(
        connection,
        dictionary,
        principal,
        object,
        &values,
        None,
        Some(Consequence::Block),
    )
    .await?;
    let Some(first) = found.first() else {
        return Ok(());
    };
    Err(match &first.title {
        Some(title) => Error::Conflict {
            code: "duplicate",
            message: Label::new(
                format!(
                    "This looks like {title:?} (number {}), by the rule {:?}.",
                    first.id, first.rule
                ),
                format!(
                    "与“{title}”（编号 {}）疑似重复，规则：{}。",
                    first.id, first.rule
                ),
            ),
        },
        None => Error::Conflict {
            code: "duplicate",
            message: Label::new(
                format!(
                    "Somebody else has such a record already, by the rule {:?}.",
                    first.rule
                ),
                format!("其他人已有疑似重复的记录，规则：{}。", first.rule),
            ),
        },
    })
}

/// Lines of an import whose new records a blocking rule takes for duplicates of other records or of
/// earlier lines. The keys of the staged records are written before.
pub(crate) async fn staged_duplicates(
    connection: &mut PgConnection,
    object: &Object,
) -> Result<Vec<(i64, String)>> {
    let rules: Vec<DuplicateRule> = active(connection, &object.name)
        .await?
        .into_iter()
        .filter(|rule| rule.action == Consequence::Block)
        .collect();
    let mut lines = Vec::new();
    for rule in rules {
        let sql = format!(
            "select distinct s.line from pg_temp.basalt_stage s
             join sys.duplicate_key k on k.rule_id = $1 and k.record_id = s.row_id
             join sys.duplicate_key o on o.rule_id = $1 and o.exact_key = k.exact_key and o.record_id <> k.record_id
               and (cardinality(k.grams) = 0 or (o.blocks && k.blocks and {} >= $2))
             join {} t on t.id = o.record_id and t.deleted_at is null
             left join pg_temp.basalt_stage e on e.row_id = o.record_id
             where not s.known and (e.line is null or e.known or e.line < s.line) order by s.line",
            likeness_of("k", "o"),
            crm(&object.table)
        );
        let found: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(rule.id)
            .bind(threshold(&rule))
            .fetch_all(&mut *connection)
            .await?;
        lines.extend(found.into_iter().map(|line| (line, rule.name.clone())));
    }
    Ok(lines)
}

/// Whether an object has active rules at all.
pub(crate) async fn has_rules(connection: &mut PgConnection, object: &str) -> Result<bool> {
    Ok(!active(connection, object).await?.is_empty())
}
