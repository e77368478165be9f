//! Lifecycle: the state of each customer by when they bought, and who changed state between two dates.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{AnalysisError, Purchases, purchases};
use crate::Session;

/// Where a customer stands on a date. The recent window is the last `active_days` days up to that date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifecycleState {
    /// First purchase in the recent window.
    New,
    /// A purchase in the recent window, and one in the equal window before it.
    Active,
    /// A purchase in the recent window, none in the one before, but one earlier.
    Returning,
    /// Last purchase before the recent window, but within the last `lost_days` days.
    Dormant,
    /// No purchase within the last `lost_days` days.
    Lost,
}

impl LifecycleState {
    pub const ALL: [Self; 5] = [
        Self::New,
        Self::Active,
        Self::Returning,
        Self::Dormant,
        Self::Lost,
    ];

    /// The word for programs, as it is serialised.
    pub fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Returning => "returning",
            Self::Dormant => "dormant",
            Self::Lost => "lost",
        }
    }
}

/// Two dates, and what counts as recent and as lost, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRequest {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub active_days: u32,
    pub lost_days: u32,
}

/// States on both dates and the conversion matrix between them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lifecycle {
    pub request: LifecycleRequest,
    /// Every pair of states; `from` is absent for who had not bought by the first date.
    pub conversions: Vec<Conversion>,
}

/// Customers who were in one state and are in another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Conversion {
    pub from: Option<LifecycleState>,
    pub to: LifecycleState,
    pub customers: u64,
    /// Their share of all who were in `from`, 0 to 1; 0 of none.
    pub rate: f64,
}

/// Lifecycle of the customers that the session's principal may see.
///
/// # Errors
///
/// A request that contradicts itself, and those of the query.
pub async fn lifecycle(
    session: &Session,
    request: &LifecycleRequest,
) -> Result<Lifecycle, AnalysisError> {
    lifecycle_of(&purchases(session).await?, request)
}

/// Lifecycle computed from purchases at hand.
///
/// # Errors
///
/// A request that contradicts itself.
pub fn lifecycle_of(
    purchases: &Purchases,
    request: &LifecycleRequest,
) -> Result<Lifecycle, AnalysisError> {
    let before = states(purchases, request, request.from)?;
    let after = states(purchases, request, request.to)?;
    let mut counts: BTreeMap<(Option<LifecycleState>, LifecycleState), u64> = BTreeMap::new();
    for (customer, to) in &after {
        *counts
            .entry((before.get(customer).copied(), *to))
            .or_default() += 1;
    }
    let origins = std::iter::once(None).chain(LifecycleState::ALL.map(Some));
    let conversions = origins
        .flat_map(|from| {
            let row = LifecycleState::ALL.map(|to| {
                let customers = counts.get(&(from, to)).copied().unwrap_or_default();
                (to, customers)
            });
            let total: u64 = row.iter().map(|(_, customers)| customers).sum();
            row.map(|(to, customers)| Conversion {
                from,
                to,
                customers,
                rate: if total == 0 {
                    0.0
                } else {
                    customers as f64 / total as f64
                },
            })
        })
        .collect();
    Ok(Lifecycle {
        request: *request,
        conversions,
    })
}

/// The customers in `state` on the second date; with `from`, those of them who were in that state on the first.
///
/// # Errors
///
/// A request that contradicts itself.
pub fn customers_in(
    purchases: &Purchases,
    request: &LifecycleRequest,
    from: Option<LifecycleState>,
    state: LifecycleState,
) -> Result<BTreeSet<i64>, AnalysisError> {
    let before = states(purchases, request, request.from)?;
    let after = states(purchases, request, request.to)?;
    Ok(after
        .into_iter()
        .filter(|(customer, now)| {
            *now == state && from.is_none_or(|then| before.get(customer) == Some(&then))
        })
        .map(|(customer, _)| customer)
        .collect())
}

