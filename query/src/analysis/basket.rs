//! Market baskets: which products are bought in one order, as association rules of two and three products.
//!
//! Frequent sets by FP-growth (J. Han, J. Pei, Y. Yin, "Mining Frequent Patterns without Candidate
//! Generation", SIGMOD 2000), cut at three products. Rules A → B with confidence (R. Agrawal, R. Srikant, VLDB 1994),
//! lift, conviction (S. Brin et al., SIGMOD 1997) and leverage (G. Piatetsky-Shapiro, 1991).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use serde::{Deserialize, Serialize};

use super::AnalysisError;
use super::purchases::collect;
use crate::Session;

/// Products of a rule, both sides together, at most.
const LARGEST_SET: usize = 3;

/// One basket an order: the products of confirmed and paid orders.
const BASKETS: &str = "\
    SELECT DISTINCT l.order_id, l.product_id \
    FROM crm.sales_order_line l JOIN crm.sales_order o ON o.id = l.order_id \
    WHERE o.status IN ('confirmed', 'paid') AND l.product_id IS NOT NULL";

/// From where on a set is frequent and a rule worth telling; both are shares, above 0 up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasketRequest {
    pub min_support: f64,
    pub min_confidence: f64,
}

/// Rules by falling lift, then falling support.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Basket {
    /// Orders with a product.
    pub baskets: u64,
    pub rules: Vec<Rule>,
}

/// Who buys all of `antecedent` also buys all of `consequent`. Products are ids in ascending order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    pub antecedent: Vec<i64>,
    pub consequent: Vec<i64>,
    /// Baskets with all products of the rule.
    pub baskets: u64,
    /// Their share of all baskets: P(A ∧ B).
    pub support: f64,
    /// P(A ∧ B) / P(A).
    pub confidence: f64,
    /// Confidence / P(B).
    pub lift: f64,
    /// P(A ∧ B) − P(A) P(B).
    pub leverage: f64,
    /// (1 − P(B)) / (1 − confidence); absent (infinite) for a rule without exception.
    pub conviction: Option<f64>,
}

/// Rules over the orders that the session's principal may see.
///
/// # Errors
///
/// Shares out of range, and those of the query.
pub async fn basket(session: &Session, request: &BasketRequest) -> Result<Basket, AnalysisError> {
    rules_of(&baskets(session).await?, request)
}

/// The products of each order that the session's principal may see.
///
/// # Errors
///
/// Those of the query.
pub async fn baskets(session: &Session) -> Result<Vec<BTreeSet<i64>>, AnalysisError> {
    let mut found: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for batch in collect(session, BASKETS).await? {
        let orders = cast(batch.column(0), &DataType::Int64)?;
        let products = cast(batch.column(1), &DataType::Int64)?;
        if orders.null_count() + products.null_count() > 0 {
            return Err(AnalysisError::Shape(
                "an order line without order or product".to_owned(),
            ));
        }
        let orders = orders.as_primitive::<Int64Type>().values().iter();
        for (order, product) in orders.zip(products.as_primitive::<Int64Type>().values()) {
            found.entry(*order).or_default().insert(*product);
        }
    }
    Ok(found.into_values().collect())
}

/// Rules computed from baskets at hand.
///
/// # Errors
///
/// Shares out of range.
pub fn rules_of(
    baskets: &[BTreeSet<i64>],
    request: &BasketRequest,
) -> Result<Basket, AnalysisError> {
    for (name, share) in [
        ("min_support", request.min_support),
        ("min_confidence", request.min_confidence),
    ] {
        if !(share > 0.0 && share <= 1.0) {
            return Err(AnalysisError::Request(format!(
                "{name} must be above 0 and at most 1"
            )));
        }
    }
    let total = baskets.len() as f64;
    // The guard keeps a share like 0.1 of 30 at 3, which floats put slightly above.
    let fewest = (request.min_support * total * (1.0 - 1e-12)).ceil() as u64;
    let sets = frequent_sets(baskets, fewest.max(1));
    let mut rules = Vec::new();
    for (set, count) in &sets {
        for (antecedent, consequent) in splits(set) {
            let (with_a, with_b) = (sets[&antecedent] as f64, sets[&consequent] as f64);
            let both = *count as f64;
            let confidence = both / with_a;
            if confidence < request.min_confidence {
                continue;
            }
            rules.push(Rule {
                baskets: *count,
                support: both / total,
                confidence,
                lift: confidence * total / with_b,
                leverage: both / total - with_a * with_b / (total * total),
                conviction: (confidence < 1.0).then(|| (1.0 - with_b / total) / (1.0 - confidence)),
                antecedent,
                consequent,
            });
        }
    }
    rules.sort_by(|a, b| {
        let by_strength = b.lift.total_cmp(&a.lift);
        let by_support = b.support.total_cmp(&a.support);
        by_strength
            .then(by_support)
            .then_with(|| (&a.antecedent, &a.consequent).cmp(&(&b.antecedent, &b.consequent)))
    });
    Ok(Basket {
        baskets: baskets.len() as u64,
        rules,
    })
}

