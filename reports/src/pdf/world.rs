//! All that typst may see of the outside: the template, the report's data, its charts and the fonts.
//! No files, no network, no packages, no clock.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::Error;
use crate::chart::FONT;

const TEMPLATE: &str = include_str!("../../templates/report.typ");

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

/// The fonts of printed reports, read once and shared by all renderings.
#[derive(Clone)]
pub struct Fonts(Arc<Loaded>);

struct Loaded {
    book: LazyHash<FontBook>,
    faces: Vec<Font>,
}

impl Fonts {
    /// Reads the upright faces of Noto Sans CJK from the folder (Debian: package `fonts-noto-cjk`).
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let mut faces = Vec::new();
        for file in ["NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"] {
            let path = folder.join(file);
            let bytes = std::fs::read(&path).map_err(|source| Error::Font {
                path: path.display().to_string(),
                reason: source.to_string(),
            })?;
            faces.extend(Font::iter(Bytes::new(bytes)).filter(|font| font.info().family == FONT));
        }
        if faces.is_empty() {
            let path = folder.display().to_string();
            return Err(Error::Font {
                path,
                reason: format!("no face of the family {FONT}"),
            });
        }
        Ok(Self(Arc::new(Loaded {
            book: LazyHash::new(FontBook::from_fonts(&faces)),
            faces,
        })))
    }
}

/// One compile's world.
pub(super) struct ReportWorld<'a> {
    fonts: &'a Loaded,
    main: Source,
    files: Vec<(FileId, Bytes)>,
}

impl<'a> ReportWorld<'a> {
    pub fn new(fonts: &'a Fonts, data: String, charts: Vec<String>) -> Self {
        let mut files = vec![(file_id("report.json"), Bytes::from_string(data))];
        for (index, chart) in charts.into_iter().enumerate() {
            files.push((file_id(&chart_file(index)), Bytes::from_string(chart)));
        }
        Self {
            fonts: &fonts.0,
            main: Source::new(file_id("report.typ"), TEMPLATE.to_owned()),
            files,
        }
    }
}

/// The name under which the template finds a chart.
pub(super) fn chart_file(index: usize) -> String {
    format!("chart-{index}.svg")
}

fn file_id(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("the report's own file names are plain");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

impl World for ReportWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            Ok(self.main.clone())
        } else {
            Err(not_there(id))
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let file = self.files.iter().find(|(known, _)| *known == id);
        file.map(|(_, bytes)| bytes.clone())
            .ok_or_else(|| not_there(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.faces.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn not_there(id: FileId) -> FileError {
    FileError::NotFound(id.get().vpath().get_without_slash().into())
}
