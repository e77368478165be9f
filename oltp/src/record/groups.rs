//! A list counted by the values of a field: customers by brand, leads by source, returns by reason.

use basalt_model::{Action, Condition, FieldKind, Principal, SqlType};
use serde::Serialize;
use sqlx::{QueryBuilder, Row};

use super::Store;
use crate::error::{Error, Result};
use crate::sql::{Joins, column, crm, push_condition, push_row_rule};

/// Values of one answer, the most frequent first.
const MOST: i64 = 500;

/// A value and how many records have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupCount {
    /// As text; of a reference its number. Nothing: records without a value.
    pub value: Option<String>,
    /// Of a reference: the title of the record, when it is readable.
    pub title: Option<String>,
    pub count: i64,
}

impl Store {
    /// Counts the records of a list by the values of a field.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read such records; [`Error::Request`] for a field that
    /// isn't there for the principal or can't be counted by.
    pub async fn groups(
        &self,
        principal: &Principal,
        object: &str,
        by: &str,
        filter: Option<&Condition>,
        archived: bool,
    ) -> Result<Vec<GroupCount>> {
        let scope = self.scope(principal, object)?;
        if !scope.can(Action::Read) {
            return Err(Error::Forbidden);
        }
        let object = scope.object();
        let field = object
            .field_or_column(by)
            .filter(|field| !principal.is_hidden(&object.name, &field.name))
            .filter(|field| {
                !matches!(field.sql_type(), SqlType::Json | SqlType::TextList)
                    && !matches!(field.kind, FieldKind::LongText | FieldKind::RichText)
            })
            .ok_or_else(|| {
                Error::request(
                    "by",
                    format!("{by:?} is no field to count by"),
                    format!("不能按“{by}”分组"),
                )
            })?;
        let dictionary = &scope.dictionary;
        let checked = filter
            .map(|filter| filter.check_for(dictionary, &object.name, principal))
            .transpose()?;
        let mut joins = Joins::default();
        for join in checked.iter().flat_map(basalt_model::Checked::joins) {
            joins.alias(std::slice::from_ref(&join));
        }
        let value = column("t", &field.column());
        let target = field
            .target()
            .and_then(|name| dictionary.object(name))
            .filter(|target| !principal.is_hidden(&target.name, &target.title));
        let mut query = QueryBuilder::new("with counted as (select ");
        query.push(format!(
            "{value} as value, count(*) as count from {} t",
            crm(&object.table)
        ));
        joins.push(&mut query, dictionary, principal);
        query.push(" where t.deleted_at is null");
        scope.push_rule(&mut query);
        if let Some(archive) = &object.archive {
            let archive = archive.check(dictionary, &object.name)?;
            query.push(if archived { " and (" } else { " and not (" });
            push_condition(&mut query, &archive.root, &mut joins);
            query.push(")");
        }
        if let Some(checked) = &checked {
            query.push(" and ");
            push_condition(&mut query, &checked.root, &mut joins);
        }
        query.push(format!(
            " group by {value} order by count(*) desc, {value} limit {MOST}) select c.value::text, "
        ));
        match target {
            Some(target) => {
                query.push(format!(
                    "{}::text, c.count from counted c left join {} r on r.id = c.value and r.deleted_at is null and ",
                    column("r", &target.title),
                    crm(&target.table)
                ));
                push_row_rule(&mut query, "r", &principal.row_rule(dictionary, target));
            }
            None => {
                query.push("null::text, c.count from counted c");
            }
        }
        query.push(" order by c.count desc, c.value");
        let rows = query.build().fetch_all(self.db.pool()).await?;
        rows.iter()
            .map(|row| {
                Ok(GroupCount {
                    value: row.try_get(0)?,
                    title: row.try_get(1)?,
                    count: row.try_get(2)?,
                })
            })
            .collect()
    }
}
