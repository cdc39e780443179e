//! The table `command`: the audit trail.

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::{Action, Command};
use daybreak_scheduler::rows::CommandRow;

use super::{Columns, Record, Unreadable, json, parsed, truth};

impl Record for CommandRow {
    const TABLE: &'static str = "command";
    const COLUMNS: &'static [&'static str] =
        &["id", "kind", "who", "why", "at_ms", "preview", "action", "answer"];
    const KEY: usize = 1;
    type Wire<'a> = (String, String, String, Option<String>, i64, i64, String, String);

    fn write(&self, columns: &mut impl Columns) {
        let Self { command: Command { id, who, why, action, preview }, at, answer } = self;
        columns.text(id.as_str());
        columns.text(kind(action));
        columns.text(who.as_str());
        columns.text(why.as_deref());
        columns.int(at.0);
        columns.int(i64::from(*preview));
        columns.text(json(action).as_str());
        columns.text(json(answer).as_str());
    }

    fn read(
        (id, _kind, who, why, at_ms, preview, action, answer): Self::Wire<'_>,
    ) -> Result<Self, Unreadable> {
        let action = parsed("action", &action)?;
        let preview = truth("preview", preview)?;
        Ok(Self {
            command: Command { id, who, why, action, preview },
            at: Timestamp(at_ms),
            answer: parsed("answer", &answer)?,
        })
    }
}

/// What is asked, in one word: the word that the JSON form has under `do`.
const fn kind(action: &Action) -> &'static str {
    match action {
        Action::Rerun { .. } => "rerun",
        Action::Pass { .. } => "pass",
        Action::Skip { .. } => "skip",
        Action::Kill { .. } => "kill",
        Action::Start { .. } => "start",
        Action::Hold { .. } => "hold",
        Action::Release { .. } => "release",
        Action::Fail { .. } => "fail",
        Action::FeedEmpty { .. } => "feed_empty",
        Action::FeedArrived { .. } => "feed_arrived",
        Action::Priority { .. } => "priority",
        Action::Backfill { .. } => "backfill",
        Action::Freeze => "freeze",
        Action::Thaw => "thaw",
        Action::ConfirmClock => "confirm_clock",
        Action::Drain { .. } => "drain",
        Action::Undrain { .. } => "undrain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_the_word_in_the_json() {
        let date = "2013-02-08".parse().expect("a date");
        let actions = [
            Action::Rerun { targets: vec![], after: false, through_prev: false },
            Action::Pass { targets: vec![] },
            Action::Skip { targets: vec![] },
            Action::Kill { targets: vec![] },
            Action::Start { targets: vec![], force: false },
            Action::Hold { targets: vec![] },
            Action::Release { targets: vec![] },
            Action::Fail { targets: vec![] },
            Action::FeedEmpty { targets: vec![] },
            Action::FeedArrived { targets: vec![] },
            Action::Priority { targets: vec![], priority: None },
            Action::Backfill { first: date, last: date },
            Action::Freeze,
            Action::Thaw,
            Action::ConfirmClock,
            Action::Drain { agent: String::new() },
            Action::Undrain { agent: String::new() },
        ];
        for action in actions {
            let value = serde_json::to_value(&action).expect("JSON");
            assert_eq!(value["do"], kind(&action));
        }
    }
}
