//! Association rules against those of mlxtend, on a small list of baskets (recipe in `tests/oracles/basket.py`).

use std::collections::BTreeSet;

use basalt_query::analysis::basket::{BasketRequest, rules_of};

/// Products are letters.
fn products(letters: &str) -> Vec<i64> {
    letters.bytes().map(i64::from).collect()
}

#[test]
fn rules_are_those_of_the_oracle() {
    let baskets: Vec<BTreeSet<i64>> = [
        "abc", "abd", "abc", "acd", "bc", "abce", "ad", "b", "ace", "bcd",
    ]
    .iter()
    .map(|letters| products(letters).into_iter().collect())
    .collect();
    let request = BasketRequest {
        min_support: 0.2,
        min_confidence: 0.5,
    };
    let mut rules = rules_of(&baskets, &request).expect("rules").rules;
    rules.sort_by(|a, b| (&a.antecedent, &a.consequent).cmp(&(&b.antecedent, &b.consequent)));
    let oracle: Vec<&str> = include_str!("../oracles/basket.csv")
        .lines()
        .skip(1)
        .collect();
    assert_eq!(rules.len(), oracle.len());
    for (rule, line) in rules.iter().zip(oracle) {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(rule.antecedent, products(cells[0]), "{line}");
        assert_eq!(rule.consequent, products(cells[1]), "{line}");
        let found = [
            rule.support,
            rule.confidence,
            rule.lift,
            rule.leverage,
            rule.conviction.unwrap_or(f64::INFINITY),
        ];
        for (found, wanted) in found.into_iter().zip(&cells[2..]) {
            let wanted: f64 = wanted.parse().expect("a number");
            assert!(
                found == wanted || (found - wanted).abs() < 1e-6,
                "{line}: {found}"
            );
        }
    }
}
