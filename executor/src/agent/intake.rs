//! Takes in what the keeper says.

use daybreak_bus::message::{AttemptKey, Exit};
use daybreak_flows::task::Task;

use super::finish::{Ending, finish};
use super::keeper_link::KeeperEvent;
use super::shell::{Batch, Shell};
use crate::clock::Clock;
use crate::keeper::protocol::{End, FromKeeper, How, KeeperHello, KeptStage};
use crate::logs::Room;
use crate::state::Input;

impl<C: Clock> Shell<C> {
    pub(super) fn take_keeper_event(&mut self, event: KeeperEvent, batch: &mut Batch) {
        match event {
            KeeperEvent::Gone => {
                self.keeper.commands = None;
                self.apply(Input::KeeperGone, batch);
            }
            KeeperEvent::There { hello, commands } => {
                self.keeper.commands = Some(commands);
                let ends = ends_of(&hello);
                let kept = hello.kept.iter().map(|kept| kept.key).collect();
                self.apply(Input::KeeperThere(hello), batch);
                for (key, end) in ends {
                    self.take_end(key, end, batch);
                }
                self.sweep_files(&kept);
            }
            KeeperEvent::Said(news) => {
                for item in news {
                    match item {
                        FromKeeper::Started { key, at } => self.apply(Input::Started { key, at }, batch),
                        FromKeeper::Withdrawn { key } => self.apply(Input::Withdrawn { key }, batch),
                        FromKeeper::Ended { key, end } => self.take_end(key, end, batch),
                        // The first of a connection comes as `There`, and there is no second.
                        FromKeeper::Hello(_) => {}
                    }
                }
            }
        }
    }

    /// Looks into the end, and takes it in.
    fn take_end(&mut self, key: AttemptKey, end: End, batch: &mut Batch) {
        let at = end.ended_at;
        let has_result =
            self.state.handed(key).is_none_or(|dispatch| !matches!(dispatch.run.task, Task::Shell(_)));
        // A disk is asked only where a full one would explain something.
        let may_have_failed = has_result || end.how != How::Exited(Exit::Success);
        let room = if may_have_failed { Room::of(self.data.root()) } else { Room::Enough };
        let ending = Ending { key, end, mask: self.mask(key), has_result, room };
        let what = finish(&self.data, &ending);
        self.looked_into.insert(key);
        self.apply(Input::Ended { key, at, what }, batch);
    }
}

fn ends_of(hello: &KeeperHello) -> Vec<(AttemptKey, End)> {
    let ends = hello.kept.iter().filter_map(|kept| match &kept.stage {
        KeptStage::Ended(end) => Some((kept.key, end.clone())),
        KeptStage::Queued | KeptStage::Running { .. } => None,
    });
    ends.collect()
}
