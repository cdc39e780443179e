//! `why`: down to the root cause.

use std::collections::BTreeMap;

use daybreak_scheduler::api::types::ShowView;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{InstanceView, WhyView};

use super::{Outcome, client};
use crate::args::{Global, WhyArgs};
use crate::client::{Client, segment};
use crate::error::ExpectedError;
use crate::show;
use crate::terminal::Screen;

/// Failed roots whose last words are fetched: more than a screen of them is not read.
const LAST_WORDS_MAX: usize = 5;

pub(super) fn run(global: &Global, screen: &Screen, args: &WhyArgs) -> Result<Outcome, ExpectedError> {
    let client = client(global)?;
    let path = format!("/v1/why/{}/{}", segment(&args.instance.job), segment(&args.instance.period));
    let why = client.get::<WhyView>(&path, &[])?;
    if screen.json() {
        screen.print_json(&why)?;
    } else {
        let face = client.face(global)?;
        let words = last_words(&client, &why)?;
        screen.print(&show::why(screen.look(), &face, &why, &words))?;
    }
    Ok(Outcome::Done)
}

/// What the last attempts of failed instances said at their end, by `JOB@PERIOD`.
fn last_words(client: &Client, why: &WhyView) -> Result<BTreeMap<String, String>, ExpectedError> {
    let ended_badly = |instance: &&InstanceView| {
        let is_lost = matches!(instance.state, State::Suspected | State::Unknown);
        is_lost || instance.exit.is_some() && !instance.state.is_met()
    };
    let instances = why.roots.iter().map(|root| &root.instance).chain(std::iter::once(&why.instance));
    let mut words = BTreeMap::new();
    for instance in instances.filter(ended_badly).take(LAST_WORDS_MAX) {
        let path = format!("/v1/show/{}/{}", segment(&instance.job), segment(&instance.period));
        let show = client.get::<ShowView>(&path, &[])?;
        let message = show.attempts.last().and_then(|attempt| attempt.ended.as_ref()?.message.clone());
        if let Some(message) = message {
            words.insert(format!("{}@{}", instance.job, instance.period), message);
        }
    }
    Ok(words)
}
