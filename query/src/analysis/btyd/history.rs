//! Purchase histories as the models see them: frequency, recency and age.

/// One customer's history. A day with several orders counts as one purchase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Repeat purchases `x`: days with a purchase after the first one.
    pub frequency: u32,
    /// `t_x`: weeks from the first to the last purchase (0 without a repeat).
    pub recency: f64,
    /// `T`: weeks from the first purchase to the end of the observation.
    pub age: f64,
}

/// Customers with the same history, in the fit's unit of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct HistoryGroup {
    pub frequency: f64,
    pub recency: f64,
    pub age: f64,
    pub customers: f64,
}

/// Groups equal histories, sorted by frequency; times are multiplied by `scale`.
pub(super) fn group(histories: &[History], scale: f64) -> Vec<HistoryGroup> {
    let mut sorted = histories.to_vec();
    sorted.sort_unstable_by(|left, right| {
        left.frequency
            .cmp(&right.frequency)
            .then(left.recency.total_cmp(&right.recency))
            .then(left.age.total_cmp(&right.age))
    });
    sorted
        .chunk_by(|left, right| left == right)
        .map(|same| HistoryGroup {
            frequency: f64::from(same[0].frequency),
            recency: same[0].recency * scale,
            age: same[0].age * scale,
            customers: same.len() as f64,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_histories_become_one_weighted_group() {
        let one = History {
            frequency: 1,
            recency: 2.0,
            age: 4.0,
        };
        let other = History {
            frequency: 0,
            recency: 0.0,
            age: 4.0,
        };
        let groups = group(&[one, other, one], 0.5);
        assert_eq!(groups.len(), 2);
        assert_eq!(
            (groups[1].customers, groups[1].recency, groups[1].age),
            (2.0, 1.0, 2.0)
        );
    }
}
