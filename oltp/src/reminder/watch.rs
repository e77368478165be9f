//! What a rule watches for, and the query that finds it.

use basalt_model::condition::resolve;
use basalt_model::{Action, Condition, Dictionary, Object, Principal, Problem, SqlType};
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};

use crate::error::{Error, Result};
use crate::sql::{Joins, column, crm, push_condition, push_readable};

/// What should not stay as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case", deny_unknown_fields)]
pub enum Watch {
    /// The rule's condition holds; with `since`, for at least so many hours since the time in that field.
    Holds {
        #[serde(default)]
        since: Option<String>,
        #[serde(default)]
        hours: u32,
    },
    /// So many hours after the time in the field there is none of the related records.
    Without {
        related: Vec<Related>,
        since: String,
        hours: u32,
    },
    /// There are fewer than `min` or more than `max` related records; with `monthly`, of those made
    /// in the month that has just ended.
    Count {
        related: Related,
        #[serde(default)]
        min: Option<i64>,
        #[serde(default)]
        max: Option<i64>,
        #[serde(default)]
        monthly: bool,
    },
    /// The field (a path as in conditions) got this value; `show` is the field whose old and new value are told.
    Entered {
        field: String,
        value: String,
        show: String,
    },
}

/// Records that belong to the watched one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Related {
    pub object: String,
    /// The field that refers to the watched record; without, every way in which they belong together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

fn refused<T>(field: &str, en: String, zh: String) -> Result<T> {
    Err(Error::field(
        format!("watch.{field}"),
        Problem::new("rule", en, zh),
    ))
}

impl Watch {
    pub(super) fn check(
        &self,
        dictionary: &Dictionary,
        object: &Object,
        principal: &Principal,
    ) -> Result<()> {
        match self {
            Self::Holds { since, hours } => match since {
                Some(field) => time_of(object, field, principal).map(drop),
                None if *hours > 0 => refused(
                    "since",
                    "is needed to count hours".to_owned(),
                    "按小时计算时必须填写".to_owned(),
                ),
                None => Ok(()),
            },
            Self::Without { related, since, .. } => {
                if related.is_empty() {
                    return refused(
                        "related",
                        "names nothing that could be missing".to_owned(),
                        "没有指定关联对象".to_owned(),
                    );
                }
                time_of(object, since, principal)?;
                related
                    .iter()
                    .try_for_each(|one| one.check(dictionary, object, principal))
            }
            Self::Count {
                related, min, max, ..
            } => {
                if min.is_none() && max.is_none() {
                    return refused(
                        "min",
                        "or max: give a bound".to_owned(),
                        "与 max 至少填写一项".to_owned(),
                    );
                }
                related.check(dictionary, object, principal)
            }
            Self::Entered { field, show, .. } => {
                for path in [field, show] {
                    resolve(dictionary, object, path, Some(principal))?;
                }
                Ok(())
            }
        }
    }

    /// How many hours are waited.
    pub(super) fn hours(&self) -> u32 {
        match self {
            Self::Holds { hours, .. } | Self::Without { hours, .. } => *hours,
            Self::Count { .. } | Self::Entered { .. } => 0,
        }
    }
}

/// The column of a date or time field as an instant; `changed:stage`: when that field got the value it has.
fn time_of(object: &Object, field: &str, principal: &Principal) -> Result<String> {
    if let Some(changed) = field.strip_prefix("changed:") {
        let found = object
            .field(changed)
            .filter(|found| !principal.is_hidden(&object.name, &found.name));
        let Some(found) = found else {
            return refused(
                "since",
                format!("{changed:?} is no field of the record"),
                format!("“{changed}”不是该对象的字段"),
            );
        };
        // Loaders that leave no trail are counted from the entry of the record.
        return Ok(format!(
            "coalesce((select max(e.at) from sys.audit_entry e where e.table_name = '{}' and e.row_id = t.id and e.op in ('create', 'update') and e.changes ? '{}'), t.created_at)",
            object.table,
            found.column()
        ));
    }
    let found = object
        .field(field)
        .filter(|found| !principal.is_hidden(&object.name, &found.name));
    match found.map(|found| (found.sql_type(), found.column())) {
        Some((SqlType::Instant, name)) => Ok(column("t", &name)),
        Some((SqlType::Date, name)) => Ok(format!(
            "({}::timestamp at time zone 'UTC')",
            column("t", &name)
        )),
        _ => refused(
            "since",
            format!("{field:?} is no date or time of the record"),
            format!("“{field}”不是该对象的日期或时间字段"),
        ),
    }
}

impl Related {
    fn check(
        &self,
        dictionary: &Dictionary,
        watched: &Object,
        principal: &Principal,
    ) -> Result<()> {
        let Some(object) = dictionary
            .object(&self.object)
            .filter(|object| principal.can(&object.name, Action::Read))
        else {
            let name = &self.object;
            return refused(
                "related",
                format!("{name:?} is no kind of record"),
                format!("“{name}”不是有效的业务对象"),
            );
        };
        if self.ways(object, watched).is_empty() {
            let name = &self.object;
            return refused(
                "related",
                format!("{name:?} does not belong to {:?}", watched.name),
                format!("“{name}”与“{}”没有关联", watched.name),
            );
        }
        if let Some(condition) = &self.condition {
            condition.check_for(dictionary, &object.name, principal)?;
        }
        Ok(())
    }

