//! A set of numbers that is nearly `1..=n`.

use std::collections::BTreeMap;

/// A set of numbers from 1, kept as ranges: its size follows the number of gaps, not the number of members.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NumberSet {
    /// First → last of each range; ranges neither overlap nor touch.
    ranges: BTreeMap<u64, u64>,
}

impl NumberSet {
    pub(crate) fn contains(&self, number: u64) -> bool {
        self.range_before(number).is_some_and(|(_, last)| number <= last)
    }

    pub(crate) fn insert(&mut self, number: u64) {
        self.insert_range(number, number);
    }

    /// Adds `first..=last`.
    pub(crate) fn insert_range(&mut self, first: u64, last: u64) {
        let (mut first, mut last) = (first, last);
        if let Some((start, end)) = self.range_before(first)
            && end.saturating_add(1) >= first
        {
            first = start;
            last = last.max(end);
        }
        while let Some((&start, &end)) = self.ranges.range(first..=last.saturating_add(1)).next() {
            self.ranges.remove(&start);
            last = last.max(end);
        }
        self.ranges.insert(first, last);
    }

    /// The highest member; 0 if there is none.
    pub(crate) fn highest(&self) -> u64 {
        self.ranges.last_key_value().map_or(0, |(_, &last)| last)
    }

    pub(crate) fn ranges(&self) -> Vec<(u64, u64)> {
        self.ranges.iter().map(|(&first, &last)| (first, last)).collect()
    }

    fn range_before(&self, number: u64) -> Option<(u64, u64)> {
        self.ranges.range(..=number).next_back().map(|(&first, &last)| (first, last))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::NumberSet;

    #[test]
    fn agrees_with_a_plain_set() {
        // Every subset order of a small universe is too many; a fixed walk over residues visits gaps, joins and repeats.
        for step in [1_u64, 3, 7, 11, 18] {
            let (mut ranges, mut plain) = (NumberSet::default(), BTreeSet::new());
            for i in 0..40 {
                let number = i * step % 37 + 1;
                ranges.insert(number);
                plain.insert(number);
                for probe in 0..40 {
                    assert_eq!(
                        ranges.contains(probe),
                        plain.contains(&probe),
                        "step {step}, after {number}: {probe}"
                    );
                }
                assert_eq!(ranges.highest(), plain.last().copied().unwrap_or(0));
                let members: BTreeSet<u64> = ranges.ranges().into_iter().flat_map(|(a, b)| a..=b).collect();
                assert_eq!(members, plain);
                let touching = ranges.ranges().windows(2).any(|pair| pair[0].1 + 1 >= pair[1].0);
                assert!(!touching, "ranges that touch must be one: {ranges:?}");
            }
        }
    }

    #[test]
    fn a_range_swallows_what_it_covers() {
        let mut set = NumberSet::default();
        for number in [2, 4, 6, 20] {
            set.insert(number);
        }
        set.insert_range(3, 10);
        assert_eq!(set.ranges(), [(2, 10), (20, 20)]);
        set.insert(u64::MAX);
        assert!(set.contains(u64::MAX));
    }
}
