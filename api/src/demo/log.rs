//! The real input: the CDNOW transaction log, 69,659 purchases of 23,570 customers.
//!
//! Every purchase is one line: customer, day, number of CDs, amount in dollars. The log runs from
//! January 1997 to June 1998; its days are moved by whole weeks, so that weekdays stay what they
//! were and the log ends within the week before today.

use std::io::Read as _;

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

const COMPRESSED: &[u8] = include_bytes!("cdnow_master.txt.gz");

/// One line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Purchase {
    /// Number of the line among the purchases, from 1: its identity, as the log has none.
    pub line: u32,
    pub customer: u32,
    pub day: NaiveDate,
    pub discs: u32,
    pub amount: Decimal,
}

/// The purchases, moved in time, in the log's own order (by customer, then day).
#[derive(Debug)]
pub struct PurchaseLog {
    pub purchases: Vec<Purchase>,
    pub weeks_moved: u64,
}

impl PurchaseLog {
    /// Reads the log, keeps the customers whose number is a multiple of `every` (1 keeps all), and
    /// moves its days so that the last one is at most a week before `today`, yesterday at the latest.
    ///
    /// # Errors
    /// When the embedded log is damaged.
    pub fn read(every: u32, today: NaiveDate) -> anyhow::Result<Self> {
        let mut text = String::new();
        flate2::read::GzDecoder::new(COMPRESSED)
            .read_to_string(&mut text)
            .context("the embedded transaction log is damaged")?;
        let mut purchases = Vec::with_capacity(70_000);
        for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
            let number = u32::try_from(purchases.len() + 1)?;
            purchases
                .push(parse(line, number).with_context(|| format!("in the log's line {line:?}"))?);
        }
        let last = purchases
            .iter()
            .map(|purchase| purchase.day)
            .max()
            .context("the log is empty")?;
        let weeks_moved = weeks_between(last, today);
        for purchase in &mut purchases {
            purchase.day = purchase.day + Days::new(weeks_moved * 7);
        }
        purchases.retain(|purchase| purchase.customer % every == 0);
        Ok(PurchaseLog {
            purchases,
            weeks_moved,
        })
    }

    /// Day of the last purchase.
    #[must_use]
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.purchases.iter().map(|purchase| purchase.day).max()
    }
}

/// Whole weeks that move `last` as near to yesterday as weekdays allow.
fn weeks_between(last: NaiveDate, today: NaiveDate) -> u64 {
    let yesterday = today - Days::new(1);
    u64::try_from((yesterday - last).num_days() / 7).unwrap_or(0)
}

fn parse(line: &str, number: u32) -> anyhow::Result<Purchase> {
    let mut words = line.split_whitespace();
    let mut word = |name: &str| words.next().with_context(|| format!("no {name}"));
    Ok(Purchase {
        line: number,
        customer: word("customer")?.parse()?,
        day: NaiveDate::parse_from_str(word("day")?, "%Y%m%d")?,
        discs: word("number of CDs")?.parse()?,
        amount: word("amount")?.parse()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_whole_and_ends_within_the_week_before_today() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let log = PurchaseLog::read(1, today).unwrap();
        assert_eq!(log.purchases.len(), 69_659);
        let customers: std::collections::BTreeSet<u32> =
            log.purchases.iter().map(|p| p.customer).collect();
        assert_eq!(customers.len(), 23_570);
        let days_ago = (today - log.last_day().unwrap()).num_days();
        assert!((1..=7).contains(&days_ago), "{days_ago}");
    }

    #[test]
    fn a_sample_keeps_whole_customers() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let all = PurchaseLog::read(1, today).unwrap();
        let sample = PurchaseLog::read(20, today).unwrap();
        let expected = all
            .purchases
            .iter()
            .filter(|p| p.customer % 20 == 0)
            .count();
        assert_eq!(sample.purchases.len(), expected);
    }
}
