//! `logs`: the output of an attempt, from its beginning, and with `-f` until its end.

use daybreak_scheduler::api::types::LogChunk;

use super::{Outcome, client};
use crate::args::{Global, LogsArgs};
use crate::client::segment;
use crate::error::ExpectedError;
use crate::terminal::Screen;

pub(super) fn run(global: &Global, screen: &Screen, args: &LogsArgs) -> Result<Outcome, ExpectedError> {
    let client = client(global)?;
    let path = format!("/v1/log/{}/{}", segment(&args.instance.job), segment(&args.instance.period));
    let (mut attempt, mut offset) = (args.attempt, 0);
    loop {
        let mut query = vec![("offset", offset.to_string()), ("follow", args.follow.to_string())];
        query.extend(attempt.map(|attempt| ("attempt", attempt.to_string())));
        let chunk = client.get::<LogChunk>(&path, &query)?;
        if screen.json() {
            screen.print_json(&chunk)?;
        } else {
            screen.print(&chunk.text)?;
        }
        let nothing_new = chunk.next_offset == offset;
        if chunk.ended || (nothing_new && !args.follow) {
            return Ok(Outcome::Done);
        }
        offset = chunk.next_offset;
        // Whatever attempt comes next, this one is the one that was asked for.
        attempt = Some(chunk.attempt);
    }
}
