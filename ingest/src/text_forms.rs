//! Text of the types Delta has no type for: `uuid`, `time` and `interval`.

use std::io::Write;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// `8-4-4-4-12` in lower case.
pub(crate) fn uuid(value: [u8; 16], into: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (index, byte) in value.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            into.push(b'-');
        }
        into.push(DIGITS[usize::from(byte >> 4)]);
        into.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// `HH:MM:SS[.f]` as Postgres prints a `time`.
pub(crate) fn time(micros: i64, into: &mut Vec<u8>) {
    write(
        into,
        format_args!(
            "{:02}:{:02}:{:02}",
            micros / HOUR,
            micros / MINUTE % 60,
            micros / SECOND % 60
        ),
    );
    fraction(micros % SECOND, into);
}

/// ISO 8601 as Postgres prints an `interval` under `intervalstyle = 'iso_8601'`.
pub(crate) fn interval(value: [u8; 16], into: &mut Vec<u8>) {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = value;
    let micros = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let days = i32::from_be_bytes([i, j, k, l]);
    let months = i32::from_be_bytes([m, n, o, p]);
    if micros == 0 && days == 0 && months == 0 {
        into.extend_from_slice(b"PT0S");
        return;
    }
    into.push(b'P');
    for (value, unit) in [(months / 12, 'Y'), (months % 12, 'M'), (days, 'D')] {
        if value != 0 {
            write(into, format_args!("{value}{unit}"));
        }
    }
    if micros == 0 {
        return;
    }
    into.push(b'T');
    for (value, unit) in [(micros / HOUR, 'H'), (micros / MINUTE % 60, 'M')] {
        if value != 0 {
            write(into, format_args!("{value}{unit}"));
        }
    }
    let seconds = micros % MINUTE;
    if seconds != 0 {
        if seconds < 0 {
            into.push(b'-');
        }
        write(into, format_args!("{}", (seconds / SECOND).abs()));
        fraction((seconds % SECOND).abs(), into);
        into.push(b'S');
    }
}

/// `.ffffff` without trailing zeros; nothing for zero.
fn fraction(micros: i64, into: &mut Vec<u8>) {
    if micros != 0 {
        write(into, format_args!(".{micros:06}"));
        while into.last() == Some(&b'0') {
            into.pop();
        }
    }
}

fn write(into: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    into.write_fmt(text)
        .expect("writing to memory does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(fill: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut bytes = Vec::new();
        fill(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    fn iso(months: i32, days: i32, micros: i64) -> String {
        let mut value = [0; 16];
        value[..8].copy_from_slice(&micros.to_be_bytes());
        value[8..12].copy_from_slice(&days.to_be_bytes());
        value[12..].copy_from_slice(&months.to_be_bytes());
        text(|into| interval(value, into))
    }

    #[test]
    fn intervals_read_like_postgres() {
        assert_eq!(iso(0, 0, 0), "PT0S");
        assert_eq!(
            iso(14, 3, 4 * HOUR + 5 * MINUTE + 6_700_000),
            "P1Y2M3DT4H5M6.7S"
        );
        assert_eq!(iso(-14, 0, -500_000), "P-1Y-2MT-0.5S");
        assert_eq!(iso(0, 1, 0), "P1D");
    }

    #[test]
    fn times_and_uuids() {
        assert_eq!(
            text(|into| time(8 * HOUR + 30 * MINUTE + 250_000, into)),
            "08:30:00.25"
        );
        assert_eq!(text(|into| time(24 * HOUR, into)), "24:00:00");
        let id = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef_u128.to_be_bytes();
        assert_eq!(
            text(|into| uuid(id, into)),
            "01234567-89ab-cdef-0123-456789abcdef"
        );
    }
}
