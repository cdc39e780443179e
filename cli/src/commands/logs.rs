//! `logs`: the output of an attempt, from its beginning, and with `-f` until its end. As JSON it is one document, with `-f` one a line.

use daybreak_scheduler::api::types::LogChunk;

use super::{Outcome, client};
use crate::args::{Global, LogsArgs};
use crate::client::segment;
use crate::error::ExpectedError;
use crate::say;
use crate::terminal::Screen;

pub(super) fn run(global: &Global, screen: &Screen, args: &LogsArgs) -> Result<Outcome, ExpectedError> {
    let client = client(global)?;
    let path = format!("/v1/log/{}/{}", segment(&args.instance.job), segment(&args.instance.period));
    let (mut attempt, mut offset) = (args.attempt, 0);
    let mut whole = LogChunk::default();
    loop {
        let mut query = vec![("offset", offset.to_string()), ("follow", args.follow.to_string())];
        query.extend(attempt.map(|attempt| ("attempt", attempt.to_string())));
        let chunk = client.get::<LogChunk>(&path, &query)?;
        let nothing_new = chunk.next_offset == offset;
        let over = chunk.ended || (nothing_new && !args.follow);
        offset = chunk.next_offset;
        // Whatever attempt comes next, this one is the one that was asked for; 0 = none has begun yet.
        attempt = Some(chunk.attempt).filter(|&attempt| attempt > 0).or(args.attempt);
        if !screen.json() {
            screen.print(&chunk.text)?;
        } else if args.follow {
            screen.print_json_line(&chunk)?;
        } else {
            whole = LogChunk { text: whole.text + &chunk.text, ..chunk };
        }
        if over {
            break;
        }
    }
    if offset == 0 && !screen.json() {
        screen.note(&say!(screen.catalogue(), "logs-empty", name = args.instance.to_string()));
    }
    if screen.json() && !args.follow {
        screen.print_json(&whole)?;
    }
    Ok(Outcome::Done)
}
