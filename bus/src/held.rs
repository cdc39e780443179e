//! The fingerprint of what an agent holds, which both sides compute for themselves and compare by heartbeat.

use crate::message::{AttemptKey, Phase};

/// Hash over held attempts and their phases that does not depend on their order.
///
/// The value is part of the protocol: the agent sends it in [`Heartbeat::held_hash`](crate::message::Heartbeat), the
/// scheduler computes it from its own state, and a difference that lasts makes it ask for the agent's list. Nothing held
/// is 0. It detects accidents, not malice.
#[must_use]
pub fn held_hash(held: impl IntoIterator<Item = (AttemptKey, Phase)>) -> u64 {
    held.into_iter().fold(0, |sum, (key, phase)| sum.wrapping_add(one(key, phase)))
}

fn one(key: AttemptKey, phase: Phase) -> u64 {
    let phase = match phase {
        Phase::Accepted => 1,
        Phase::Running => 2,
        Phase::Ended => 3,
    };
    let instance = u64::from(key.job) << 32 | u64::from(key.ordinal.cast_unsigned());
    mix(mix(instance).wrapping_add(u64::from(key.attempt) << 8 | phase))
}

/// The finaliser of SplitMix64: every input bit changes every output bit with a probability of about one half, so that
/// the sum of many does not cancel.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(job: u32, ordinal: i32, attempt: u32) -> AttemptKey {
        AttemptKey { job, ordinal, attempt }
    }

    #[test]
    fn order_does_not_matter_and_content_does() {
        let a = (key(1, 15_706, 1), Phase::Accepted);
        let b = (key(2, -3, 2), Phase::Running);
        assert_eq!(held_hash([a, b]), held_hash([b, a]));
        assert_eq!(held_hash([]), 0);

        let variants = [
            (key(1, 15_706, 1), Phase::Accepted),
            (key(1, 15_706, 1), Phase::Running),
            (key(1, 15_706, 1), Phase::Ended),
            (key(1, 15_706, 2), Phase::Accepted),
            (key(1, 15_707, 1), Phase::Accepted),
            (key(1, -15_706, 1), Phase::Accepted),
            (key(2, 15_706, 1), Phase::Accepted),
        ];
        let mut hashes: Vec<u64> = variants.iter().map(|&held| held_hash([held])).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), variants.len());
    }

    /// Agents and schedulers of different versions compare this value: it must not change.
    #[test]
    fn the_value_is_fixed() {
        assert_eq!(held_hash([(key(7, 20_130_105, 1), Phase::Running)]), 0x7f36_142a_e3c1_31b7);
    }
}
