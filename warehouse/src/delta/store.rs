//! The object store a lake lives in.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use datafusion::execution::object_store::ObjectStoreUrl;
use deltalake_core::logstore::{LogStoreRef, StorageConfig, default_logstore};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use url::Url;
use uuid::Uuid;

use crate::config::LakeConfig;
use crate::{Error, Result, TableName};

/// Folder of the history tables below the lake's root.
pub(crate) const HISTORY: &str = "history";

/// The store, the lake's folder in it, and the names other libraries know it by.
#[derive(Debug)]
pub(crate) struct LakeStore {
    store: Arc<dyn ObjectStore>,
    base: Path,
    url: Url,
    scan_url: ObjectStoreUrl,
    local: bool,
    /// Files that are being written: no commit names them yet.
    writing: Mutex<HashSet<Path>>,
}

impl LakeStore {
    pub(crate) fn open(config: &LakeConfig) -> Result<Self> {
        let (store, _) = object_store::parse_url_opts(&config.url, config.storage_options.clone())?;
        Self::with_store(config, Arc::from(store))
    }

    /// Uses `store`, whose root is that of the URL's host.
    pub(crate) fn with_store(config: &LakeConfig, store: Arc<dyn ObjectStore>) -> Result<Self> {
        let mut url = config.url.clone();
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        let base = Path::from_url_path(url.path())
            .map_err(|error| Error::Config(format!("`{url}` is no folder: {error}")))?;
        let scan_url = ObjectStoreUrl::parse(format!("lake://{}", Uuid::new_v4().simple()))
            .map_err(|error| Error::Config(error.to_string()))?;
        let local = url.scheme() == "file";
        Ok(Self {
            store,
            base,
            url,
            scan_url,
            local,
            writing: Mutex::default(),
        })
    }

    pub(crate) fn object_store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// The URL under which scans find the store in DataFusion's registry.
    pub(crate) fn scan_url(&self) -> &ObjectStoreUrl {
        &self.scan_url
    }

    /// The full path of `file` in the table folder `folder`.
    pub(crate) fn location(&self, folder: &str, file: &str) -> Path {
        self.base
            .parts()
            .chain(Path::from(folder).parts())
            .chain(Path::from(file).parts())
            .collect()
    }

    /// Delta's view of one table folder. Commits are conditional puts, whatever the store.
    pub(crate) fn log_store(&self, folder: &str) -> Result<LogStoreRef> {
        let url = self
            .url
            .join(&format!("{folder}/"))
            .map_err(|error| Error::Config(format!("folder `{folder}`: {error}")))?;
        let prefix = self.location(folder, "");
        let prefixed = Arc::new(PrefixStore::new(self.store.clone(), prefix));
        Ok(default_logstore(
            prefixed,
            self.store.clone(),
            &url,
            &StorageConfig::default(),
        ))
    }

    /// The tables whose Delta logs lie in the lake (current ones).
    pub(crate) async fn tables(&self) -> Result<Vec<TableName>> {
        let mut tables = Vec::new();
        for schema in self.folders(&self.base).await? {
            let schema_name = last_part(&schema);
            if schema_name == HISTORY || schema_name.starts_with('_') {
                continue;
            }
            for table in self.folders(&schema).await? {
                tables.push(TableName::new(schema_name.clone(), last_part(&table)));
            }
        }
        Ok(tables)
    }

    async fn folders(&self, path: &Path) -> Result<Vec<Path>> {
        Ok(self
            .store
            .list_with_delimiter(Some(path))
            .await?
            .common_prefixes)
    }

    /// Makes sure that the store refuses to overwrite an object when told so: two writers that
    /// commit the same version would lose data otherwise.
    pub(crate) async fn require_conditional_put(&self) -> Result<()> {
        let probe = self.location("_basalt", "lake.json");
        let create = || PutOptions::from(PutMode::Create);
        let content = || r#"{"format":1}"#.into();
        match self.store.put_opts(&probe, content(), create()).await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        match self.store.put_opts(&probe, content(), create()).await {
            Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Ok(_) => Err(Error::Config(format!(
                "the object store of {} overwrites objects it was told to create; a lake needs conditional put",
                self.url
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until files and their folders are on disk. Stores other than the local file system
    /// promise that themselves.
    pub(crate) async fn settle(&self, files: Vec<Path>) -> Result<()> {
        if !self.local {
            return Ok(());
        }
        let sync = move || -> std::io::Result<()> {
            for file in files {
                let path = PathBuf::from(format!("/{file}"));
                std::fs::File::open(&path)?.sync_all()?;
                if let Some(folder) = path.parent() {
                    std::fs::File::open(folder)?.sync_all()?;
                }
            }
            Ok(())
        };
        tokio::task::spawn_blocking(sync).await?.map_err(|source| {
            object_store::Error::Generic {
                store: "local",
                source: Box::new(source),
            }
            .into()
        })
    }

    /// Notes that a file is being written, which keeps vacuum from it.
    pub(crate) fn begin_writing(&self, file: &Path) {
        self.writing_now().insert(file.clone());
    }

    /// Notes that a commit names these files, or never will.
    pub(crate) fn written(&self, files: &[Path]) {
        let mut writing = self.writing_now();
        for file in files {
            writing.remove(file);
        }
    }

    pub(crate) fn is_being_written(&self, file: &Path) -> bool {
        self.writing_now().contains(file)
    }

    fn writing_now(&self) -> MutexGuard<'_, HashSet<Path>> {
        self.writing
            .lock()
            .expect("nothing panics while it holds the list")
    }

    /// A short text the lake keeps under a name; none when there is no such note.
    pub(crate) async fn note(&self, name: &str) -> Result<Option<String>> {
        match self.store.get(&self.note_location(name)).await {
            Ok(found) => {
                let text = found.bytes().await?;
                Ok(Some(String::from_utf8_lossy(&text).into_owned()))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a note, durably, in place of the one before.
    pub(crate) async fn set_note(&self, name: &str, text: &str) -> Result<()> {
        let location = self.note_location(name);
        self.store.put(&location, text.to_owned().into()).await?;
        self.settle(vec![location]).await
    }

    /// Removes a note; one that is not there is no error.
    pub(crate) async fn drop_note(&self, name: &str) -> Result<()> {
        match self.store.delete(&self.note_location(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn note_location(&self, name: &str) -> Path {
        self.location("_basalt/notes", name)
    }

    /// Removes files that no commit names; failures leave garbage for a later vacuum.
    pub(crate) async fn discard(&self, files: &[Path]) {
        self.written(files);
        for file in files {
            if let Err(error) = self.store.delete(file).await {
                tracing::warn!(file = %file, %error, "could not remove an uncommitted file");
            }
        }
    }
}

fn last_part(path: &Path) -> String {
    path.parts()
        .next_back()
        .map(|part| part.as_ref().to_owned())
        .unwrap_or_default()
}
