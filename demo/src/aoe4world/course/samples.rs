//! What is told of a realm each [`SAMPLE_SECONDS`], and the score, which goes by what is there.

use super::SAMPLE_SECONDS;
use super::realm::{RESOURCES, Realm, Troop};

/// One column for each series, a value for each sample.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    pub at: Vec<u32>,
    pub stock: [Vec<i64>; 5],
    pub per_minute: [Vec<i64>; 5],
    pub gathered: [Vec<i64>; 5],
    /// Military, economy, technology, society.
    pub scores: [Vec<i64>; 4],
    pub population: Vec<u32>,
}

impl Realm {
    /// What all that fights was worth.
    pub fn army_value(&self) -> u32 {
        let value = |troop: &Troop| troop.alive * troop.line.price.sum();
        self.troops.iter().map(value).sum()
    }

    /// Military, economy, technology, society.
    pub fn scores(&self) -> [i64; 4] {
        let military = i64::from(self.army_value()) / 10 + i64::from(self.kills) * 3 + 13;
        let economy = i64::from(self.villagers) * 10 + self.eco_value / 10;
        let ages = i64::from(self.age) - 1;
        [
            military,
            economy,
            self.known_value / 10 + 20 * ages,
            120 * ages,
        ]
    }

    pub fn score(&self) -> i64 {
        self.scores().iter().sum()
    }

    pub fn sample(&mut self, now: u32) {
        const MINUTE: usize = (60 / SAMPLE_SECONDS) as usize;
        self.samples.at.push(now);
        for resource in 0..RESOURCES.len() {
            let gathered = self.gathered[resource] / 1000;
            let column = &mut self.samples.gathered[resource];
            let before = column
                .len()
                .checked_sub(MINUTE)
                .and_then(|at| column.get(at));
            self.samples.per_minute[resource].push(gathered - before.copied().unwrap_or(0));
            column.push(gathered);
            self.samples.stock[resource].push(self.stock[resource] / 1000);
        }
        // The game begins to count after the first sample.
        let scores = if now == 0 { [0; 4] } else { self.scores() };
        for (column, score) in self.samples.scores.iter_mut().zip(scores) {
            column.push(score);
        }
        self.samples.population.push(self.population());
    }
}
