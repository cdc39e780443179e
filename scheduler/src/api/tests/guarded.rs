//! Who gets in.

use axum::body::Body;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::super::routes::{Access, Route, table};
use super::super::types::ErrorCode;
use super::super::{Api, ServeError, Tokens, serve};
use super::{LI, Reply, Site, TestLogs, WANG, request};
use crate::testing::store::MemoryStore;

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Every path of the table with something in its gaps.
fn paths(access: Access) -> Vec<String> {
    let filled = |route: &Route<Api<MemoryStore, TestLogs>>| {
        let parts = route.path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    table().iter().filter(|route| route.access == access).map(filled).collect()
}

#[tokio::test(start_paused = true)]
async fn no_route_answers_without_a_token() {
    let site = Site::new().await;
    let mut guarded = paths(Access::Token);
    assert!(guarded.len() > 10, "{guarded:?}");
    // What is not in the table is not open either.
    guarded.extend(["/", "/v1", "/v2/status", "/healthz/", "/v1/../healthz", "/metrics"].map(str::to_owned));
    let tokens =
        [None, Some(""), Some("wang"), Some(&WANG[1..]), Some("wang-wang-wang-wang-wang-wang-wang-")];
    for path in &guarded {
        for method in METHODS {
            for token in tokens {
                let reply = site.send(request(method, path, token, Body::empty())).await;
                assert_eq!(reply.status.as_u16(), 401, "{method} {path} {token:?}: {}", reply.text());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_signs_of_life_are_open() {
    let site = Site::new().await;
    assert_eq!(paths(Access::Open), ["/healthz", "/readyz"]);
    let alive: Reply = site.send(request("GET", "/healthz", None, Body::empty())).await;
    assert_eq!((alive.status.as_u16(), alive.text().as_str()), (200, "ok\n"));
    let ready: Reply = site.send(request("GET", "/readyz", None, Body::empty())).await;
    assert_eq!((ready.status.as_u16(), ready.text().as_str()), (200, "ready\n"));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_calls_itself_this_machine_gets_nothing() {
    let site = Site::new().await;
    for path in ["/healthz", "/v1/status", "/nowhere"] {
        let mut foreign = request("GET", path, Some(WANG), Body::empty());
        foreign.headers_mut().insert("host", "evil.example:7350".parse().expect("a header"));
        assert_eq!(site.send(foreign).await.error(403).code, ErrorCode::ForbiddenHost, "{path}");
    }
    let mut nameless = request("GET", "/v1/status", Some(WANG), Body::empty());
    nameless.headers_mut().remove("host");
    assert_eq!(site.send(nameless).await.error(403).code, ErrorCode::ForbiddenHost);
}

#[tokio::test(start_paused = true)]
async fn with_a_token_mistakes_are_named() {
    let site = Site::new().await;
    assert_eq!(site.get("/v1/nothing").await.error(404).code, ErrorCode::NotFound);
    let wrong = request("DELETE", "/v1/status", Some(LI), Body::empty());
    assert_eq!(site.send(wrong).await.error(405).code, ErrorCode::MethodNotAllowed);
}

#[tokio::test]
async fn it_is_served_on_loopback_and_nowhere_else() {
    let site = Site::new().await;
    let tokens = || Tokens::new([("wang".to_owned(), WANG.to_owned())]).expect("a good token");
    let start = |listener| {
        serve(listener, site.world.handle.clone(), tokens(), site.logs.clone(), site.world.store.clone())
    };
    let everywhere = TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let refusal = start(everywhere).await.expect_err("refused");
    assert!(matches!(refusal, ServeError::NotLoopback { .. }), "{refusal}");

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let serving = tokio::spawn(start(listener));
    let mut client = TcpStream::connect(address).await.expect("served");
    let asked = format!(
        "GET /v1/agents HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {WANG}\r\nConnection: close\r\n\r\n"
    );
    client.write_all(asked.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("cache-control: no-store\r\n"), "{answer}");
    assert!(answer.ends_with("{\"agents\":[]}"), "{answer}");
    serving.abort();
}
