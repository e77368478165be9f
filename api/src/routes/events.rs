//! Server-sent events: what changed, for open browsers, within their rights.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::sse::{self, KeepAlive, Sse},
};
use basalt_model::RowRule;
use basalt_oltp::record::Select;
use futures::{Stream, StreamExt};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};

use crate::{App, caller::Caller, events::Event, problem::Result};

/// A stream ends after this long and the browser comes back with its cookie, so that a revoked session sees no more.
const LIFETIME: Duration = Duration::from_secs(300);

/// Changes as they happen
///
/// Events are named `record` ({object, resource, id, version, action, by}), `job`, `lake` ({lsn}) and `missed` (reload: some events were lost).
#[utoipa::path(get, path = "/api/v1/events", operation_id = "events", tag = "events", responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn listen(
    State(app): State<App>,
    caller: Caller,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>> {
    let caller = Arc::new(caller);
    let events = BroadcastStream::new(app.events().listen());
    let closed = app.events().clone().closed();
    let stream = events
        .filter_map(move |event| {
            let (app, caller) = (app.clone(), Arc::clone(&caller));
            async move {
                match event {
                    Ok(event) if may_know(&app, &caller, &event).await => said(&event),
                    Ok(_) => None,
                    Err(BroadcastStreamRecvError::Lagged(_)) => {
                        Some(sse::Event::default().event("missed").data("{}"))
                    }
                }
            }
        })
        .map(Ok)
        .take_until(tokio::time::sleep(LIFETIME))
        .take_until(closed);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// Whether the event is about something the caller may read, as of now.
async fn may_know(app: &App, caller: &Caller, event: &Event) -> bool {
    match event {
        Event::Lake { .. } => true,
        Event::Job { owner, .. } => *owner == caller.user_id || caller.is_admin(),
        Event::Record {
            object, id, action, ..
        } => {
            let Ok(caller) = caller.renewed(app).await else {
                return false;
            };
            if *action == "deleted" {
                // The record can't be read any more; only whoever reads all rows certainly could.
                let dictionary = app.db().dictionary();
                return dictionary.object(object).is_some_and(|object| {
                    caller.row_rule(&dictionary, object) == RowRule::Everything
                });
            }
            app.store()
                .get(&caller, object, *id, &only_id())
                .await
                .is_ok()
        }
    }
}

fn only_id() -> Select {
    Select {
        fields: vec!["id".into()],
        include: Vec::new(),
    }
}

fn said(event: &Event) -> Option<sse::Event> {
    let name = match event {
        Event::Record { .. } => "record",
        Event::Job { .. } => "job",
        Event::Lake { .. } => "lake",
    };
    sse::Event::default().event(name).json_data(event).ok()
}