    /// Predicates over `r` (the related) and `t` (the watched); names in them are the dictionary's.
    fn ways(&self, object: &Object, watched: &Object) -> Vec<String> {
        let refers = object
            .fields
            .iter()
            .filter(|field| field.target() == Some(watched.name.as_str()))
            .filter(|field| match &self.field {
                Some(named) => *named == field.name,
                None => !field.system,
            })
            .map(|field| format!("{} = t.id", column("r", &field.column())));
        let mut ways: Vec<String> = refers.collect();
        let name = &watched.name;
        if self.field.is_none() && object.name == "activity" {
            ways.push(format!("exists (select from crm.activity_link al where al.activity_id = r.id and al.deleted_at is null and al.object = '{name}' and al.record = t.id)"));
        }
        if self.field.is_none() && object.name == "task" {
            ways.push(format!(
                "(r.about_object = '{name}' and r.about_record = t.id)"
            ));
        }
        ways
    }

    /// `(select count(*) …)` of the related records that the principal reads.
    fn push_count(
        &self,
        query: &mut QueryBuilder<Postgres>,
        dictionary: &Dictionary,
        watched: &Object,
        principal: &Principal,
        made: Option<(DateTime<Utc>, DateTime<Utc>)>,
    ) -> Result<()> {
        let object = dictionary.object(&self.object).ok_or(Error::NotFound)?;
        query.push(format!("(select count(*) from {} r", crm(&object.table)));
        // The condition stands in a query of its own, whose table is `t`.
        query.push(" where (");
        query.push(self.ways(object, watched).join(" or "));
        query.push(") and ");
        push_readable(query, "r", dictionary, principal, object);
        if let Some((from, until)) = made {
            query.push(" and r.created_at >= ").push_bind(from);
            query.push(" and r.created_at < ").push_bind(until);
        }
        if let Some(condition) = &self.condition {
            query.push(format!(
                " and r.id in (select t.id from {} t",
                crm(&object.table)
            ));
            push_where(query, dictionary, object, principal, condition)?;
            query.push(")");
        }
        query.push(")");
        Ok(())
    }
}

/// ` joins where condition` over alias `t`.
pub(super) fn push_where(
    query: &mut QueryBuilder<Postgres>,
    dictionary: &Dictionary,
    object: &Object,
    principal: &Principal,
    condition: &Condition,
) -> Result<()> {
    let checked = condition.check_for(dictionary, &object.name, principal)?;
    let mut joins = Joins::default();
    for join in checked.joins() {
        joins.alias(std::slice::from_ref(&join));
    }
    joins.push(query, dictionary, principal);
    query.push(" where ");
    push_condition(query, &checked.root, &mut joins);
    Ok(())
}

/// The month before the day's, as first instant and first instant after it, and its name.
pub(super) fn month_before(now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>, String) {
    let today = now.date_naive();
    let this = NaiveDate::from_ymd_opt(today.year(), today.month(), 1).unwrap_or(today);
    let before = this.checked_sub_months(Months::new(1)).unwrap_or(this);
    let at = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    (at(before), at(this), before.format("%Y-%m").to_string())
}

impl Watch {
    /// Pushes the query of all breaches at `now`: record, occasion, time since (or nothing), count (or nothing).
    /// [`Watch::Entered`] has none; it is found by comparison.
    pub(super) fn breaches(
        &self,
        query: &mut QueryBuilder<Postgres>,
        dictionary: &Dictionary,
        object: &Object,
        principal: &Principal,
        condition: Option<&Condition>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let before = now - TimeDelta::hours(i64::from(self.hours()));
        let everything = Condition::everything();
        let condition = condition.unwrap_or(&everything);
        query.push("select t.id, ");
        let table = crm(&object.table);
        match self {
            Self::Holds { since, .. } => {
                let since = match since {
                    Some(field) => Some(time_of(object, field, principal)?),
                    None => None,
                };
                let shown = since.as_deref().unwrap_or("null::timestamptz");
                query.push(format!(
                    "'' as occasion, {shown} as since, null::bigint as found from {table} t"
                ));
                push_where(query, dictionary, object, principal, condition)?;
                if let Some(since) = since {
                    query.push(format!(" and {since} <= ")).push_bind(before);
                }
            }
            Self::Without { related, since, .. } => {
                let since = time_of(object, since, principal)?;
                query.push(format!(
                    "'' as occasion, {since} as since, null::bigint as found from {table} t"
                ));
                push_where(query, dictionary, object, principal, condition)?;
                query.push(format!(" and {since} <= ")).push_bind(before);
                for one in related {
                    query.push(" and ");
                    one.push_count(query, dictionary, object, principal, None)?;
                    query.push(" = 0");
                }
            }
            Self::Count {
                related,
                min,
                max,
                monthly,
            } => {
                let (from, until, name) = month_before(now);
                let occasion = if *monthly { name } else { String::new() };
                query.push_bind(occasion);
                query.push(" as occasion, null::timestamptz as since, c.found from ");
                query.push(&table).push(" t cross join lateral (select ");
                let made = monthly.then_some((from, until));
                related.push_count(query, dictionary, object, principal, made)?;
                query.push(" as found) c");
                push_where(query, dictionary, object, principal, condition)?;
                query.push(" and (false");
                if let Some(min) = min {
                    query.push(" or c.found < ").push_bind(*min);
                }
                if let Some(max) = max {
                    query.push(" or c.found > ").push_bind(*max);
                }
                query.push(")");
            }
            Self::Entered { .. } => {
                query.push(format!("'' as occasion, null::timestamptz as since, null::bigint as found from {table} t where false"));
            }
        }
        query.push(" and ");
        push_readable(query, "t", dictionary, principal, object);
        if object.name == "user" {
            query.push(" and t.active");
        }
        Ok(())
    }
}
