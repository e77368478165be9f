//! The archive of what was sent: files that are written once, read-only, and checked by their hash when they are read.

use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use chrono::{DateTime, Datelike, Utc};
use sha2::{Digest, Sha256};

use crate::{Error, Format};

/// The archive's folder.
#[derive(Debug, Clone)]
pub struct Archive {
    folder: PathBuf,
}

/// A file in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// Below the archive's folder, with `/`.
    pub path: String,
    pub bytes: i64,
    pub sha256: String,
}

impl Archive {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Writes a file of a delivery. A file that is there already with the same bytes is left alone (an attempt
    /// that died after writing); with other bytes, the new one gets a name of its own.
    pub fn keep(
        &self,
        delivery: i64,
        due_at: DateTime<Utc>,
        format: Format,
        content: &[u8],
    ) -> Result<Archived, Error> {
        let sha256 = hash(content);
        let folder = format!("{:04}/{:02}", due_at.year(), due_at.month());
        let path = format!(
            "{folder}/{delivery}-{}.{}",
            &sha256[..12],
            format.extension()
        );
        let full = self.folder.join(&path);
        let failed = |error: std::io::Error| Error::Archive {
            path: full.display().to_string(),
            reason: error.to_string(),
        };
        fs::create_dir_all(self.folder.join(&folder)).map_err(failed)?;
        if !full.exists() {
            let half = full.with_extension("part");
            let mut file = fs::File::create(&half).map_err(failed)?;
            file.write_all(content)
                .and_then(|()| file.sync_all())
                .map_err(failed)?;
            let mut permissions = file.metadata().map_err(failed)?.permissions();
            permissions.set_readonly(true);
            fs::set_permissions(&half, permissions).map_err(failed)?;
            fs::rename(&half, &full).map_err(failed)?;
        }
        Ok(Archived {
            path,
            bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
            sha256,
        })
    }

    /// Reads a file back; its hash must still be the one that was kept.
    pub fn open(&self, path: &str, sha256: &str) -> Result<Vec<u8>, Error> {
        let failed = |reason: String| Error::Archive {
            path: path.to_owned(),
            reason,
        };
        let plain = Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !plain {
            return Err(failed("the path leaves the archive".to_owned()));
        }
        let content =
            fs::read(self.folder.join(path)).map_err(|error| failed(error.to_string()))?;
        if hash(&content) != sha256 {
            return Err(failed(
                "the file is not the one that was sent (its hash differs)".to_owned(),
            ));
        }
        Ok(content)
    }
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let archive = Archive::new(folder.path());
        let due = DateTime::from_timestamp(1_790_000_000, 0).expect("an instant");
        let kept = archive.keep(7, due, Format::Pdf, b"%PDF-x").expect("kept");
        assert_eq!(
            archive
                .keep(7, due, Format::Pdf, b"%PDF-x")
                .expect("kept again"),
            kept
        );
        assert_eq!(
            archive.open(&kept.path, &kept.sha256).expect("read"),
            b"%PDF-x"
        );
        let full = folder.path().join(&kept.path);
        assert!(fs::metadata(&full).expect("there").permissions().readonly());
        fs::remove_file(&full).expect("removed");
        fs::write(&full, b"forged").expect("written");
        let error = archive
            .open(&kept.path, &kept.sha256)
            .expect_err("not what was sent");
        assert!(error.to_string().contains("hash differs"), "{error}");
        assert!(archive.open("../secret", &kept.sha256).is_err());
    }
}
