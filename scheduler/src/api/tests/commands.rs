//! Commands by name.

use serde_json::json;

use super::super::types::{CommandList, CommandReply, ErrorCode, Named, Order, ShowView};
use super::{LI, Site};
use crate::engine::state::State;
use crate::engine::view::StatusView;
use crate::testing::store::Fault;

fn flight() -> Named {
    Named { job: "dwd_flight".to_owned(), period: "20130105".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn a_command_goes_by_names_and_is_in_the_audit_trail() {
    let site = Site::planned().await;
    let body = json!({"id": "h1", "do": "hold", "select": ["DWD_Flight@2013-01-05"], "why": "late delivery"});
    let reply: CommandReply = site.post("/v1/commands", &body).await.ok();
    assert_eq!((reply.done, reply.refused), (vec![flight()], vec![]));
    assert_eq!(site.world.state("dwd_flight@20130105").await, State::Held);

    let audit: CommandList = site.get("/v1/commands?limit=1").await.ok();
    let [command] = audit.commands.as_slice() else { panic!("one was asked for: {audit:?}") };
    assert_eq!((command.who.as_str(), command.why.as_deref()), ("wang", Some("late delivery")));
    assert_eq!(command.order, Order::Hold { select: vec![flight().to_string()] });
    assert_eq!(command.reply.done, [flight()]);
    let versions: Vec<_> =
        audit.versions.iter().map(|version| (version.version, version.who.as_str())).collect();
    assert_eq!(versions, [(1, "wang")], "who applied what is in it too");
}

#[tokio::test(start_paused = true)]
async fn the_audit_trail_keeps_the_names_of_what_was_removed() {
    let site = Site::planned().await;
    let body = json!({"id": "h1", "do": "hold", "select": ["dwd_delay@20130105"]});
    site.post("/v1/commands", &body).await.ok::<CommandReply>();
    let shorter =
        super::FLOW.lines().filter(|line| !line.contains("dwd_delay")).collect::<Vec<_>>().join("\n");
    site.world.define(&[("dwd.yaml", &shorter)]).await.expect("good definitions");
    let site = Site::of(site.world.crash().await);
    let audit: CommandList = site.get("/v1/commands?limit=1").await.ok();
    assert_eq!(audit.commands[0].order, Order::Hold { select: vec!["dwd_delay@20130105".to_owned()] });
    let show: ShowView = site.get("/v1/show/dwd_delay/20130105").await.ok();
    assert_eq!(show.instance.state, State::Retired);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_is_said_in_words() {
    let site = Site::planned().await;
    let body = json!({"id": "r1", "do": "release", "select": ["dwd_flight@20130105"]});
    let reply: CommandReply = site.post("/v1/commands", &body).await.ok();
    let [refused] = reply.refused.as_slice() else { panic!("it is not held: {reply:?}") };
    assert_eq!(
        (refused.target.clone(), refused.message.as_str()),
        (Some(flight()), "not possible while it is waiting")
    );
}

#[tokio::test(start_paused = true)]
async fn a_preview_says_what_would_happen() {
    let site = Site::planned().await;
    let body = json!({"id": "p1", "do": "pass", "select": ["dwd_*@20130105"], "preview": true});
    let reply: CommandReply = site.post("/v1/commands", &body).await.ok();
    assert_eq!((reply.done.len(), reply.preview), (2, true));
    assert_eq!(site.world.state("dwd_flight@20130105").await, State::Waiting);
}

#[tokio::test(start_paused = true)]
async fn all_selections_that_are_wrong_are_reported_at_once() {
    let site = Site::planned().await;
    let select = ["dwd_flihgt@20130105", "dwd_flight@20130105", "dwd_flight", "dwd_flight@20200101"];
    let error =
        site.post("/v1/commands", &json!({"id": "h1", "do": "hold", "select": select})).await.error(400);
    assert_eq!(error.code, ErrorCode::InvalidSelection);
    let fields: Vec<_> = error.details.iter().filter_map(|detail| detail.field.as_deref()).collect();
    assert_eq!(fields, ["select[0]", "select[2]", "select[3]"]);
    assert!(error.details[0].message.contains("did you mean `dwd_flight`"), "{:?}", error.details[0]);
    // Nothing was done to the one that was right.
    assert_eq!(site.world.state("dwd_flight@20130105").await, State::Waiting);
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_wrong_name_the_field() {
    let site = Site::planned().await;
    for (body, field, message) in [
        (json!({"id": "a b", "do": "freeze"}), Some("id"), "an id has 1 to 64 characters"),
        (json!({"id": "1", "do": "hold", "select": []}), Some("select"), "`select` is empty"),
        (json!({"id": "1", "do": "freeze", "forse": true}), None, "unknown field `forse`"),
        (json!({"id": "1", "do": "pass", "select": "a@1"}), None, "expected a sequence"),
        (
            json!({"id": "1", "do": "backfill", "first": "tomorrow", "last": "2013-01-01"}),
            None,
            "`tomorrow` is no date",
        ),
    ] {
        let error = site.post("/v1/commands", &body).await.error(400);
        let [detail] = error.details.as_slice() else { panic!("one finding: {error:?}") };
        assert_eq!(detail.field.as_deref(), field, "{body}");
        assert!(detail.message.contains(message), "{body}: {}", detail.message);
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_request_twice_is_answered_twice_and_done_once() {
    let site = Site::planned().await;
    let body = json!({"id": "h1", "do": "hold", "select": ["dwd_flight@20130105"]});
    let first: CommandReply = site.post("/v1/commands", &body).await.ok();
    let second: CommandReply = site.post("/v1/commands", &body).await.ok();
    assert_eq!(second, first);
    // What the names mean by now does not matter: the id does.
    let gone = json!({"id": "h1", "do": "hold", "select": ["dwd_flight@20990101"]});
    assert_eq!(site.post("/v1/commands", &gone).await.ok::<CommandReply>(), first);
    for other in [
        json!({"id": "h1", "do": "freeze"}),
        json!({"id": "h1", "do": "hold", "select": [], "preview": true}),
    ] {
        assert_eq!(site.post("/v1/commands", &other).await.error(409).code, ErrorCode::Conflict);
    }
    assert_eq!(site.post_as(LI, "/v1/commands", &body).await.error(409).code, ErrorCode::Conflict);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_cannot_become_durable_is_answered_later() {
    let site = Site::planned().await;
    site.world.store.break_next([Fault::Fails; 12]);
    let body = json!({"id": "f1", "do": "freeze"});
    let error = site.post("/v1/commands", &body).await.error(503);
    assert_eq!(error.code, ErrorCode::Unavailable);
    assert!(error.message.contains("again with the same id"), "{}", error.message);
    let status: StatusView = site.get("/v1/status").await.ok();
    assert_eq!(status.frozen, None, "what is not durable is not shown");
    let reason = status.store_down.map(|down| down.reason);
    assert_eq!(reason.as_deref(), Some("failed to commit a batch in memory: disk full"));
    let mut health = site.world.handle.health();
    health.wait_for(|health| *health == crate::shell::Health::Ready).await.expect("it runs");
    site.post("/v1/commands", &body).await.ok::<CommandReply>();
    assert_eq!(
        site.get("/v1/commands").await.ok::<CommandList>().commands.len(),
        2,
        "the backfill and the freeze"
    );
}
