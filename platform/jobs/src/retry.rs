use std::time::Duration;

/// How often a job is tried, and how long it waits in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// In all; after the last one it is dead.
    pub attempts: u8,
    /// Between the first attempt and the second.
    pub base: Duration,
    /// Each further wait is this many times the one before.
    pub factor: u32,
    pub longest: Duration,
}

impl Retry {
    pub const DEFAULT: Self = Self {
        attempts: 3,
        base: Duration::from_secs(10),
        factor: 4,
        longest: Duration::from_secs(60 * 60),
    };

    /// How long to wait after the attempt of this number, counted from 1. `chance`, from 0 to 1, spreads it by a
    /// quarter to both sides, so that what failed together doesn't come back together.
    pub fn wait(&self, attempt: u32, chance: f64) -> Duration {
        let factor = self.factor.saturating_pow(attempt.saturating_sub(1));
        let wait = self.base.saturating_mul(factor).min(self.longest);
        wait.mul_f64(0.75 + 0.5 * chance.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_spread_and_are_bounded() {
        let retry = Retry::DEFAULT;
        for (attempt, chance, seconds) in [
            (1, 0.5, 10.0),
            (2, 0.5, 40.0),
            (3, 0.5, 160.0),
            (1, 0.0, 7.5),
            (1, 1.0, 12.5),
            (u32::MAX, 0.5, 3600.0),
        ] {
            let wait = retry.wait(attempt, chance);
            assert_eq!(wait, Duration::from_secs_f64(seconds), "{attempt} {chance}");
        }
    }
}
