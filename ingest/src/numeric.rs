//! Postgres' binary `numeric` to a scaled integer, exactly or not at all.

use crate::error::Malformed;

const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;

/// Reads a binary `numeric` as `value × 10^scale`, rounded half away from zero like a cast in Postgres.
///
/// `Ok(None)`: NaN, an infinity, or not below `limit` (10^precision) in magnitude.
pub(crate) fn decode(bytes: &[u8], scale: i8, limit: i128) -> Result<Option<i128>, Malformed> {
    let Some((head, digits)) = bytes.split_first_chunk::<8>() else {
        return Err(Malformed::short("numeric", bytes.len()));
    };
    let count = usize::from(u16::from_be_bytes([head[0], head[1]]));
    let weight = i32::from(i16::from_be_bytes([head[2], head[3]]));
    let sign = u16::from_be_bytes([head[4], head[5]]);
    if sign != POSITIVE && sign != NEGATIVE {
        return Ok(None);
    }
    if digits.len() != count * 2 {
        return Err(Malformed::short("numeric", bytes.len()));
    }
    let magnitude = scaled(digits, weight, i32::from(scale));
    Ok(magnitude
        .filter(|value| *value < limit)
        .map(|value| if sign == NEGATIVE { -value } else { value }))
}

/// Sum of the base-10000 digits at this scale; `None` on overflow.
fn scaled(digits: &[u8], weight: i32, scale: i32) -> Option<i128> {
    let mut value = 0_i128;
    // Power of ten by which the last digit taken so far must still be multiplied.
    let mut exponent = 4 * (weight + 1) + scale;
    for pair in digits.chunks_exact(2) {
        let digit = i128::from(u16::from_be_bytes([pair[0], pair[1]]));
        exponent -= 4;
        if exponent >= 0 {
            value = value.checked_mul(10_000)?.checked_add(digit)?;
            continue;
        }
        // The group straddles the last place kept, or lies just below it.
        let dropped = u32::try_from(-exponent).ok()?;
        if dropped > 4 {
            return Some(value);
        }
        let unit = 10_i128.pow(dropped);
        value = value
            .checked_mul(10_000 / unit)?
            .checked_add(digit / unit)?;
        let round_up = digit % unit >= unit / 2;
        return if round_up {
            value.checked_add(1)
        } else {
            Some(value)
        };
    }
    if value > 0 {
        for _ in 0..exponent {
            value = value.checked_mul(10)?;
        }
    }
    Some(value)
}

/// 10^`precision`: the smallest magnitude a decimal of that precision can't hold.
pub(crate) fn limit(precision: u8) -> i128 {
    10_i128.pow(u32::from(precision))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(sign: u16, weight: i16, digits: &[u16]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(u16::try_from(digits.len()).unwrap().to_be_bytes());
        bytes.extend(weight.to_be_bytes());
        bytes.extend(sign.to_be_bytes());
        bytes.extend(0_u16.to_be_bytes());
        digits
            .iter()
            .for_each(|digit| bytes.extend(digit.to_be_bytes()));
        bytes
    }

    fn at(scale: i8, sign: u16, weight: i16, digits: &[u16]) -> Option<i128> {
        decode(&numeric(sign, weight, digits), scale, limit(38)).unwrap()
    }

    #[test]
    fn places_are_kept_or_rounded() {
        assert_eq!(at(2, POSITIVE, 0, &[12, 3400]), Some(1234)); // 12.34
        assert_eq!(at(2, NEGATIVE, 0, &[12, 3450]), Some(-1235)); // half away from zero
        assert_eq!(at(0, POSITIVE, 2, &[1]), Some(100_000_000));
        assert_eq!(at(3, POSITIVE, -1, &[5]), Some(1)); // 0.0005
        assert_eq!(at(3, POSITIVE, -1, &[4]), Some(0));
        assert_eq!(at(2, POSITIVE, -3, &[9999]), Some(0));
        assert_eq!(at(4, POSITIVE, -2, &[5000]), Some(1)); // 0.00005
        assert_eq!(at(10, POSITIVE, 0, &[]), Some(0));
    }

    #[test]
    fn what_a_decimal_cannot_hold_is_none() {
        assert_eq!(at(2, 0xC000, 0, &[]), None, "NaN");
        assert_eq!(at(2, 0xD000, 0, &[]), None, "infinity");
        assert_eq!(
            at(10, POSITIVE, 7, &[1]),
            None,
            "10^28 with ten places needs 39 digits"
        );
        assert!(decode(&[0, 1, 0, 0], 2, limit(38)).is_err());
    }
}
