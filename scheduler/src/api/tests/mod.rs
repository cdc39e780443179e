//! The API as its clients see it: requests in, statuses and bodies out.

mod commands;
mod definitions;
mod documented;
mod guarded;
mod logs;
mod reads;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use daybreak_bus::message::AttemptKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;

use super::log::{LogError, LogPiece, LogSource};
use super::types::ErrorView;
use super::{Api, Tokens, routes};
use crate::testing::store::MemoryStore;
use crate::testing::world::World;

const WANG: &str = "wang-wang-wang-wang-wang-wang-wang";
const LI: &str = "li-li-li-li-li-li-li-li-li-li-li-li";

const FLOW: &str = "\
flow: dwd
cycle: day
start: T+1 01:30
jobs:
  dwd_flight: {shell: 'echo $DAY', title: flights of a day, retry: 2 every 10s}
  dwd_delay: {needs: [dwd_flight, dwd_flight@prev], shell: 'echo $DAY'}
";

/// Logs in memory. Clones share them.
#[derive(Clone, Default)]
struct TestLogs {
    texts: Arc<Mutex<BTreeMap<AttemptKey, Vec<u8>>>>,
}

impl TestLogs {
    fn write(&self, attempt: AttemptKey, bytes: &[u8]) {
        let mut texts = self.texts.lock().expect("no test panics while it writes");
        texts.entry(attempt).or_default().extend_from_slice(bytes);
    }
}

impl LogSource for TestLogs {
    async fn read(
        &self,
        _agent: &str,
        attempt: AttemptKey,
        offset: u64,
        limit: usize,
    ) -> Result<LogPiece, LogError> {
        let texts = self.texts.lock().expect("no test panics while it writes");
        let text = texts.get(&attempt).ok_or(LogError::Missing)?;
        let bytes: Vec<u8> =
            text.iter().skip(usize::try_from(offset).expect("small")).take(limit).copied().collect();
        Ok(LogPiece { next: offset + bytes.len() as u64, bytes })
    }
}

/// A running scheduler with its API.
struct Site {
    world: World,
    logs: TestLogs,
    router: Router,
}

/// What a request was answered.
struct Reply {
    status: StatusCode,
    body: Vec<u8>,
}

impl Reply {
    /// The body of a success.
    fn ok<T: DeserializeOwned>(self) -> T {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        serde_json::from_slice(&self.body).expect("the promised type")
    }

    /// The error of a failure with the given status.
    fn error(self, status: u16) -> ErrorView {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        let body: super::types::ErrorBody = serde_json::from_slice(&self.body).expect("an error body");
        body.error
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Site {
    async fn new() -> Self {
        Self::of(World::new().await)
    }

    fn of(world: World) -> Self {
        let logs = TestLogs::default();
        let pairs = [("wang", WANG), ("li", LI)].map(|(name, secret)| (name.to_owned(), secret.to_owned()));
        let router = routes::router(Api {
            handle: world.handle.clone(),
            history: MemoryStore::clone(&world.store),
            logs: logs.clone(),
            tokens: Arc::new(Tokens::new(pairs).expect("good tokens")),
        });
        Self { world, logs, router }
    }

    /// With definitions, and 2013-01-05 planned.
    async fn planned() -> Self {
        let site = Self::new().await;
        site.world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
        site.world.plan().await;
        site
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.expect("the router cannot fail");
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body").to_vec();
        Reply { status, body }
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(request("GET", path, Some(WANG), Body::empty())).await
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Reply {
        self.post_as(WANG, path, body).await
    }

    async fn post_as(&self, token: &str, path: &str, body: &impl Serialize) -> Reply {
        let json = serde_json::to_vec(body).expect("it has a JSON form");
        self.send(request("POST", path, Some(token), json.into())).await
    }
}

fn request(method: &str, path: &str, token: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:7350");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(body).expect("a request")
}
