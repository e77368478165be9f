//! The colours of heat maps, the same in every rendering.

/// Palest and deepest colour of the scale.
const FROM: [f64; 3] = [238.0, 244.0, 246.0];
const TO: [f64; 3] = [15.0, 110.0, 132.0];
/// The deepest colour is not used to the full, so that text stays readable.
const DEPTH: f64 = 0.88;
/// From this share on, text on the colour is white.
const DARK_FROM: f64 = 0.8;

/// Background (0xRRGGBB) for a share from 0 to 1, and whether it is dark.
pub fn of(share: f64) -> (u32, bool) {
    let share = share.clamp(0.0, 1.0);
    let mixed = FROM
        .iter()
        .zip(TO)
        .map(|(from, to)| (from + (to - from) * share * DEPTH).round() as u32);
    (
        mixed.fold(0, |color, part| color << 8 | part),
        share > DARK_FROM,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeper_shares_are_darker() {
        assert_eq!(of(0.0), (0xEE_F4_F6, false));
        assert!(of(1.0).1);
        assert!(of(1.0).0 < of(0.5).0);
    }
}
