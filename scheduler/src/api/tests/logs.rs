//! Logs in pieces.

use daybreak_bus::message::{Dispatch, Exit};

use super::super::types::{LOG_CHUNK_BYTES_MAX, LogChunk};
use super::Site;
use crate::testing::agent::Agent;

/// A site on which the first job runs.
async fn running() -> (Site, Agent, Dispatch) {
    let mut site = Site::planned().await;
    let mut agent = site.world.join("a").await;
    let items = site.world.agents.hear_dispatch().await;
    let started = agent.start(&items);
    site.world.agents.say(started);
    site.world.agents.hear_receipt(&agent).await;
    (site, agent, items[0].clone())
}

async fn read(site: &Site, rest: &str) -> LogChunk {
    site.get(&format!("/v1/log/dwd_flight/20130105?{rest}")).await.ok()
}

#[tokio::test(start_paused = true)]
async fn a_log_is_read_piece_by_piece_to_its_end() {
    let (mut site, mut agent, item) = running().await;
    site.logs.write(item.key, "flights of 账期".as_bytes());
    // The last character is not complete yet.
    site.logs.write(item.key, &"末".as_bytes()[..2]);
    let first = read(&site, "attempt=1").await;
    assert_eq!((first.text.as_str(), first.attempt, first.ended), ("flights of 账期", 1, false));
    site.logs.write(item.key, &"末".as_bytes()[2..]);
    let ended = agent.finish(&item, Exit::Success);
    site.world.agents.say(ended);
    site.world.agents.hear_receipt(&agent).await;
    let rest = read(&site, &format!("offset={}", first.next_offset)).await;
    assert_eq!((rest.text.as_str(), rest.ended), ("末", false));
    let nothing = read(&site, &format!("offset={}", rest.next_offset)).await;
    assert_eq!((nothing.text.as_str(), nothing.ended), ("", true));
}

#[tokio::test(start_paused = true)]
async fn a_follower_waits_for_more_and_hears_the_end() {
    let (mut site, mut agent, item) = running().await;
    site.logs.write(item.key, b"begin ");
    let offset = read(&site, "follow=true").await.next_offset;
    let logs = site.logs.clone();
    let path = format!("follow=true&offset={offset}");
    let (more, ()) = tokio::join!(read(&site, &path), async { logs.write(item.key, b"end") });
    assert_eq!((more.text.as_str(), more.ended), ("end", false));
    let ended = agent.finish(&item, Exit::Success);
    site.world.agents.say(ended);
    site.world.agents.hear_receipt(&agent).await;
    let last = read(&site, &format!("follow=true&offset={}", more.next_offset)).await;
    assert_eq!((last.text.as_str(), last.ended), ("", true));
}

#[tokio::test(start_paused = true)]
async fn a_follower_of_a_silent_job_is_not_kept_for_ever() {
    let (site, _, _) = running().await;
    let nothing = read(&site, "follow=true").await;
    assert_eq!((nothing.text.as_str(), nothing.next_offset, nothing.ended), ("", 0, false));
}

#[tokio::test(start_paused = true)]
async fn a_long_log_comes_in_bounded_pieces() {
    let (mut site, mut agent, item) = running().await;
    site.logs.write(item.key, &vec![b'x'; LOG_CHUNK_BYTES_MAX + 10]);
    let ended = agent.finish(&item, Exit::Success);
    site.world.agents.say(ended);
    site.world.agents.hear_receipt(&agent).await;
    let first = read(&site, "").await;
    assert_eq!((first.text.len(), first.ended), (LOG_CHUNK_BYTES_MAX, false));
    let second = read(&site, &format!("offset={}", first.next_offset)).await;
    assert_eq!((second.text.len(), second.ended), (10, false));
    let last = read(&site, &format!("offset={}", second.next_offset)).await;
    assert_eq!((last.text.len(), last.ended), (0, true));
}

#[tokio::test(start_paused = true)]
async fn what_has_no_log_says_so() {
    let (site, _, _) = running().await;
    let error = site.get("/v1/log/dwd_delay/20130105").await.error(404);
    assert_eq!(error.message, "`dwd_delay@20130105` has not been started yet");
    let error = site.get("/v1/log/dwd_flight/20130105?attempt=7").await.error(404);
    assert_eq!(error.message, "`dwd_flight@20130105` has no attempt 7: the newest one is 1");
    // A path is not an attempt.
    let error = site.get("/v1/log/..%2F..%2Fetc%2Fpasswd/20130105").await.error(404);
    assert!(error.message.contains("there is no job"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn a_follower_waits_for_the_beginning_too() {
    let (mut site, mut agent, item) = running().await;
    let nothing: LogChunk = site.get("/v1/log/dwd_delay/20130105?follow=true").await.ok();
    assert_eq!((nothing.attempt, nothing.ended), (0, false));
    let ended = agent.finish(&item, Exit::Success);
    site.world.agents.say(ended);
    let next = site.world.agents.hear_dispatch().await;
    site.logs.write(next[0].key, b"begin");
    let first: LogChunk = site.get("/v1/log/dwd_delay/20130105?follow=true").await.ok();
    assert_eq!((first.attempt, first.text.as_str()), (1, "begin"));
    let ended = agent.finish(&next[0], Exit::Success);
    site.world.agents.say(ended);
    site.world.agents.hear_receipt(&agent).await;
    site.get("/v1/log/dwd_delay/20130105?follow=true&attempt=2").await.error(404);
}
