//! Leads: their stages, and how many are in each.

use std::str::FromStr;

use basalt_model::{Action, Principal};
use serde::Serialize;
use sqlx::{PgConnection, QueryBuilder};

use super::history::{Entry, note};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::push_readable;

/// The stage of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    New,
    Contacted,
    Interested,
    Qualified,
    Mature,
    Disqualified,
    /// Reached by converting only.
    Converted,
}

impl Stage {
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Contacted,
        Self::Interested,
        Self::Qualified,
        Self::Mature,
        Self::Disqualified,
        Self::Converted,
    ];

    /// The stage as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Contacted => "contacted",
            Self::Interested => "interested",
            Self::Qualified => "qualified",
            Self::Mature => "mature",
            Self::Disqualified => "disqualified",
            Self::Converted => "converted",
        }
    }

    /// How far down the funnel it is; `None` beside it.
    fn depth(self) -> Option<u8> {
        match self {
            Self::New => Some(0),
            Self::Contacted => Some(1),
            Self::Interested => Some(2),
            Self::Qualified => Some(3),
            Self::Mature => Some(4),
            Self::Disqualified | Self::Converted => None,
        }
    }

    /// Whether a lead may be moved there: one step on, any step back, out of the funnel, and in again
    /// at its top.
    pub fn may_move_to(self, to: Self) -> bool {
        match (self.depth(), to.depth()) {
            (Some(from), Some(to)) => to <= from + 1,
            (Some(_), None) => to == Self::Disqualified,
            (None, Some(_)) => self == Self::Disqualified && to == Self::New,
            (None, None) => false,
        }
    }
}

impl FromStr for Stage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.name() == text)
            .ok_or(())
    }
}

/// Stages in which a lead may begin.
pub(crate) fn may_begin_in(stage: &str) -> bool {
    matches!(stage.parse(), Ok(Stage::New | Stage::Contacted))
}

/// Checks the move of a lead to another stage by an edit, and notes it.
pub(crate) async fn enter_stage(connection: &mut PgConnection, id: i64, to: &str) -> Result<()> {
    let found: Option<(String, Option<i64>)> =
        sqlx::query_as("select stage, owner_id from crm.lead where id = $1 for update")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
    let Some((from, owner)) = found.filter(|(from, _)| from != to) else {
        return Ok(());
    };
    let allowed = match (from.parse::<Stage>(), to.parse::<Stage>()) {
        (Ok(from), Ok(to)) => from.may_move_to(to),
        _ => false,
    };
    if !allowed {
        return Err(Error::conflict(
            "stage_jump",
            format!(
                "A lead can't go from stage \"{from}\" to \"{to}\". Go step by step; converting is a command."
            ),
            format!("线索不能从阶段“{from}”直接进入“{to}”，请逐级推进；转化请使用转化操作。"),
        ));
    }
    let entry = Entry {
        kind: "stage",
        from: Some(&from),
        to: Some(to),
        rep: owner,
        ..Entry::default()
    };
    note(connection, "lead", id, entry).await
}

/// A stage and how many leads are in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageCount {
    pub stage: String,
    pub leads: i64,
}

/// How many of the leads that the principal reads are in each stage, from the top of the funnel down.
///
/// # Errors
/// [`Error::Forbidden`] without the right to read leads.
pub async fn funnel(db: &Db, principal: &Principal) -> Result<Vec<StageCount>> {
    if !principal.can("lead", Action::Read) || principal.is_hidden("lead", "stage") {
        return Err(Error::Forbidden);
    }
    let dictionary = db.dictionary();
    let object = dictionary.object("lead").ok_or(Error::NotFound)?;
    let mut query = QueryBuilder::new("select t.stage, count(*) from crm.lead t where ");
    push_readable(&mut query, "t", &dictionary, principal, object);
    query.push(" group by t.stage");
    let counted: Vec<(String, i64)> = query.build_query_as().fetch_all(db.pool()).await?;
    Ok(Stage::ALL
        .into_iter()
        .map(|stage| StageCount {
            stage: stage.name().to_owned(),
            leads: counted
                .iter()
                .find(|(name, _)| name == stage.name())
                .map_or(0, |(_, leads)| *leads),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_lead_goes_down_the_funnel_step_by_step_and_is_never_converted_by_an_edit(
            wanted in prop::collection::vec(prop::sample::select(Stage::ALL.to_vec()), 0..40)
        ) {
            let mut stage = Stage::New;
            for to in wanted {
                if !stage.may_move_to(to) {
                    continue;
                }
                prop_assert_ne!(to, Stage::Converted);
                if let (Some(from), Some(to)) = (stage.depth(), to.depth()) {
                    prop_assert!(to <= from + 1);
                }
                stage = to;
            }
        }
    }

    #[test]
    fn names_survive() {
        for stage in Stage::ALL {
            assert_eq!(stage.name().parse(), Ok(stage));
        }
        assert!("lost".parse::<Stage>().is_err());
    }
}
