//! From dead rows to the rows a scan selects.

use arrow::array::BooleanArray;
use arrow::array::BooleanBufferBuilder;
use arrow::buffer::BooleanBuffer;
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use roaring::RoaringBitmap;

/// True for every row of `rows` that is not dead.
pub(crate) fn live_mask(dead: &RoaringBitmap, rows: usize) -> BooleanArray {
    let mut mask = BooleanBufferBuilder::new(rows);
    mask.append_n(rows, true);
    for row in dead {
        mask.set_bit(row as usize, false);
    }
    let mask: BooleanBuffer = mask.finish();
    BooleanArray::new(mask, None)
}

/// Selects every row of `rows` that is not dead.
pub(crate) fn live_selection(dead: &RoaringBitmap, rows: u64) -> RowSelection {
    let mut selectors = Vec::new();
    let mut next: u64 = 0;
    for row in dead {
        let row = u64::from(row);
        push(&mut selectors, false, row - next);
        push(&mut selectors, true, 1);
        next = row + 1;
    }
    push(&mut selectors, false, rows - next);
    RowSelection::from(selectors)
}

/// Selects the given rows, which are sorted and distinct.
pub(crate) fn pick(wanted: &[u32]) -> RowSelection {
    let mut selectors = Vec::new();
    let mut next: u64 = 0;
    for &row in wanted {
        let row = u64::from(row);
        push(&mut selectors, true, row - next);
        push(&mut selectors, false, 1);
        next = row + 1;
    }
    RowSelection::from(selectors)
}

fn push(selectors: &mut Vec<RowSelector>, skip: bool, rows: u64) {
    let row_count = usize::try_from(rows).expect("a file's rows fit into memory's address space");
    if row_count > 0 {
        selectors.push(RowSelector { row_count, skip });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_the_dead() {
        let dead: RoaringBitmap = [0, 3, 4, 9].into_iter().collect();
        let selection = live_selection(&dead, 10);
        assert_eq!(selection.row_count(), 6);
        let mask = live_mask(&dead, 10);
        assert_eq!(mask.true_count(), 6);
        assert!(!mask.value(9) && mask.value(8));
        assert_eq!(selection.iter().map(|s| s.row_count).sum::<usize>(), 10);
    }

    #[test]
    fn picks_rows() {
        assert_eq!(pick(&[2, 3, 7]).row_count(), 3);
        assert_eq!(pick(&[]).row_count(), 0);
    }
}
