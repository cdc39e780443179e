//! Which deliveries are worth telling.

use std::collections::BTreeMap;

use daybreak_bus::message::{Delivered, Watch};
use daybreak_flows::period::Ordinal;

/// A delivery that was told and is not known yet is told again after so many looks: the message may have been lost.
const LOOKS_BETWEEN: u32 = 5;

/// What was told, by interface and period.
#[derive(Debug, Default)]
pub(super) struct Known {
    told: BTreeMap<(u32, Ordinal), Told>,
}

#[derive(Debug)]
struct Told {
    fingerprint: String,
    looks: u32,
}

impl Known {
    /// Of what a look has found, what the scheduler must hear now.
    pub(super) fn news(&mut self, wanted: &[Watch], found: Vec<Delivered>) -> Vec<Delivered> {
        let fingerprints: BTreeMap<_, _> =
            wanted.iter().map(|watch| ((watch.job, watch.ordinal), watch.known.as_deref())).collect();
        self.told.retain(|instance, _| fingerprints.contains_key(instance));
        let mut news = Vec::new();
        for delivered in found {
            let known = fingerprints.get(&(delivered.job, delivered.ordinal)).copied().flatten();
            if known != Some(delivered.fingerprint.as_str()) && self.is_due(&delivered) {
                news.push(delivered);
            }
        }
        news
    }

    fn is_due(&mut self, delivered: &Delivered) -> bool {
        let told = self
            .told
            .entry((delivered.job, delivered.ordinal))
            .or_insert_with(|| Told { fingerprint: String::new(), looks: 0 });
        if told.fingerprint == delivered.fingerprint {
            told.looks += 1;
        } else {
            *told = Told { fingerprint: delivered.fingerprint.clone(), looks: 0 };
        }
        match delivered.problem {
            None => told.looks.is_multiple_of(LOOKS_BETWEEN),
            // For people, and told once: when it is the same at the second look, so that a delivery that is still being
            // written alarms nobody.
            Some(_) => told.looks == 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(known: Option<&str>) -> Watch {
        Watch {
            job: 1,
            ordinal: 5,
            dir: "in".to_owned(),
            files: "a.csv".to_owned(),
            check: None,
            known: known.map(str::to_owned),
        }
    }

    fn delivered(fingerprint: &str, problem: Option<&str>) -> Delivered {
        Delivered {
            job: 1,
            ordinal: 5,
            fingerprint: fingerprint.to_owned(),
            files: 1,
            bytes: 1,
            rows: None,
            empty: false,
            problem: problem.map(str::to_owned),
        }
    }

    /// For each look: what the scheduler knows, what was found, whether it is told.
    #[test]
    fn told_until_known_and_problems_once() {
        let right = |fingerprint| delivered(fingerprint, None);
        let wrong = |fingerprint| delivered(fingerprint, Some("size"));
        let looks = [
            (None, right("a"), true),
            (None, right("a"), false),
            (None, right("a"), false),
            (None, right("a"), false),
            (None, right("a"), false),
            (None, right("a"), true),
            (Some("a"), right("a"), false),
            (Some("a"), right("b"), true),
            (Some("b"), right("b"), false),
            (Some("b"), wrong("c"), false),
            (Some("b"), wrong("d"), false),
            (Some("b"), wrong("d"), true),
            (Some("b"), wrong("d"), false),
            (Some("b"), wrong("d"), false),
            (Some("b"), right("e"), true),
        ];
        let mut known = Known::default();
        for (i, (of_scheduler, found, told)) in looks.into_iter().enumerate() {
            let news = known.news(&[watch(of_scheduler)], vec![found]);
            assert_eq!(!news.is_empty(), told, "look {i}");
        }
    }
}
