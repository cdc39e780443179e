//! What is asked about the night.

use axum::body::{Body, BodyDataStream};
use daybreak_bus::message::Exit;
use futures::StreamExt;
use tower::ServiceExt;

use super::super::types::{
    AgentList, ErrorCode, EventLine, EventView, InstanceList, JobList, JobView, ShowView,
};
use super::{Site, WANG, request};
use crate::engine::state::State;
use crate::engine::view::{StatusView, WhyView};

#[tokio::test(start_paused = true)]
async fn the_night_on_one_screen() {
    let mut site = Site::planned().await;
    site.world.join("a").await;
    site.world.agents.hear_dispatch().await;
    let status: StatusView = site.get("/v1/status?flow=dwd").await.ok();
    assert_eq!((status.counts.total, status.counts.dispatched, status.version), (2, 1, 1));
    let agents: AgentList = site.get("/v1/agents").await.ok();
    assert_eq!(agents.agents.iter().map(|agent| agent.name.as_str()).collect::<Vec<_>>(), ["a"]);
    let waiting: InstanceList = site.get("/v1/instances?state=waiting&job=dwd_*").await.ok();
    let names: Vec<_> = waiting.instances.iter().map(|one| format!("{}@{}", one.job, one.period)).collect();
    assert_eq!(names, ["dwd_delay@20130105"]);
}

#[tokio::test(start_paused = true)]
async fn filters_that_are_wrong_are_named() {
    let site = Site::planned().await;
    let error = site.get("/v1/instances?stat=failed&limit=many").await.error(400);
    let fields: Vec<_> = error.details.iter().filter_map(|detail| detail.field.as_deref()).collect();
    assert_eq!((error.code, fields), (ErrorCode::InvalidRequest, vec!["stat", "limit"]));
    let error = site.get("/v1/instances?state=faild").await.error(400);
    assert!(error.message.contains("`faild` is no state"), "{}", error.message);
    let error = site.get("/v1/status?job=dwd_flihgt").await.error(404);
    assert!(error.message.contains("did you mean `dwd_flight`"), "{}", error.message);
    assert_eq!(error.details.len(), 1, "one finding is said once, with its code: {error:?}");
    for (path, message) in [
        ("/v1/status?flow=dwdd", "there is no flow `dwdd`: did you mean `dwd`?"),
        ("/v1/instances?platform=yt", "there is no platform `yt`"),
        ("/v1/jobs?layer=ods", "there is no layer `ods`"),
    ] {
        assert_eq!(site.get(path).await.error(404).message, message, "{path}");
    }
    for known in ["/v1/instances?state=FAILED&platform=-&layer=-", "/v1/status?flow=DWD&flow=nothing_*"] {
        site.get(known).await.ok::<serde_json::Value>();
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_says_how_many_there_are() {
    let site = Site::planned().await;
    let list: InstanceList = site.get("/v1/instances?limit=1").await.ok();
    assert_eq!((list.instances.len(), list.total), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn jobs_are_shown_as_they_are_defined() {
    let site = Site::planned().await;
    let list: JobList = site.get("/v1/jobs?job=dwd_f*").await.ok();
    let lines: Vec<_> =
        list.jobs.iter().map(|job| (job.name.as_str(), job.start.as_str(), job.successors)).collect();
    assert_eq!((list.version, lines), (1, vec![("dwd_flight", "T+1 01:30", 2)]));

    let job: JobView = site.get("/v1/jobs/DWD_delay").await.ok();
    let needs: Vec<_> = job.needs.iter().map(|need| (need.job.as_str(), need.mapping.as_str())).collect();
    assert_eq!(needs, [("dwd_flight", ""), ("dwd_flight", "prev")]);
    assert_eq!((job.at.file.as_str(), job.retry.max), ("dwd.yaml", 0));
    site.get("/v1/jobs/dwd_dealy").await.error(404);
}

#[tokio::test(start_paused = true)]
async fn one_instance_with_everything_about_it() {
    let mut site = Site::planned().await;
    let mut agent = site.world.join("a").await;
    for exit in [Exit::Code(3), Exit::Success] {
        let items = site.world.agents.hear_dispatch().await;
        let reports = agent.run(&items, exit);
        site.world.agents.say(reports);
    }
    site.world.agents.hear_receipt(&agent).await;
    let show: ShowView = site.get("/v1/show/dwd_flight/2013-01-05").await.ok();
    assert_eq!((show.instance.state, show.archived), (State::Succeeded, false));
    let ends: Vec<_> =
        show.attempts.iter().map(|one| (one.attempt, one.ended.as_ref().map(|ended| ended.exit))).collect();
    assert_eq!(ends, [(1, Some(Exit::Code(3))), (2, Some(Exit::Success))]);
    let error = site.get("/v1/show/dwd_flight/20130106").await.error(404);
    assert!(error.message.contains("has not been planned"), "{}", error.message);
    site.get("/v1/show/dwd_flight/yesterday").await.error(400);
}

#[tokio::test(start_paused = true)]
async fn why_something_has_not_run() {
    let site = Site::planned().await;
    let why: WhyView = site.get("/v1/why/dwd_delay/20130105").await.ok();
    let roots: Vec<_> = why.roots.iter().map(|root| root.path.join(" ")).collect();
    assert_eq!(roots, ["dwd_flight@20130105"]);
    assert_eq!(why.needs.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn events_are_followed_line_by_line() {
    let mut site = Site::planned().await;
    let asked = request("GET", "/v1/events", Some(WANG), Body::empty());
    let response = site.router.clone().oneshot(asked).await.expect("the router cannot fail");
    let mut lines = response.into_body().into_data_stream();
    // Nothing happens: the line that comes is empty, and only says that somebody is there.
    assert_eq!(next_line(&mut lines).await, "\n");
    site.world.join("a").await;
    let states = loop {
        let line = next_line(&mut lines).await;
        if let Ok(EventLine { event: EventView::State { instance, from, to, .. }, .. }) =
            serde_json::from_str(&line)
        {
            break format!("{instance} {from} {to}");
        }
    };
    assert_eq!(states, "dwd_flight@20130105 waiting dispatched");
}

async fn next_line(lines: &mut BodyDataStream) -> String {
    let bytes = lines.next().await.expect("it goes on").expect("it does not break");
    String::from_utf8(bytes.to_vec()).expect("text")
}
