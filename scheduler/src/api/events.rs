//! What happens, as it happens: one JSON object a line.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use daybreak_flows::time::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::Api;
use super::types::{EventLine, EventView};
use crate::shell::Health;

/// An empty line this often: both ends notice that the other one has gone.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// `GET /v1/events`
pub(super) async fn follow<H, L>(State(api): State<Api<H, L>>) -> Response {
    let follower =
        Follower { events: api.handle.events(), health: api.handle.health(), at: Timestamp::default() };
    let lines = futures::stream::unfold(follower, |mut follower| async move {
        let line = follower.next().await?;
        Some((Ok::<_, std::convert::Infallible>(line), follower))
    });
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

/// Nothing happens here any more.
const fn is_over(health: &Health) -> bool {
    matches!(health, Health::Stopped | Health::Standby { .. })
}

struct Follower {
    events: Receiver<EventLine>,
    health: watch::Receiver<Health>,
    /// Of the last event.
    at: Timestamp,
}

impl Follower {
    /// The next line; `None` when the scheduler has stopped, or leads no more.
    async fn next(&mut self) -> Option<Bytes> {
        let event = tokio::select! {
            biased;
            event = self.events.recv() => event,
            _ = self.health.wait_for(is_over) => return None,
            () = tokio::time::sleep(SIGN_OF_LIFE) => return Some(Bytes::from_static(b"\n")),
        };
        let line = match event {
            Ok(line) => line,
            Err(RecvError::Lagged(count)) => EventLine { at: self.at, event: EventView::Missed { count } },
            Err(RecvError::Closed) => return None,
        };
        self.at = line.at;
        let json = serde_json::to_string(&line).expect("names, numbers and words always have a JSON form");
        Some((json + "\n").into())
    }
}
