//! Ends a running query at its deadline, at its row limit, or when somebody cancels it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use futures::{Stream, StreamExt};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::error::Stop;

/// The limits of one run of one query. Its clock starts when it is made.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) started: Instant,
    pub(crate) timeout: Duration,
    pub(crate) max_rows: usize,
    pub(crate) cancel: CancellationToken,
}

impl Limits {
    pub(crate) fn new(timeout: Duration, max_rows: usize, cancel: CancellationToken) -> Self {
        Self {
            started: Instant::now(),
            timeout,
            max_rows,
            cancel,
        }
    }

    /// Runs `work` under the deadline and the cancel token.
    pub(crate) async fn run<F: Future>(&self, work: F) -> Result<F::Output, Stop> {
        tokio::select! {
            output = work => Ok(output),
            () = tokio::time::sleep_until(self.started + self.timeout) => Err(Stop::Timeout(self.timeout)),
            () = self.cancel.cancelled() => Err(Stop::Cancelled),
        }
    }

    /// Wraps a stream so that it ends with an error at the first limit it meets.
    pub(crate) fn guard(&self, inner: SendableRecordBatchStream) -> SendableRecordBatchStream {
        Box::pin(LimitedStream {
            schema: inner.schema(),
            inner: Some(inner),
            rows: 0,
            deadline: Box::pin(tokio::time::sleep_until(self.started + self.timeout)),
            cancelled: Box::pin(self.cancel.clone().cancelled_owned()),
            limits: self.clone(),
        })
    }
}

struct LimitedStream {
    schema: SchemaRef,
    /// `None` once a limit was met: dropping the stream stops its tasks.
    inner: Option<SendableRecordBatchStream>,
    rows: usize,
    deadline: Pin<Box<Sleep>>,
    cancelled: Pin<Box<WaitForCancellationFutureOwned>>,
    limits: Limits,
}

impl LimitedStream {
    fn stop(&mut self, stop: Stop) -> Poll<Option<Result<RecordBatch>>> {
        self.inner = None;
        Poll::Ready(Some(Err(stop.into())))
    }
}

impl Stream for LimitedStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.inner.is_none() {
            return Poll::Ready(None);
        }
        if self.cancelled.as_mut().poll(cx).is_ready() {
            return self.stop(Stop::Cancelled);
        }
        if self.deadline.as_mut().poll(cx).is_ready() {
            let timeout = self.limits.timeout;
            return self.stop(Stop::Timeout(timeout));
        }
        let Some(inner) = self.inner.as_mut() else {
            return Poll::Ready(None);
        };
        match inner.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(batch))) => {
                self.rows += batch.num_rows();
                let max = self.limits.max_rows;
                if self.rows > max {
                    self.stop(Stop::Rows(max))
                } else {
                    Poll::Ready(Some(Ok(batch)))
                }
            }
            Poll::Ready(None) => {
                self.inner = None;
                Poll::Ready(None)
            }
            other => other,
        }
    }
}

impl RecordBatchStream for LimitedStream {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
