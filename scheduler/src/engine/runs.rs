//! A compressed set of ordinals: which periods of a job are met although their instances have left memory.

use daybreak_flows::period::Ordinal;

/// Ascending inclusive runs that do not touch. A job whose nights all went well is one run, whatever its age.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs(Vec<(Ordinal, Ordinal)>);

impl Runs {
    /// From stored runs; merges what overlaps or touches.
    #[must_use]
    pub fn from_stored(runs: &[(Ordinal, Ordinal)]) -> Self {
        let mut set = Self::default();
        for &(first, last) in runs {
            set.insert_run(first, last);
        }
        set
    }

    /// The runs, as they are stored.
    #[must_use]
    pub fn as_slice(&self) -> &[(Ordinal, Ordinal)] {
        &self.0
    }

    /// Whether the ordinal is in the set.
    #[must_use]
    pub fn contains(&self, ordinal: Ordinal) -> bool {
        self.run_end(ordinal).is_some()
    }

    /// The last ordinal of the run that holds this one, if there is one.
    #[must_use]
    pub fn run_end(&self, ordinal: Ordinal) -> Option<Ordinal> {
        let after = self.0.partition_point(|&(first, _)| first <= ordinal);
        let &(_, last) = self.0.get(after.checked_sub(1)?)?;
        (last >= ordinal).then_some(last)
    }

    /// Adds one ordinal.
    pub fn insert(&mut self, ordinal: Ordinal) {
        self.insert_run(ordinal, ordinal);
    }

    fn insert_run(&mut self, mut first: Ordinal, mut last: Ordinal) {
        let from = self.0.partition_point(|&(_, end)| end < first.saturating_sub(1));
        let to = self.0.partition_point(|&(start, _)| start <= last.saturating_add(1));
        if from < to {
            first = first.min(self.0[from].0);
            last = last.max(self.0[to - 1].1);
        }
        self.0.splice(from..to, [(first, last)]);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_like_a_set(ordinals in prop::collection::vec(-50_i32..50, 0..80)) {
            let mut runs = Runs::default();
            for &ordinal in &ordinals {
                runs.insert(ordinal);
            }
            let set: BTreeSet<_> = ordinals.into_iter().collect();
            for ordinal in -60..60 {
                prop_assert_eq!(runs.contains(ordinal), set.contains(&ordinal));
            }
            for pair in runs.as_slice().windows(2) {
                prop_assert!(pair[0].1 + 1 < pair[1].0, "runs touch: {:?}", runs);
            }
            prop_assert_eq!(Runs::from_stored(runs.as_slice()), runs);
        }
    }
}
