//! Definition versions over HTTP.

use axum::body::Body;
use serde_json::json;

use super::super::types::{BODY_BYTES_MAX, DefinitionsReply, DefinitionsView, ErrorCode};
use super::{FLOW, Site, WANG, request};

#[tokio::test(start_paused = true)]
async fn a_tree_becomes_a_version_and_is_read_back() {
    let site = Site::new().await;
    let files = json!({"dwd.yaml": FLOW});
    let dry = json!({"files": files, "dry_run": true});
    let said: DefinitionsReply = site.post("/v1/definitions", &dry).await.ok();
    assert_eq!((said.version, said.applied, said.diff.added.len()), (0, false, 2));

    let body = json!({"files": files, "why": "first night", "base_version": 0});
    let done: DefinitionsReply = site.post("/v1/definitions", &body).await.ok();
    assert_eq!((done.version, done.applied), (1, true));
    for version in ["1", "current"] {
        let view: DefinitionsView = site.get(&format!("/v1/definitions/{version}")).await.ok();
        assert_eq!((view.version, view.who.as_str(), view.why.as_deref()), (1, "wang", Some("first night")));
        assert_eq!(view.files.files["dwd.yaml"], FLOW);
    }
    assert_eq!(site.post("/v1/definitions", &body).await.error(409).code, ErrorCode::Conflict);
    site.get("/v1/definitions/2").await.error(404);
    site.get("/v1/definitions/newest").await.error(400);
}

#[tokio::test(start_paused = true)]
async fn a_difference_says_what_it_means_for_the_night() {
    let site = Site::planned().await;
    let files = json!({"dwd.yaml": FLOW.replace("retry: 2 every 10s", "timeout: 10m")});
    let reply: DefinitionsReply = site.post("/v1/definitions", &json!({"files": files})).await.ok();
    let changed: Vec<_> =
        reply.diff.changed.iter().map(|job| (job.job.as_str(), job.keys.join(","))).collect();
    assert_eq!(changed, [("dwd_flight", "retry,timeout".to_owned())]);
    assert_eq!((reply.open.rebound, reply.open.retired, reply.open.in_flight), (1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn all_errors_of_a_tree_are_reported_with_their_places() {
    let site = Site::new().await;
    let broken = FLOW.replace("[dwd_flight,", "[dwd_flihgt,").replace("title:", "titel:");
    let error = site.post("/v1/definitions", &json!({"files": {"dwd.yaml": broken}})).await.error(400);
    assert_eq!(error.code, ErrorCode::DefinitionsRejected);
    let places: Vec<_> = error.details.iter().filter_map(|detail| detail.problem.as_ref()).collect();
    assert!(places.len() >= 2, "{error:?}");
    assert!(places.iter().all(|problem| problem.at.file == "dwd.yaml" && problem.at.line > 1), "{places:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_may_be_large_but_not_without_limit() {
    let site = Site::new().await;
    let body = |bytes: usize| {
        let comment = format!("# {}\n", "x".repeat(bytes));
        json!({"files": {"dwd.yaml": format!("{comment}{FLOW}")}, "dry_run": true}).to_string()
    };
    let send = |bytes| site.send(request("POST", "/v1/definitions", Some(WANG), Body::from(body(bytes))));
    send(BODY_BYTES_MAX - 1_000).await.ok::<DefinitionsReply>();
    assert_eq!(send(BODY_BYTES_MAX).await.error(413).code, ErrorCode::TooLarge);
}
