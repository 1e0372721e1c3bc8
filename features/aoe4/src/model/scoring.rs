//! Scores from 0 to 100: where a player stands among those who are compared with.
//!
//! Of each metric, `z = (value - mean) / spread`, turned so that better is positive, and held within ±3. Its score is
//! `100 / (1 + e^(-1.702 z))`, which is nearly the share of a normal distribution below it: 50 is usual, 85 is one spread
//! better than usual, 15 one worse. A category's score is the mean of its metrics' scores by their weights
//! ([`super::metrics`]), and the overall score that of the categories: economy 30, macro 25, military 25, technology 20.
//! What has no value weighs nothing; a category without any has no score.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::benchmarks::{Benchmark, Benchmarks, RankGroup};
use super::metrics::{Category, Metric, Metrics};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scores {
    pub overall: Option<u8>,
    pub economy: Option<u8>,
    pub military: Option<u8>,
    pub technology: Option<u8>,
    pub r#macro: Option<u8>,
}

/// A value beside what is usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    pub metric: Metric,
    pub value: f64,
    pub benchmark: Benchmark,
    /// Spreads by which it is better than usual, within ±3.
    pub better: f64,
    /// 0–100.
    pub score: u8,
}

/// A player's match beside those of others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    pub scores: Scores,
    /// In the order of [`Metric::ALL`].
    pub compared: Vec<Compared>,
}

impl Assessment {
    /// Without any value there are no scores.
    pub fn of(
        metrics: &Metrics,
        benchmarks: &Benchmarks,
        rank: RankGroup,
        civilization: &str,
    ) -> Self {
        let compared: Vec<Compared> = metrics
            .iter()
            .map(|(metric, value)| {
                Compared::of(metric, value, benchmarks.choose(rank, civilization, metric))
            })
            .collect();
        let category = |category: Category| -> Option<f64> {
            let of = compared
                .iter()
                .filter(|one| one.metric.about().category == category);
            mean(of.map(|one| (share(one.better), one.metric.about().weight)))
        };
        let [economy, military, technology, r#macro] = Category::ALL.map(category);
        let weighted = [
            (economy, 30.0),
            (military, 25.0),
            (technology, 20.0),
            (r#macro, 25.0),
        ];
        let overall = mean(
            weighted
                .into_iter()
                .filter_map(|(score, weight)| Some((score?, weight))),
        );
        let scores = Scores {
            overall: overall.map(rounded),
            economy: economy.map(rounded),
            military: military.map(rounded),
            technology: technology.map(rounded),
            r#macro: r#macro.map(rounded),
        };
        Self { scores, compared }
    }

    pub fn get(&self, metric: Metric) -> Option<&Compared> {
        self.compared.iter().find(|one| one.metric == metric)
    }
}

impl Compared {
    fn of(metric: Metric, value: f64, benchmark: Benchmark) -> Self {
        let z = ((value - benchmark.mean) / benchmark.spread).clamp(-3.0, 3.0);
        let better = if metric.about().more_is_better { z } else { -z };
        Self {
            metric,
            value,
            benchmark,
            better,
            score: rounded(share(better)),
        }
    }
}

fn share(z: f64) -> f64 {
    100.0 / (1.0 + (-1.702 * z).exp())
}

/// By weights; None of nothing.
fn mean(values: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (sum, weight) = values.fold((0.0, 0.0), |(sum, all), (value, weight)| {
        (sum + value * weight, all + weight)
    });
    (weight > 0.0).then(|| sum / weight)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is held within 0 and 100"
)]
fn rounded(score: f64) -> u8 {
    score.round().clamp(0.0, 100.0) as u8
}
