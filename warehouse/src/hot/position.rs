//! Where a row is: in which hot segment or Parquet file, and which row of it.

/// A row's place, packed into eight bytes: one bit tier, 31 bits number, 32 bits row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Position(u64);

/// The unpacked form of a [`Position`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    File { no: u32, row: u32 },
    Hot { no: u32, row: u32 },
}

const HOT: u64 = 1 << 63;

impl Position {
    pub(crate) fn file(no: u32, row: u32) -> Self {
        debug_assert!(no < 1 << 31);
        Self(u64::from(no) << 32 | u64::from(row))
    }

    pub(crate) fn hot(no: u32, row: u32) -> Self {
        Self(Self::file(no, row).0 | HOT)
    }

    pub(crate) fn place(self) -> Place {
        let row = self.0 as u32;
        let no = (self.0 >> 32) as u32 & 0x7FFF_FFFF;
        if self.0 & HOT == 0 {
            Place::File { no, row }
        } else {
            Place::Hot { no, row }
        }
    }

    pub(crate) fn is_hot(self) -> bool {
        self.0 & HOT != 0
    }

    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_what_it_packs() {
        let no = (1 << 31) - 1;
        assert_eq!(
            Position::file(no, u32::MAX).place(),
            Place::File { no, row: u32::MAX }
        );
        assert_eq!(Position::hot(3, 7).place(), Place::Hot { no: 3, row: 7 });
        assert_eq!(
            Position::from_bits(Position::hot(3, 7).bits()),
            Position::hot(3, 7)
        );
    }
}
