//! Takes in what the keeper says.

use daybreak_bus::message::{AttemptKey, What};
use daybreak_flows::task::Task;
use daybreak_flows::time::Timestamp;

use super::error::AgentError;
use super::finish::{Ending, finish};
use super::keeper_link::KeeperEvent;
use super::shell::{Batch, Shell};
use crate::clock::Clock;
use crate::keeper::protocol::{End, FromKeeper, KeeperHello, KeptStage};
use crate::secrets::SecretMask;
use crate::state::Input;

impl<C: Clock> Shell<C> {
    pub(super) async fn take_keeper_event(
        &mut self,
        event: KeeperEvent,
        batch: &mut Batch,
    ) -> Result<(), AgentError> {
        match event {
            KeeperEvent::Gone => {
                self.keeper.commands = None;
                self.apply(Input::KeeperGone, batch);
                Ok(())
            }
            KeeperEvent::There { hello, commands } => {
                self.keeper.commands = Some(commands);
                let ends = ends_of(&hello);
                self.apply(Input::KeeperThere(hello), batch);
                self.take_ends(ends, batch).await
            }
            KeeperEvent::Said(news) => {
                let mut ends = Vec::new();
                for item in news {
                    match item {
                        FromKeeper::Started { key, at } => self.apply(Input::Started { key, at }, batch),
                        FromKeeper::Withdrawn { key } => self.apply(Input::Withdrawn { key }, batch),
                        FromKeeper::Ended { key, end } => ends.push((key, end)),
                        // The first of a connection comes as `There`, and there is no second.
                        FromKeeper::Hello(_) => {}
                    }
                }
                self.take_ends(ends, batch).await
            }
        }
    }

    /// Looks into the ends, on a worker thread if files are involved, and takes them in.
    async fn take_ends(&mut self, ends: Vec<(AttemptKey, End)>, batch: &mut Batch) -> Result<(), AgentError> {
        let endings: Vec<Ending> = ends.into_iter().map(|(key, end)| self.ending(key, end)).collect();
        let plain = endings.iter().all(Ending::is_plain);
        let data = self.data.clone();
        let look = move || -> Vec<(AttemptKey, Timestamp, What)> {
            endings.iter().map(|ending| (ending.key, ending.end.ended_at, finish(&data, ending))).collect()
        };
        let looked = if plain {
            look()
        } else {
            tokio::task::spawn_blocking(look).await.map_err(AgentError::Worker)?
        };
        for (key, at, what) in looked {
            self.apply(Input::Ended { key, at, what }, batch);
        }
        Ok(())
    }

    fn ending(&mut self, key: AttemptKey, end: End) -> Ending {
        let dispatch = self.state.handed(key);
        // An attempt that was started before this agent was: its secrets are looked up again.
        let values = self.secrets.remove(&key).or_else(|| {
            let run = &dispatch?.run;
            self.launcher.secrets.resolve(run).ok().map(|resolved| resolved.values)
        });
        let mask = SecretMask::new(&values.unwrap_or_default());
        let has_result = dispatch.is_none_or(|dispatch| !matches!(dispatch.run.task, Task::Shell(_)));
        Ending { key, end, mask, has_result }
    }
}

fn ends_of(hello: &KeeperHello) -> Vec<(AttemptKey, End)> {
    let ends = hello.kept.iter().filter_map(|kept| match &kept.stage {
        KeptStage::Ended(end) => Some((kept.key, end.clone())),
        KeptStage::Queued | KeptStage::Running { .. } => None,
    });
    ends.collect()
}