/// Every way to part a set in two that are not empty.
fn splits(set: &[i64]) -> impl Iterator<Item = (Vec<i64>, Vec<i64>)> + '_ {
    (1..(1_u32 << set.len()) - 1).map(|mask| {
        let side = |wanted: u32| {
            let items = set.iter().enumerate();
            items
                .filter(|(at, _)| mask >> at & 1 == wanted)
                .map(|(_, item)| *item)
                .collect()
        };
        (side(1), side(0))
    })
}

/// Sets of up to three products, ascending, that are in at least `fewest` baskets, with their number of baskets.
fn frequent_sets(baskets: &[BTreeSet<i64>], fewest: u64) -> BTreeMap<Vec<i64>, u64> {
    let paths = baskets
        .iter()
        .map(|basket| (basket.iter().copied().collect(), 1))
        .collect();
    let mut sets = BTreeMap::new();
    grow(paths, fewest, &[], &mut sets);
    sets
}

/// The frequent sets that contain `suffix`, from its conditional paths (products, number of baskets).
fn grow(
    paths: Vec<(Vec<i64>, u64)>,
    fewest: u64,
    suffix: &[i64],
    sets: &mut BTreeMap<Vec<i64>, u64>,
) {
    let tree = FpTree::of(paths, fewest);
    for (item, (count, nodes)) in &tree.items {
        let mut set = suffix.to_vec();
        set.push(*item);
        if set.len() < LARGEST_SET {
            let above = nodes.iter().map(|node| tree.path_above(*node));
            grow(above.collect(), fewest, &set, sets);
        }
        set.sort_unstable();
        sets.insert(set, *count);
    }
}

/// A prefix tree of the baskets, frequent products first, with the nodes of each product.
struct FpTree {
    nodes: Vec<FpNode>,
    items: BTreeMap<i64, (u64, Vec<usize>)>,
}

struct FpNode {
    item: i64,
    parent: Option<usize>,
    count: u64,
}

impl FpTree {
    fn of(paths: Vec<(Vec<i64>, u64)>, fewest: u64) -> Self {
        let mut counts: HashMap<i64, u64> = HashMap::new();
        for (path, count) in &paths {
            for item in path {
                *counts.entry(*item).or_default() += count;
            }
        }
        counts.retain(|_, count| *count >= fewest);
        let mut tree = Self {
            nodes: Vec::new(),
            items: counts
                .iter()
                .map(|(item, count)| (*item, (*count, Vec::new())))
                .collect(),
        };
        let mut children: HashMap<(Option<usize>, i64), usize> = HashMap::new();
        for (mut path, count) in paths {
            path.retain(|item| counts.contains_key(item));
            path.sort_unstable_by_key(|item| (std::cmp::Reverse(counts[item]), *item));
            let mut parent = None;
            for item in path {
                let node = *children.entry((parent, item)).or_insert_with(|| {
                    tree.nodes.push(FpNode {
                        item,
                        parent,
                        count: 0,
                    });
                    tree.nodes.len() - 1
                });
                if tree.nodes[node].count == 0
                    && let Some((_, nodes)) = tree.items.get_mut(&item)
                {
                    nodes.push(node);
                }
                tree.nodes[node].count += count;
                parent = Some(node);
            }
        }
        tree
    }

    /// The products between the root and this node, and the baskets that came by here.
    fn path_above(&self, node: usize) -> (Vec<i64>, u64) {
        let mut path = Vec::new();
        let mut above = self.nodes[node].parent;
        while let Some(at) = above {
            path.push(self.nodes[at].item);
            above = self.nodes[at].parent;
        }
        (path, self.nodes[node].count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn growth_finds_what_counting_finds(
            baskets in prop::collection::vec(prop::collection::btree_set(0_i64..7, 0..6), 0..25),
            fewest in 1_u64..5,
        ) {
            let mut counted = BTreeMap::new();
            for mask in 1_u32..128 {
                let set: Vec<i64> = (0..7).filter(|item| mask >> item & 1 == 1).collect();
                let having = |basket: &&BTreeSet<i64>| set.iter().all(|item| basket.contains(item));
                let count = baskets.iter().filter(having).count() as u64;
                if set.len() <= LARGEST_SET && count >= fewest {
                    counted.insert(set, count);
                }
            }
            prop_assert_eq!(frequent_sets(&baskets, fewest), counted);
        }
    }

    #[test]
    fn shares_out_of_range_are_refused_and_no_basket_has_no_rule() {
        let request = |min_support, min_confidence| BasketRequest {
            min_support,
            min_confidence,
        };
        for (support, confidence) in [(0.0, 0.5), (0.1, 1.1), (f64::NAN, 0.5)] {
            assert!(rules_of(&[], &request(support, confidence)).is_err());
        }
        let none = rules_of(&[], &request(0.1, 0.5)).expect("no rules");
        assert_eq!((none.baskets, none.rules.len()), (0, 0));
    }
}
