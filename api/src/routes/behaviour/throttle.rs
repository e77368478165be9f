//! How much one address may send without being known.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Addresses that are remembered; when there are more, those that are at rest are forgotten.
const REMEMBERED: usize = 100_000;

/// A bucket an address: it holds `burst` and refills by `each_second`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Throttle {
    burst: f64,
    each_second: f64,
    buckets: Arc<Mutex<HashMap<String, (f64, Instant)>>>,
}

impl Throttle {
    pub fn new(burst: u32, each_second: u32) -> Self {
        Self {
            burst: burst.into(),
            each_second: each_second.into(),
            buckets: Arc::default(),
        }
    }

    /// Takes `amount`, or says how long to wait for it.
    ///
    /// # Errors
    /// The bucket doesn't hold as much. An amount that it never holds is taken when it is full.
    pub fn take(&self, address: &str, amount: u32, now: Instant) -> Result<(), Duration> {
        let amount = f64::from(amount).min(self.burst);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED {
            let rest = Duration::from_secs_f64(self.burst / self.each_second);
            buckets.retain(|_, (_, at)| now.saturating_duration_since(*at) < rest);
        }
        let (level, at) = buckets
            .entry(address.to_owned())
            .or_insert((self.burst, now));
        let refilled = now.saturating_duration_since(*at).as_secs_f64() * self.each_second;
        *level = (*level + refilled).min(self.burst);
        *at = now;
        if *level < amount {
            return Err(Duration::from_secs_f64(
                (amount - *level) / self.each_second,
            ));
        }
        *level -= amount;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_refills_and_is_an_addresss_own() {
        let throttle = Throttle::new(10, 2);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(throttle.take("a", 10, at(0)).is_ok());
        assert_eq!(throttle.take("a", 4, at(0)), Err(Duration::from_secs(2)));
        assert!(throttle.take("b", 4, at(0)).is_ok());
        assert!(throttle.take("a", 4, at(2)).is_ok());
        assert_eq!(throttle.take("a", 500, at(3)), Err(Duration::from_secs(4)));
        assert!(throttle.take("a", 500, at(7)).is_ok());
    }
}
