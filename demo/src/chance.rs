//! Chance that follows from a seed.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// Another stream of numbers for each of `which`.
pub fn stream(seed: u64, which: u64) -> StdRng {
    StdRng::seed_from_u64(mix(seed, which))
}

/// `SplitMix64`: neighbouring numbers have nothing in common.
pub fn mix(seed: u64, which: u64) -> u64 {
    let mut mixed = seed ^ which.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A number of [`mix`] as one from 0 to below 1.
pub fn share(mixed: u64) -> f64 {
    // As many bits as fit.
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number of [`mix`] as one from 0 to below `below`, which is more than 0.
pub fn below(mixed: u64, below: i64) -> i64 {
    let below = below.unsigned_abs().max(1);
    i64::try_from(mixed % below).unwrap_or(0)
}
