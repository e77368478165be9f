//! An object store that fails as told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering};

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
    /// Refuses to write a manifest.
    DenyManifest,
    /// Writes a manifest, but answers with an error.
    LoseManifest,
}

#[derive(Debug)]
pub struct Faulty {
    inner: InMemory,
    fault: AtomicU8,
    /// Changes left before the store goes away; negative for never.
    left: AtomicI64,
    /// Is the change done at which it goes away?
    done: AtomicBool,
}

impl Faulty {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: InMemory::new(),
            fault: AtomicU8::new(Fault::None as u8),
            left: AtomicI64::new(-1),
            done: AtomicBool::new(false),
        })
    }

    /// Lets `changes` more changes (writes or deletions) pass; the one after is done or not, and
    /// nothing is answered from then on.
    pub fn go_away_after(&self, changes: i64, done: bool) {
        self.done.store(done, Ordering::SeqCst);
        self.left.store(changes, Ordering::SeqCst);
    }

    /// Is the store away, as told by [`Faulty::go_away_after`]? It comes back.
    pub fn come_back(&self) -> bool {
        self.left.store(-1, Ordering::SeqCst);
        let away = self.is(Fault::Away);
        self.set(Fault::None);
        away
    }

    /// Counts a change; `Some(done)` when it is the one at which the store goes away.
    fn last_change(&self) -> Option<bool> {
        if self.left.load(Ordering::SeqCst) < 0 || self.is(Fault::Away) {
            return None;
        }
        if self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return None;
        }
        self.set(Fault::Away);
        Some(self.done.load(Ordering::SeqCst))
    }

    /// Every object's path.
    pub async fn paths(&self) -> Vec<String> {
        use futures::TryStreamExt;
        let all = self
            .inner
            .list(None)
            .map_ok(|object| object.location.to_string());
        all.try_collect().await.unwrap()
    }

    /// What lies at a path.
    pub async fn bytes(&self, path: &str) -> bytes::Bytes {
        use object_store::ObjectStoreExt;
        let found = self.inner.get(&Path::from(path)).await.unwrap();
        found.bytes().await.unwrap()
    }

    /// Puts something else in a path's place.
    pub async fn tamper(&self, path: &str, bytes: impl Into<PutPayload>) {
        use object_store::ObjectStoreExt;
        self.inner
            .put(&Path::from(path), bytes.into())
            .await
            .unwrap();
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
        match self.last_change() {
            None => {}
            Some(true) => {
                self.inner.put_opts(location, payload, opts).await?;
                return Err(self.error());
            }
            Some(false) => return Err(self.error()),
        }
        let path = location.as_ref();
        let denied = (self.is(Fault::DenyCurrent) && path.contains("/crm/"))
            || (self.is(Fault::DenyManifest) && path.contains("/manifests/"))
            || (self.is(Fault::DenyHistory) && path.contains("/history/thing/_delta_log"));
        if denied {
            return Err(self.error());
        }
        if self.is(Fault::Overwrite) {
            opts.mode = PutMode::Overwrite;
        }
        let answer = self.inner.put_opts(location, payload, opts).await?;
        let commit = location.as_ref().contains("_delta_log/0");
        let manifest = location.as_ref().contains("/manifests/");
        if manifest && self.is(Fault::LoseManifest) {
            return Err(self.error());
        }
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
        use futures::StreamExt;
        if self.is(Fault::Away) {
            let error = self.error();
            return Box::pin(futures::stream::once(async { Err(error) }));
        }
        match self.last_change() {
            None => self.inner.delete_stream(locations),
            Some(true) => {
                let error = self.error();
                let deleted = self.inner.delete_stream(locations);
                Box::pin(deleted.take(1).map(move |_| {
                    Err(object_store::Error::Generic {
                        store: "faulty",
                        source: error.to_string().into(),
                    })
                }))
            }
            Some(false) => {
                let error = self.error();
                Box::pin(futures::stream::once(async { Err(error) }))
            }
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        if self.is(Fault::Away) {
            let error = self.error();
            return Box::pin(futures::stream::once(async { Err(error) }));
        }
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        if self.is(Fault::Away) {
            return Err(self.error());
        }
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
