//! An object store that fails as told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use basalt_warehouse::{Lake, LakeConfig, Lsn};
use chrono::DateTime;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};
use url::Url;

use crate::support::{thing, thing_def};

/// How a [`Faulty`] store misbehaves.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u8)]
pub enum Fault {
    None,
    /// Refuses to write.
    Deny,
    /// Writes a commit, but answers with an error.
    LoseAnswer,
    /// The same, and nothing can be read afterwards.
    LoseAnswerAndGoAway,
    /// Overwrites what it was told to create.
    Overwrite,
    Away,
    /// Refuses to write to the current table.
    DenyCurrent,
    /// Refuses to commit to the history.
    DenyHistory,
}

#[derive(Debug)]
pub struct Faulty {
    inner: InMemory,
    fault: AtomicU8,
}

impl Faulty {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: InMemory::new(),
            fault: AtomicU8::new(Fault::None as u8),
        })
    }

    pub fn set(&self, fault: Fault) {
        self.fault.store(fault as u8, Ordering::SeqCst);
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault.load(Ordering::SeqCst) == fault as u8
    }

    fn error(&self) -> object_store::Error {
        object_store::Error::Generic {
            store: "faulty",
            source: "as told".into(),
        }
    }
}

impl std::fmt::Display for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("faulty")
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        mut opts: PutOptions,
    ) -> StoreResult<PutResult> {
        if self.is(Fault::Deny) || self.is(Fault::Away) {
            return Err(self.error());
        }
        let path = location.as_ref();
        let denied = (self.is(Fault::DenyCurrent) && path.contains("/crm/"))
            || (self.is(Fault::DenyHistory) && path.contains("/history/thing/_delta_log"));
        if denied {
            return Err(self.error());
        }
        if self.is(Fault::Overwrite) {
            opts.mode = PutMode::Overwrite;
        }
        let answer = self.inner.put_opts(location, payload, opts).await?;
        let commit = location.as_ref().contains("_delta_log/0");
        if commit && self.is(Fault::LoseAnswer) {
            return Err(self.error());
        }
        if commit && self.is(Fault::LoseAnswerAndGoAway) {
            self.set(Fault::Away);
            return Err(self.error());
        }
        Ok(answer)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        if self.is(Fault::Away) {
            Err(self.error())
        } else {
            self.inner.get_opts(location, options).await
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StoreResult<Path>>,
    ) -> BoxStream<'static, StoreResult<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        if self.is(Fault::Away) {
            let error = self.error();
            return Box::pin(futures::stream::once(async { Err(error) }));
        }
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

pub fn bucket() -> LakeConfig {
    let url = Url::parse("s3://bucket/some/lake").unwrap();
    LakeConfig {
        row_group_rows: 4,
        file_rows: 64,
        ..LakeConfig::new(url)
    }
}

/// A lake in the store with an empty `crm.thing`, copied at position 10.
pub async fn lake(store: &Arc<Faulty>) -> Lake {
    with_thing(
        Lake::open_with_store(bucket(), store.clone())
            .await
            .unwrap(),
    )
    .await
}

/// The lake with an empty table of things, as of position 10.
pub async fn with_thing(lake: Lake) -> Lake {
    lake.ensure_table(&thing_def()).await.unwrap();
    if lake.table_lsn(&thing()).is_none() {
        let copy = lake.begin_copy(&thing()).await.unwrap();
        copy.finish(Lsn(10), DateTime::from_timestamp(1_700_000_000, 0).unwrap())
            .await
            .unwrap();
    }
    lake
}
