//! Words for search: the same for what is searched and for what is asked.
//!
//! - Letters and digits are folded (width, case, accents) and taken word by word; a word is found
//!   by its beginning.
//! - Chinese is taken as single characters and pairs, so that any part of a name is found, and as
//!   pinyin: the syllables and their initials, from every character on.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words of one value; more are not indexed.
const MOST: usize = 2000;
/// Characters of a word.
const LONGEST_WORD: usize = 40;
/// Characters whose pinyin is put together.
const LONGEST_PINYIN: usize = 8;

/// What is asked for: all terms must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A word as it is.
    Exact(String),
    /// The beginning of a word.
    Prefix(String),
}

/// A piece of text of one script.
enum Run {
    Word(String),
    Han(Vec<char>),
}

/// The words under which a text is found.
pub fn of_text(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for run in runs(text) {
        if words.len() >= MOST {
            break;
        }
        match run {
            Run::Word(word) => {
                // The digits of a number such as SO2026000042, and without leading zeros.
                if let Some(at) = word.rfind(|c: char| !c.is_ascii_digit()) {
                    let digits: String =
                        word.chars().skip(word[..at].chars().count() + 1).collect();
                    let bare = digits.trim_start_matches('0');
                    if !bare.is_empty() {
                        words.insert(bare.to_owned());
                    }
                    // The running number of one that begins with a year.
                    if let Some(zeros) = bare.rfind("00") {
                        let tail = bare[zeros..].trim_start_matches('0');
                        if !tail.is_empty() {
                            words.insert(tail.to_owned());
                        }
                    }
                    if !digits.is_empty() {
                        words.insert(digits);
                    }
                }
                words.insert(word);
            }
            Run::Han(signs) => {
                words.extend(signs.iter().map(char::to_string));
                words.extend(signs.windows(2).map(|pair| pair.iter().collect()));
                pinyin(&signs, &mut words);
            }
        }
    }
    words
}

/// The words under which a telephone number is found: its digits, from the start, without the
/// country's prefix, and the last ones.
pub fn of_phone(text: &str) -> BTreeSet<String> {
    let digits: String = text.nfkc().filter(char::is_ascii_digit).collect();
    let mut words = BTreeSet::new();
    for from in [0, 2, 3] {
        if digits.len() >= from + 5 {
            words.insert(digits[from..].to_owned());
        }
    }
    for last in [4, 6, 7, 8, 11] {
        if digits.len() > last {
            words.insert(digits[digits.len() - last..].to_owned());
        }
    }
    words
}

/// What a search asks for, at most 16 terms.
pub fn of_query(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for run in runs(text) {
        match run {
            Run::Word(word) => terms.push(Term::Prefix(word)),
            Run::Han(signs) if signs.len() == 1 => {
                terms.extend(signs.iter().map(|sign| Term::Exact(sign.to_string())));
            }
            Run::Han(signs) => {
                terms.extend(
                    signs
                        .windows(2)
                        .map(|pair| Term::Exact(pair.iter().collect())),
                );
            }
        }
    }
    terms.truncate(16);
    terms
}

/// Initials and syllables, from every character on.
fn pinyin(signs: &[char], words: &mut BTreeSet<String>) {
    let syllables: Vec<Vec<&'static str>> = signs.iter().map(|sign| readings(*sign)).collect();
    for from in 0..syllables.len() {
        let (mut initials, mut whole) = (String::new(), String::new());
        for readings in syllables[from..].iter().take(LONGEST_PINYIN) {
            let Some(first) = readings.first() else { break };
            initials.push_str(&first[..1]);
            whole.push_str(first);
        }
        // A character with several readings is found by each of their initials at the start.
        for reading in syllables[from].iter().skip(1) {
            let other = format!("{}{}", &reading[..1], initials.get(1..).unwrap_or_default());
            words.insert(other);
        }
        if !initials.is_empty() {
            words.insert(initials);
            words.insert(whole);
        }
    }
}

/// The syllables a character may be read as, without tones, the usual one first.
fn readings(sign: char) -> Vec<&'static str> {
    use pinyin::{ToPinyin, ToPinyinMulti};
    let Some(usual) = sign.to_pinyin() else {
        return Vec::new();
    };
    let mut all = vec![usual.plain()];
    for other in sign.to_pinyin_multi().into_iter().flatten() {
        if all.len() < 4 && !all.contains(&other.plain()) {
            all.push(other.plain());
        }
    }
    all.retain(|reading| reading.is_ascii());
    all
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut word = String::new();
    let mut han: Vec<char> = Vec::new();
    let flush_word = |word: &mut String, runs: &mut Vec<Run>| {
        if !word.is_empty() {
            let word = std::mem::take(word);
            runs.push(Run::Word(word.chars().take(LONGEST_WORD).collect()));
        }
    };
    let folded = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase);
    for sign in folded {
        if is_han(sign) {
            flush_word(&mut word, &mut runs);
            han.push(sign);
            continue;
        }
        if !han.is_empty() {
            runs.push(Run::Han(std::mem::take(&mut han)));
        }
        if sign.is_alphanumeric() {
            word.push(sign);
        } else {
            flush_word(&mut word, &mut runs);
        }
    }
    if !han.is_empty() {
        runs.push(Run::Han(han));
    }
    flush_word(&mut word, &mut runs);
    runs
}

fn is_han(sign: char) -> bool {
    matches!(u32::from(sign), 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(text: &str, query: &str) -> bool {
        let words = of_text(text);
        let terms = of_query(query);
        !terms.is_empty()
            && terms.iter().all(|term| match term {
                Term::Exact(word) => words.contains(word),
                Term::Prefix(start) => words.iter().any(|word| word.starts_with(start.as_str())),
            })
    }

    #[test]
    fn chinese_is_found_by_parts_and_by_pinyin() {
        for query in [
            "杭州",
            "智云",
            "州智",
            "云",
            "hzzy",
            "zy",
            "hang",
            "hangzhou",
            "杭州 zy",
            "HZ",
        ] {
            assert!(finds("杭州智云科技有限公司", query), "{query}");
        }
        for query in ["苏州", "杭智", "zzhy", "ngzhou"] {
            assert!(!finds("杭州智云", query), "{query}");
        }
        // 重 is read zhong and chong.
        assert!(finds("重庆小面", "cq") || finds("重庆小面", "zq"));
        assert!(finds("鑫达", "xd"));
    }

    #[test]
    fn letters_are_folded_and_found_by_their_beginning() {
        for query in [
            "acme",
            "ACM",
            "müller",
            "Muller",
            "ＡＣＭＥ",
            "so2026",
            "42",
            "2026000042",
        ] {
            assert!(finds("Acme & Müller GmbH SO2026000042", query), "{query}");
        }
        assert!(!finds("Acme", "cme"));
        assert!(of_query(" ,.- ").is_empty());
        let phone = of_phone("+86 138-0013 8000");
        for part in ["13800138000", "8000", "00138000"] {
            assert!(phone.iter().any(|word| word.starts_with(part)), "{part}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_found_by_itself(text in "[a-z0-9 杭州智云鑫达重庆é-]{1,20}") {
            if !of_query(&text).is_empty() {
                prop_assert!(finds(&text, &text));
            }
        }

        #[test]
        fn no_text_makes_the_tokens_panic(text in "\\PC{0,60}") {
            let _ = (of_text(&text), of_query(&text), of_phone(&text));
        }
    }
}
