//! Messages of bounded size: a transport refuses what is too large, and would refuse it again and again.

use std::collections::BTreeMap;

use daybreak_bus::envelope::SIZE_MAX;
use daybreak_bus::message::Dispatch;
use daybreak_flows::task::{Http, Task, TaskRun};

/// Characters of text in one message. The encoding makes at most six bytes of one byte, and nearly always about one.
const TEXT_MAX: usize = SIZE_MAX / 8;

/// Cuts a list so that each part fits into a message. An attempt that is larger alone goes alone.
pub(super) fn split(dispatches: Vec<Dispatch>) -> Vec<Vec<Dispatch>> {
    let mut parts: Vec<Vec<Dispatch>> = Vec::new();
    let mut room = 0;
    for dispatch in dispatches {
        let size = text_of(&dispatch.run);
        match parts.last_mut() {
            Some(part) if size <= room => {
                room -= size;
                part.push(dispatch);
            }
            _ => {
                room = TEXT_MAX.saturating_sub(size);
                parts.push(vec![dispatch]);
            }
        }
    }
    parts
}

/// Bytes of all texts of a task that may be long.
fn text_of(run: &TaskRun) -> usize {
    let of_map = |map: &BTreeMap<String, String>| {
        map.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>()
    };
    let task = match &run.task {
        Task::Noop => 0,
        Task::Shell(shell) => shell.script.len(),
        Task::Sql(sql) => sql.text.len(),
        Task::Http(Http { url, headers, body, .. }) => {
            url.len() + of_map(headers) + body.as_ref().map_or(0, String::len)
        }
        Task::Load(load) => of_map(&load.set) + load.columns.iter().map(String::len).sum::<usize>(),
        Task::Copy(copy) => copy.columns.iter().map(String::len).sum(),
    };
    let scripts = run.platforms.values().flat_map(|platform| &platform.init).map(String::len).sum::<usize>();
    task + scripts + of_map(&run.binds) + of_map(&run.env)
}

#[cfg(test)]
mod tests {
    use daybreak_bus::envelope::encode;
    use daybreak_bus::message::{AttemptKey, ToAgent};
    use daybreak_flows::task::Sql;
    use daybreak_flows::time::Span;

    use super::*;

    fn dispatch(number: u64, bytes: usize) -> Dispatch {
        Dispatch {
            number,
            key: AttemptKey { job: 1, ordinal: 15_710, attempt: 1 },
            job: "a".to_owned(),
            period: "20130105".to_owned(),
            version: 1,
            run: TaskRun {
                task: Task::Sql(Sql { text: "\n".repeat(bytes) }),
                binds: BTreeMap::new(),
                env: BTreeMap::new(),
                dir: String::new(),
                platforms: BTreeMap::new(),
            },
            slots: 1,
            timeout: None,
            grace: Span::seconds(10),
        }
    }

    #[test]
    fn parts_keep_the_order_and_fit_into_a_message() {
        let sizes = [10, TEXT_MAX - 10, 1, TEXT_MAX, 2, TEXT_MAX + 1, 3, 4];
        let dispatches = (1..).zip(sizes).map(|(number, bytes)| dispatch(number, bytes)).collect();
        let parts = split(dispatches);
        let numbers: Vec<Vec<u64>> =
            parts.iter().map(|part| part.iter().map(|one| one.number).collect()).collect();
        assert_eq!(numbers, [vec![1, 2], vec![3], vec![4], vec![5], vec![6], vec![7, 8]]);
        for items in parts {
            let message = ToAgent::Dispatch { term: 1, incarnation: 1, items };
            encode(&message).expect("it fits");
        }
    }

    #[test]
    fn many_small_ones_stay_together() {
        assert_eq!(split((1..=256).map(|number| dispatch(number, 1_000)).collect()).len(), 1);
        assert_eq!(split(Vec::new()).len(), 0);
    }
}
