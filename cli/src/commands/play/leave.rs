//! How an interrupted play leaves what runs. A directory that somebody named can be played on, and what runs in it goes on;
//! a scratch directory is about to be removed, so that nothing may run in it any more.

use daybreak_scheduler::engine::command::{Action, Target};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::{Core, Filter};

use super::session::{LOOK_EVERY, Session, misunderstood, name};
use crate::commands::interrupted;
use crate::error::ExpectedError;
use crate::say;

/// States in which an agent has something that runs, or may begin to.
const UNDER_WAY: [State; 3] = [State::Dispatched, State::Running, State::Killing];

/// What becomes of the jobs that ran when somebody interrupted, by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Left {
    /// None did.
    #[default]
    Nothing,
    /// They run on.
    Running(Vec<String>),
    /// They have been ended.
    Ended(Vec<String>),
}

/// An instance that an agent has.
struct UnderWay {
    target: Target,
    name: String,
    state: State,
}

impl Session<'_> {
    /// Ends what runs in a scratch directory and waits for it, unless somebody interrupts once more.
    pub(super) async fn leave(&mut self) -> Result<Left, ExpectedError> {
        let names = |all: &[UnderWay]| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        let ran = self.under_way().await?;
        if ran.is_empty() {
            return Ok(Left::Nothing);
        }
        if !self.is_scratch() {
            return Ok(Left::Running(names(&ran)));
        }
        let interrupted_again = interrupted()?;
        tokio::pin!(interrupted_again);
        self.freeze().await?;
        let listed = names(&ran).join(&say!(self.screen().catalogue(), "clause-separator"));
        self.screen().note(&say!(self.screen().catalogue(), "play-ending", names = listed));
        loop {
            let left = self.under_way().await?;
            if left.is_empty() {
                return Ok(Left::Ended(names(&ran)));
            }
            let asked = left.iter().filter(|one| one.state != State::Killing);
            let targets = asked.map(|one| one.target).collect::<Vec<_>>();
            if !targets.is_empty() {
                self.command(Action::Kill { targets }).await?;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = &mut interrupted_again => return Ok(Left::Running(names(&left))),
                failure = self.failure() => return Err(failure),
            }
        }
    }

    async fn under_way(&self) -> Result<Vec<UnderWay>, ExpectedError> {
        let look = |core: &Core| {
            let states = UNDER_WAY.map(|state| state.name().to_owned()).to_vec();
            core.list(&Filter { states, ..Filter::default() })
        };
        let found = self.ask(look).await?.map_err(misunderstood)?;
        let under_way =
            |instance| UnderWay { name: name(&instance), target: instance.target, state: instance.state };
        Ok(found.into_iter().map(under_way).collect())
    }
}