/// The state on `date` of everyone who had bought by then.
fn states(
    purchases: &Purchases,
    request: &LifecycleRequest,
    date: NaiveDate,
) -> Result<BTreeMap<i64, LifecycleState>, AnalysisError> {
    if request.from >= request.to {
        return Err(AnalysisError::Request(
            "the second date must come after the first".to_owned(),
        ));
    }
    if request.active_days == 0 || request.lost_days <= request.active_days {
        return Err(AnalysisError::Request(
            "active_days must be 1 or more, and lost_days more than active_days".to_owned(),
        ));
    }
    let days_back = |days: u64| {
        date.checked_sub_days(Days::new(days))
            .unwrap_or(NaiveDate::MIN)
    };
    let active = u64::from(request.active_days);
    let (recent, earlier) = (days_back(active), days_back(2 * active));
    let lost = days_back(u64::from(request.lost_days));
    let previous: BTreeSet<i64> = purchases
        .iter()
        .filter(|(_, day, _)| *day > earlier && *day <= recent)
        .map(|(customer, _, _)| customer)
        .collect();
    Ok(purchases
        .summarise(date)
        .into_iter()
        .map(|customer| {
            let state = if customer.first_day > recent {
                LifecycleState::New
            } else if customer.last_day > recent {
                if previous.contains(&customer.customer_id) {
                    LifecycleState::Active
                } else {
                    LifecycleState::Returning
                }
            } else if customer.last_day > lost {
                LifecycleState::Dormant
            } else {
                LifecycleState::Lost
            };
            (customer.customer_id, state)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn request() -> LifecycleRequest {
        LifecycleRequest {
            from: day("2026-01-31"),
            to: day("2026-03-02"),
            active_days: 30,
            lost_days: 60,
        }
    }

    /// On 31 January the recent window begins on 2 January, on 2 March on 1 February.
    fn purchases() -> Purchases {
        Purchases::from_rows([
            (1, day("2026-01-02"), 1.0),
            (1, day("2026-02-01"), 1.0),
            (2, day("2026-01-15"), 1.0),
            (3, day("2025-12-20"), 1.0),
            (3, day("2026-02-20"), 1.0),
            (4, day("2025-12-03"), 1.0),
            (5, day("2026-02-10"), 1.0),
            (6, day("2025-10-01"), 1.0),
            (6, day("2026-01-20"), 1.0),
        ])
    }

    #[test]
    fn the_matrix_is_that_computed_by_hand() {
        let lifecycle = lifecycle_of(&purchases(), &request()).expect("a matrix");
        assert_eq!(lifecycle.conversions.len(), 30);
        let found: Vec<_> = lifecycle
            .conversions
            .iter()
            .filter(|cell| cell.customers > 0)
            .map(|cell| (cell.from, cell.to, cell.customers, cell.rate))
            .collect();
        use LifecycleState::{Active, Dormant, Lost, New, Returning};
        assert_eq!(
            found,
            [
                (None, New, 1, 1.0),
                (Some(New), Active, 1, 0.5),
                (Some(New), Dormant, 1, 0.5),
                (Some(Returning), Dormant, 1, 1.0),
                (Some(Dormant), Returning, 1, 0.5),
                (Some(Dormant), Lost, 1, 0.5),
            ]
        );
        let cell = |from, to| customers_in(&purchases(), &request(), from, to).expect("a cell");
        assert_eq!(cell(None, Dormant), BTreeSet::from([2, 6]));
        assert_eq!(cell(Some(New), Dormant), BTreeSet::from([2]));
    }

    #[test]
    fn a_request_that_contradicts_itself_is_refused() {
        let backwards = LifecycleRequest {
            to: day("2026-01-31"),
            ..request()
        };
        let lost_first = LifecycleRequest {
            lost_days: 30,
            ..request()
        };
        assert!(lifecycle_of(&purchases(), &backwards).is_err());
        assert!(lifecycle_of(&purchases(), &lost_first).is_err());
    }
}
