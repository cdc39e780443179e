//! Chance that can be replayed: the same seed draws the same numbers, on every machine and in every build.

/// A source of numbers (SplitMix64). Good enough to be unfair to programs, and ten lines.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The source of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A source of its own for one purpose, so that one more draw here does not change everything there.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// Any number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `first..=last`. The bias of the remainder is far below what a test could notice.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        assert!(first <= last, "a range has its ends in order");
        first + (self.next() % (last - first + 1).cast_unsigned()).cast_signed()
    }

    /// `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "something must be there to choose from");
        (self.next() % n as u64) as usize
    }

    /// True in `percent` of 100 cases.
    pub const fn chance(&mut self, percent: u32) -> bool {
        self.next() % 100 < percent as u64
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of them, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, from: &[(u32, T)]) -> T {
        let total: u32 = from.iter().map(|(weight, _)| weight).sum();
        let mut at = self.between(0, i64::from(total) - 1);
        for &(weight, item) in from {
            at -= i64::from(weight);
            if at < 0 {
                return item;
            }
        }
        unreachable!("the weights add up to more than was drawn")
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_seed_always_draws_the_same_numbers() {
        // The published first outputs of SplitMix64 for seed 1234567.
        let mut random = Random::new(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn every_value_of_a_range_is_drawn() {
        let mut random = Random::new(1);
        let mut seen = [0; 7];
        for _ in 0..7_000 {
            seen[usize::try_from(random.between(-3, 3) + 3).expect("in range")] += 1;
        }
        assert!(seen.iter().all(|&count| (800..1_200).contains(&count)), "{seen:?}");
    }
}
