//! Money: an amount in a currency, with the conversion rate of its date and the amount in the
//! base currency. Stored together, so that history doesn't change when a rate does.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// The currency of `base` amounts, and the one that is meant when none is given.
pub const BASE_CURRENCY: &str = "USD";
/// Decimal places of an amount, in the column and in JSON.
pub const AMOUNT_SCALE: u32 = 2;
/// Decimal places of a conversion rate.
pub const RATE_SCALE: u32 = 8;

/// An amount of money. `base` is `amount × rate`, rounded half away from zero to cents.
///
/// JSON: `{"amount":"12.00","currency":"USD","rate":"1","base":"12.00"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub amount: Decimal,
    pub currency: String,
    pub rate: Decimal,
    pub base: Decimal,
}

impl Money {
    /// An amount with the rate that converts it into the base currency.
    pub fn new(
        amount: Decimal,
        currency: impl Into<String>,
        rate: Decimal,
    ) -> Result<Self, MoneyError> {
        let currency = currency.into();
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(MoneyError::Currency(currency));
        }
        if rate <= Decimal::ZERO {
            return Err(MoneyError::Rate);
        }
        if amount.normalize().scale() > AMOUNT_SCALE || rate.normalize().scale() > RATE_SCALE {
            return Err(MoneyError::Scale);
        }
        let base = amount
            .checked_mul(rate)
            .ok_or(MoneyError::Range)?
            .round_dp_with_strategy(AMOUNT_SCALE, RoundingStrategy::MidpointAwayFromZero);
        let limit = Decimal::from(10_000_000_000_000_000_i64);
        if amount.abs() >= limit || base.abs() >= limit {
            return Err(MoneyError::Range);
        }
        Ok(Self {
            amount: cents(amount),
            currency,
            rate: rate.normalize(),
            base: cents(base),
        })
    }
}

/// The number with exactly two decimal places.
fn cents(mut amount: Decimal) -> Decimal {
    amount.rescale(AMOUNT_SCALE);
    amount
}

/// What makes a sum of money impossible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("{0:?} is not a currency code of three capital letters")]
    Currency(String),
    #[error("a conversion rate is greater than zero")]
    Rate,
    #[error("an amount has at most two decimal places, a rate at most eight")]
    Scale,
    #[error("the amount is too large")]
    Range,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounds_half_away_from_zero() {
        let money = Money::new(Decimal::new(-105, 2), "EUR", Decimal::new(15, 1)).unwrap();
        assert_eq!(money.base.to_string(), "-1.58");
    }

    #[test]
    fn refuses_what_is_no_money() {
        let one = Decimal::ONE;
        assert_eq!(
            Money::new(one, "usd", one),
            Err(MoneyError::Currency("usd".into()))
        );
        assert_eq!(Money::new(one, "USD", Decimal::ZERO), Err(MoneyError::Rate));
        assert_eq!(
            Money::new(Decimal::new(1, 3), "USD", one),
            Err(MoneyError::Scale)
        );
        assert_eq!(Money::new(Decimal::MAX, "USD", one), Err(MoneyError::Range));
    }

    proptest! {
        #[test]
        fn survives_json(cents in -10_000_000_000_i64..10_000_000_000, rate in 1_i64..10_000_000_000) {
            let money = Money::new(Decimal::new(cents, 2), "CNY", Decimal::new(rate, 8)).unwrap();
            let text = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&text).unwrap(), money);
        }
    }
}
