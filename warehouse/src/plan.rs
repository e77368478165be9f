//! What a flush of one Delta table is to write, decided while nobody changes the table.

use std::collections::BTreeSet;
use std::sync::Arc;

use object_store::path::Path;
use roaring::RoaringBitmap;

use crate::config::Profile;
use crate::delta::file::DataFile;
use crate::hot::live::LiveFile;
use crate::merge::{Input, Merge};
use crate::state::{Disk, Half, Side};
use crate::{Lsn, TableName};

/// As many small files are merged into one with the next flush.
pub(crate) const SMALL_FILES: usize = 8;

/// What one half is to write.
pub(crate) struct Plan {
    pub(crate) table: TableName,
    pub(crate) side: Side,
    pub(crate) disk: Arc<Disk>,
    pub(crate) merge: Merge,
    /// Files that get a new deletion vector.
    pub(crate) dying: Vec<Dying>,
    /// Files that are there already and only have to be named.
    pub(crate) named: Vec<(u32, Arc<DataFile>)>,
    /// The position of the content; none when it stays as it is (files are only rewritten).
    pub(crate) lsn: Option<Lsn>,
    /// The position the half stands at afterwards.
    pub(crate) at: Lsn,
    pub(crate) gone: Gone,
    pub(crate) epoch: u64,
    pub(crate) rows: u64,
    pub(crate) metadata: Option<String>,
}

/// A file whose dead rows are to be listed in the Delta table.
pub(crate) struct Dying {
    pub(crate) no: u32,
    pub(crate) file: Arc<DataFile>,
    pub(crate) dead: Arc<RoaringBitmap>,
}

/// Files and segments that new files replace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gone {
    pub(crate) files: Vec<u32>,
    pub(crate) paths: BTreeSet<String>,
    /// Files that no commit ever named.
    pub(crate) unnamed: Vec<Path>,
    pub(crate) segments: Vec<u32>,
}

impl Gone {
    /// Replaces a file.
    pub(crate) fn file(&mut self, no: u32, live: &LiveFile) {
        self.files.push(no);
        if live.committed {
            self.paths.insert(live.file.path.clone());
        } else {
            self.unnamed.push(live.file.location.clone());
        }
    }
}

/// What a flush does with a file.
enum Fate {
    Keep,
    /// It is named for the first time.
    Name,
    /// Every row is dead.
    Drop,
    /// Its dead rows are listed.
    Redraw,
    Rewrite,
}

impl Plan {
    /// The plan of a sealed half that takes part in a flush.
    pub(crate) fn new(
        name: &TableName,
        side: Side,
        half: &Half,
        applied: Lsn,
        small_rows: u32,
        pending: bool,
        definition: &str,
    ) -> Self {
        let live = &half.live;
        let mut gone = Gone::default();
        let mut dying = Vec::new();
        let mut named = Vec::new();
        let mut alone = Vec::new();
        let mut together = Vec::new();
        let small = |live: &LiveFile| live.file.rows < small_rows;
        let crowded = live.files.values().filter(|live| small(live)).count() >= SMALL_FILES;
        for (&no, live) in &live.files {
            match fate(half, live, crowded && small(live)) {
                Fate::Keep => {}
                Fate::Name => named.push((no, live.file.clone())),
                Fate::Drop => gone.file(no, live),
                Fate::Redraw => dying.push(Dying {
                    no,
                    file: live.file.clone(),
                    dead: live.dead.clone(),
                }),
                Fate::Rewrite => {
                    gone.file(no, live);
                    let input = Input::File {
                        no,
                        file: live.file.clone(),
                        dead: live.dead.clone(),
                    };
                    if small(live) {
                        together.push(input);
                    } else {
                        alone.push(vec![input]);
                    }
                }
            }
        }
        for (&no, segment) in &live.segments {
            gone.segments.push(no);
            if let Some(batch) = segment.batch() {
                together.push(Input::Segment {
                    no,
                    batch: batch.clone(),
                    dead: segment.dead.clone(),
                });
            }
        }
        alone.push(together);
        let at = live.lsn.unwrap_or_default().max(applied);
        Self {
            table: name.clone(),
            side,
            disk: half.disk.clone(),
            merge: Merge {
                schema: live.schema.clone(),
                codec: live.codec.clone(),
                order: half.order.clone(),
                prefix: "part-".to_owned(),
                groups: alone,
                blank: None,
            },
            dying,
            named,
            lsn: pending.then_some(at),
            at,
            gone,
            epoch: live.epoch,
            rows: live.rows,
            metadata: half.rewrite.then(|| definition.to_owned()),
        }
    }
}

fn fate(half: &Half, live: &LiveFile, crowded: bool) -> Fate {
    // A vector belongs to a file that the Delta table has.
    let listed = half.profile == Profile::Mor && live.committed;
    let lossy = !listed && !live.dead.is_empty();
    if live.dead.len() == u64::from(live.file.rows) {
        Fate::Drop
    } else if half.rewrite || crowded || lossy {
        Fate::Rewrite
    } else if live.newly_dead() > 0 {
        Fate::Redraw
    } else if !live.committed {
        Fate::Name
    } else {
        Fate::Keep
    }
}
