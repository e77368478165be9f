//! The pace of a run: a token bucket that allows a second's worth at once.

use std::time::Instant;

/// Tokens that flow in at a constant rate and are taken by messages.
#[derive(Debug)]
pub struct TokenBucket {
    per_second: f64,
    tokens: f64,
    filled_at: Instant,
}

impl TokenBucket {
    /// A full bucket. A rate below one a second still allows single messages.
    pub fn new(per_second: f64, now: Instant) -> Self {
        Self {
            per_second,
            tokens: per_second.max(1.0),
            filled_at: now,
        }
    }

    /// Takes up to `wanted` tokens; returns how many.
    pub fn take(&mut self, wanted: usize, now: Instant) -> usize {
        self.fill(now);
        let mut taken = 0;
        while taken < wanted && self.tokens >= 1.0 {
            self.tokens -= 1.0;
            taken += 1;
        }
        taken
    }

    /// Gives back what was taken and not used.
    pub fn put_back(&mut self, unused: usize) {
        for _ in 0..unused {
            self.tokens += 1.0;
        }
        self.tokens = self.tokens.min(self.per_second.max(1.0));
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.filled_at = now;
        self.tokens = (self.tokens + passed * self.per_second).min(self.per_second.max(1.0));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whoever asks whenever: over any stretch no more than the rate allows, plus one second's burst.
        #[test]
        fn the_rate_is_kept(
            per_second in 1.0..500.0_f64,
            steps in prop::collection::vec((0..2_000_u64, 0..300_usize), 1..60),
        ) {
            let start = Instant::now();
            let mut now = start;
            let mut bucket = TokenBucket::new(per_second, now);
            let mut taken = 0;
            for (milliseconds, wanted) in steps {
                now += Duration::from_millis(milliseconds);
                let got = bucket.take(wanted, now);
                prop_assert!(got <= wanted);
                taken += got;
                let passed = now.duration_since(start).as_secs_f64();
                let allowed = per_second.mul_add(passed, per_second) + 1e-6;
                prop_assert!(f64::from(u32::try_from(taken).unwrap()) <= allowed);
            }
        }
    }

    #[test]
    fn a_slow_run_waits_for_its_next_message() {
        let now = Instant::now();
        let mut bucket = TokenBucket::new(0.5, now);
        assert_eq!(bucket.take(5, now), 1);
        assert_eq!(bucket.take(5, now + Duration::from_secs(1)), 0);
        assert_eq!(bucket.take(5, now + Duration::from_secs(2)), 1);
        bucket.put_back(1);
        assert_eq!(bucket.take(5, now + Duration::from_secs(2)), 1);
    }
}
