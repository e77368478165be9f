//! When two values mean the same: normal forms of telephones, e-mail addresses and company names,
//! and the likeness of names by their pieces.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// Ends of company names that say nothing about which company it is, the longest first.
const LEGAL_FORMS: &[&str] = &[
    "股份有限公司",
    "有限责任公司",
    "集团有限公司",
    "有限公司",
    "股份公司",
    "集团公司",
    "分公司",
    "公司",
    "集团",
    "incorporated",
    "corporation",
    "company",
    "limited",
    "gmbh",
    "corp",
    "inc",
    "ltd",
    "llc",
    "plc",
    "co",
    "ag",
    "sa",
];

/// Folded text without spaces and signs: letters and digits only.
pub fn exact(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// The digits of a telephone number without the country's prefix.
pub fn phone(text: &str) -> String {
    let digits: String = text.nfkc().filter(char::is_ascii_digit).collect();
    let bare = digits.trim_start_matches('0');
    match bare.strip_prefix("86") {
        Some(rest) if rest.len() >= 9 => rest.trim_start_matches('0').to_owned(),
        _ => bare.to_owned(),
    }
}

/// An e-mail address in small letters, without what stands after a plus.
pub fn email(text: &str) -> String {
    let text = text.trim().to_lowercase();
    match text.rsplit_once('@') {
        Some((local, domain)) => {
            let local = local.split('+').next().unwrap_or(local);
            format!("{local}@{domain}")
        }
        None => text,
    }
}

/// A company's name without its legal form.
pub fn company(text: &str) -> String {
    // Brackets hold places more often than names: 智云（杭州）有限公司.
    let mut name = exact(text);
    loop {
        let shorter = LEGAL_FORMS
            .iter()
            .find_map(|form| name.strip_suffix(form))
            .filter(|rest| rest.chars().count() >= 2)
            .map(str::to_owned);
        match shorter {
            Some(shorter) => name = shorter,
            None => return name,
        }
    }
}

/// Pieces of a name: pairs of Chinese characters, threes of letters.
pub fn grams(text: &str) -> BTreeSet<String> {
    let name = company(text);
    let signs: Vec<char> = name.chars().collect();
    let size = if name.is_ascii() { 3 } else { 2 };
    if signs.len() <= size {
        return [name].into_iter().filter(|name| !name.is_empty()).collect();
    }
    signs
        .windows(size)
        .map(|piece| piece.iter().collect())
        .collect()
}

/// The few pieces by which likely duplicates are looked up: those with the smallest hash, so that
/// names that share most pieces share one of these almost surely.
pub fn blocks(grams: &BTreeSet<String>) -> Vec<String> {
    let mut hashed: Vec<(u64, &String)> = grams.iter().map(|gram| (hash(gram), gram)).collect();
    hashed.sort_unstable();
    hashed
        .into_iter()
        .take(4)
        .map(|(_, gram)| gram.clone())
        .collect()
}

/// Shared pieces of all pieces, between 0 and 1.
pub fn likeness(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let shared = a.intersection(b).count();
    let all = a.len() + b.len() - shared;
    if all == 0 {
        return 0.0;
    }
    shared as f64 / all as f64
}

/// FNV-1a: the same in every version, since it is stored.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_normal() {
        assert_eq!(phone("+86 138-0013-8000"), phone("１３８００１３８０００"));
        assert_eq!(phone("0086 (0)571 8888 7777"), phone("0571-88887777"));
        assert_eq!(email("Li+News@Example.com"), "li@example.com");
        assert_eq!(
            company("杭州智云科技有限公司"),
            company("杭州智云科技 股份有限公司")
        );
        assert_eq!(company("Acme, Inc."), company("ACME Co., Ltd."));
        assert_eq!(company("公司"), "公司");
    }

    #[test]
    fn like_names_are_found_by_their_blocks() {
        let of = |name: &str| grams(name);
        for (a, b) in [
            ("杭州智云科技有限公司", "杭州智云科技公司"),
            ("杭州海棠智能制造有限公司", "杭州海棠智能制造厂"),
            (
                "International Business Machines",
                "International Busines Machines",
            ),
        ] {
            let (a, b) = (of(a), of(b));
            assert!(likeness(&a, &b) >= 0.6);
            assert!(blocks(&a).iter().any(|gram| blocks(&b).contains(gram)));
        }
        assert!(likeness(&of("杭州智云"), &of("苏州海棠")) < 0.3);
        assert_eq!(likeness(&of(""), &of("")), 0.0);
    }
}
