//! What a row must be as a whole: fields that are required under a condition, and rules of the
//! object. Checked on the row as it was written, before the transaction goes on, so that formulas,
//! defaults and references count.

use basalt_model::condition::{Checked, Node};
use basalt_model::{Condition, Dictionary, Label, Object, Principal, PrincipalKind, Problem};
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};

use super::Scope;
use crate::error::{Error, FieldError, Result};
use crate::sql::{Joins, column, crm, push_condition};

/// A demand in a form that can be asked of rows.
pub(crate) struct Demand {
    /// Field that the refusal belongs to.
    pub field: String,
    pub problem: Problem,
    when: Checked,
    /// The column that must not be empty then; without one, the condition itself is what is refused.
    column: Option<String>,
}

/// All demands of an object.
pub(crate) fn demands(dictionary: &Dictionary, object: &Object) -> Result<Vec<Demand>> {
    let check = |condition: &Condition| condition.check(dictionary, &object.name);
    let mut all = Vec::new();
    for field in &object.fields {
        if let Some(when) = &field.required_when {
            all.push(Demand {
                field: field.name.clone(),
                problem: Problem::required(),
                when: check(when)?,
                column: Some(field.column()),
            });
        }
    }
    for rule in &object.rules {
        all.push(Demand {
            field: rule.field.clone().unwrap_or_default(),
            problem: Problem {
                code: "rule",
                message: Label::new(&rule.message.en, &rule.message.zh),
            },
            when: check(&rule.when)?,
            column: None,
        });
    }
    Ok(all)
}

impl Demand {
    /// The joins that the predicate needs.
    pub fn join(&self, joins: &mut Joins) {
        for join in self.when.joins() {
            joins.alias(std::slice::from_ref(&join));
        }
    }

    /// The predicate that holds for rows `t` which are refused.
    pub fn push(&self, query: &mut QueryBuilder<Postgres>, joins: &mut Joins) {
        query.push("(");
        let root: &Node = &self.when.root;
        push_condition(query, root, joins);
        query.push(") is true");
        if let Some(name) = &self.column {
            query.push(format!(" and {} is null", column("t", name)));
        }
    }
}

/// Loaders and background work carry rows over as they are.
pub(crate) fn bound(principal: &Principal) -> bool {
    !matches!(principal.kind, PrincipalKind::System | PrincipalKind::Job)
}

impl Scope<'_> {
    /// Refuses the row as it was just written, when it isn't what it must be.
    pub(super) async fn check_demands(&self, connection: &mut PgConnection, id: i64) -> Result<()> {
        if !bound(self.principal) {
            return Ok(());
        }
        let demands = demands(&self.dictionary, self.object())?;
        if demands.is_empty() {
            return Ok(());
        }
        let mut joins = Joins::default();
        for demand in &demands {
            demand.join(&mut joins);
        }
        let mut query = QueryBuilder::new("select array[");
        for (at, demand) in demands.iter().enumerate() {
            if at > 0 {
                query.push(", ");
            }
            query.push("(");
            demand.push(&mut query, &mut joins);
            query.push(")");
        }
        query.push(format!("] from {} t", crm(&self.object().table)));
        // A rule is the same for everyone, whatever they see.
        joins.push(&mut query, &self.dictionary, &Principal::system());
        query.push(" where t.id = ").push_bind(id);
        let Some(row) = query.build().fetch_optional(connection).await? else {
            return Ok(());
        };
        let broken: Vec<bool> = row.try_get(0)?;
        let errors: Vec<FieldError> = demands
            .into_iter()
            .zip(broken)
            .filter(|(_, broken)| *broken)
            .map(|(demand, _)| FieldError::new(demand.field, demand.problem))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::Validation(errors))
        }
    }
}
