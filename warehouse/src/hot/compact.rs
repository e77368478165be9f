//! A compact hash table from integer keys to positions: about 21 bytes a key.
//!
//! Open addressing over sixteen-byte slots, in 256 parts that grow one by one and by a quarter at a
//! time: no growth moves more than a 256th of the keys, and no part is ever half empty.

use super::position::Position;

const PARTS: usize = 256;
/// A part grows when more of its slots are taken, in percent.
const FULL_PERCENT: usize = 87;
/// The bits of no row's position.
const FREE: u64 = u64::MAX;

/// From integer key to position.
#[derive(Debug)]
pub(crate) struct CompactIndex {
    parts: Vec<Part>,
    len: usize,
}

#[derive(Clone, Debug, Default)]
struct Part {
    /// Key and position; runs of taken slots are never broken by a free one before a key's place.
    slots: Vec<(i64, u64)>,
    taken: usize,
}

impl CompactIndex {
    pub(crate) fn new() -> Self {
        Self {
            parts: vec![Part::default(); PARTS],
            len: 0,
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Memory held, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let slots: usize = self.parts.iter().map(|part| part.slots.capacity()).sum();
        slots * size_of::<(i64, u64)>() + self.parts.capacity() * size_of::<Part>()
    }

    pub(crate) fn get(&self, key: i64) -> Option<Position> {
        let (part, hash) = split(key);
        let part = &self.parts[part];
        let slot = part.find(key, hash)?;
        Some(Position::from_bits(part.slots[slot].1))
    }

    /// Returns the position the key had before.
    pub(crate) fn insert(&mut self, key: i64, at: Position) -> Option<Position> {
        let (number, hash) = split(key);
        let part = &mut self.parts[number];
        if let Some(slot) = part.find(key, hash) {
            let before = std::mem::replace(&mut part.slots[slot].1, at.bits());
            return Some(Position::from_bits(before));
        }
        if (part.taken + 1) * 100 > part.slots.len() * FULL_PERCENT {
            part.grow(part.slots.len() + part.slots.len() / 4 + first_slots(number));
        }
        part.put(key, hash, at.bits());
        self.len += 1;
        None
    }

    /// Moves the key from `old` to `new` if it still is at `old`.
    pub(crate) fn relocate(&mut self, key: i64, old: Position, new: Position) -> bool {
        let (part, hash) = split(key);
        let part = &mut self.parts[part];
        match part.find(key, hash) {
            Some(slot) if part.slots[slot].1 == old.bits() => {
                part.slots[slot].1 = new.bits();
                true
            }
            _ => false,
        }
    }

    pub(crate) fn remove(&mut self, key: i64) -> Option<Position> {
        let (part, hash) = split(key);
        let part = &mut self.parts[part];
        let slot = part.find(key, hash)?;
        let before = part.slots[slot].1;
        part.free(slot);
        self.len -= 1;
        Some(Position::from_bits(before))
    }

    /// Makes room for as many more keys.
    pub(crate) fn reserve(&mut self, additional: usize) {
        let wanted = (self.len + additional) / PARTS;
        for (number, part) in self.parts.iter_mut().enumerate() {
            // Parts differ in size, so that they don't all grow at the same time.
            let room = wanted * (115 + 25 * number / PARTS) / 100;
            let slots = part.slots.len();
            if wanted > 0 && room > slots {
                // By a quarter at least, lest many small announcements move the keys each time.
                part.grow(room.max(slots + slots / 4) + first_slots(number));
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = i64> {
        let slots = self.parts.iter().flat_map(|part| &part.slots);
        slots.filter(|slot| slot.1 != FREE).map(|slot| slot.0)
    }
}

impl Part {
    /// The slot a key would like to be in.
    fn home(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.slots.len() as u128) >> 64) as usize
    }

    fn find(&self, key: i64, hash: u64) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let mut slot = self.home(hash);
        loop {
            match self.slots[slot] {
                (_, FREE) => return None,
                (there, _) if there == key => return Some(slot),
                _ => slot = self.after(slot),
            }
        }
    }

    fn after(&self, slot: usize) -> usize {
        if slot + 1 == self.slots.len() {
            0
        } else {
            slot + 1
        }
    }

    /// Adds a key that is not there; a slot must be free.
    fn put(&mut self, key: i64, hash: u64, at: u64) {
        let mut slot = self.home(hash);
        while self.slots[slot].1 != FREE {
            slot = self.after(slot);
        }
        self.slots[slot] = (key, at);
        self.taken += 1;
    }

    /// Frees a slot and moves up the keys behind it that would like to be nearer.
    fn free(&mut self, slot: usize) {
        let size = self.slots.len();
        let distance = |from: usize, to: usize| {
            if to >= from {
                to - from
            } else {
                to + size - from
            }
        };
        let mut hole = slot;
        let mut next = self.after(slot);
        while self.slots[next].1 != FREE {
            let home = self.home(split(self.slots[next].0).1);
            if distance(home, next) >= distance(hole, next) {
                self.slots[hole] = self.slots[next];
                hole = next;
            }
            next = self.after(next);
        }
        self.slots[hole].1 = FREE;
        self.taken -= 1;
    }

    fn grow(&mut self, slots: usize) {
        let before = std::mem::replace(&mut self.slots, vec![(0, FREE); slots]);
        self.taken = 0;
        for (key, at) in before {
            if at != FREE {
                self.put(key, split(key).1, at);
            }
        }
    }
}

fn first_slots(part: usize) -> usize {
    3 + part % 4
}

/// The part a key belongs to, and its hash within.
fn split(key: i64) -> (usize, u64) {
    let product = u128::from(key as u64 ^ 0x243F_6A88_85A3_08D3) * 0x9E37_79B9_7F4A_7C15;
    let mut hash = (product as u64) ^ (product >> 64) as u64;
    hash = (hash ^ (hash >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    ((hash >> 56) as usize, hash << 8)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_takes_no_more_than_24_bytes() {
        for scattered in [false, true] {
            let mut index = CompactIndex::new();
            let mut worst: f64 = 0.0;
            for key in 0..2_000_000_i64 {
                let spread = if scattered {
                    key.wrapping_mul(0x5851_F42D_4C95_7F2D)
                } else {
                    key
                };
                index.insert(spread, Position::file(1, 7));
                if key > 100_000 && key % 10_000 == 0 {
                    worst = worst.max(index.bytes() as f64 / index.len() as f64);
                }
            }
            let now = index.bytes() as f64 / index.len() as f64;
            println!("{now:.1} bytes a key for 2 M keys, {worst:.1} at worst on the way");
            assert!(worst <= 24.0, "{worst} bytes a key");
            let mut reserved = CompactIndex::new();
            reserved.reserve(1_000_000);
            for key in 0..1_000_000 {
                reserved.insert(key, Position::file(1, 7));
            }
            let bytes = reserved.bytes() as f64 / 1e6;
            println!("{bytes:.1} bytes a key when 1 M keys were announced");
            assert!(bytes <= 24.0, "{bytes} bytes a key");
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Insert(i64, u32),
        Remove(i64),
        Relocate(i64, u32, u32),
        Reserve(usize),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        let key = prop_oneof![0..400_i64, any::<i64>()];
        prop_oneof![
            300 => (key.clone(), 0..9_u32).prop_map(|(key, row)| Step::Insert(key, row)),
            150 => key.clone().prop_map(Step::Remove),
            50 => (key, 0..9_u32, 0..9_u32).prop_map(|(key, old, new)| Step::Relocate(key, old, new)),
            3 => (0..5000_usize).prop_map(Step::Reserve),
            1 => Just(Step::Clear),
        ]
    }

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec(step(), 1..3000)) {
            let mut index = CompactIndex::new();
            let mut map: HashMap<i64, Position> = HashMap::new();
            for step in steps {
                match step {
                    Step::Insert(key, row) => {
                        let at = Position::hot(3, row);
                        prop_assert_eq!(index.insert(key, at), map.insert(key, at));
                    }
                    Step::Remove(key) => prop_assert_eq!(index.remove(key), map.remove(&key)),
                    Step::Relocate(key, old, new) => {
                        let (old, new) = (Position::hot(3, old), Position::hot(3, new));
                        let there = map.get_mut(&key).filter(|at| **at == old);
                        prop_assert_eq!(index.relocate(key, old, new), there.is_some());
                        if let Some(at) = there {
                            *at = new;
                        }
                    }
                    Step::Reserve(keys) => index.reserve(keys),
                    Step::Clear => {
                        index.clear();
                        map.clear();
                    }
                }
                prop_assert_eq!(index.len(), map.len());
            }
            for (&key, &at) in &map {
                prop_assert_eq!(index.get(key), Some(at));
            }
            let mut keys: Vec<_> = index.keys().collect();
            keys.sort_unstable();
            let mut expected: Vec<_> = map.into_keys().collect();
            expected.sort_unstable();
            prop_assert_eq!(keys, expected);
        }
    }
}
