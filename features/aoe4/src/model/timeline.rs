//! Series of a match for plots, thinned to a bounded number of points.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::facts::{Facts, Side};
use super::sight::Sight;
use super::summary::Summary;

/// Of a series. A match of an hour has 180 samples.
pub const MOST_POINTS: usize = 120;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// Game seconds, rising. Every series has as many points, or none if it isn't told.
    pub timestamps: Vec<u32>,
    pub players: Vec<PlayerLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlayerLine {
    /// As the ids of this player's facts begin: `me`, `opponent.2`.
    pub key: String,
    pub side: Side,
    /// A player's own text.
    pub name: String,
    pub civilization: String,
    pub food: Vec<i64>,
    pub gold: Vec<i64>,
    pub stone: Vec<i64>,
    pub wood: Vec<i64>,
    pub oliveoil: Vec<i64>,
    /// All resources together that come in a minute.
    pub income: Vec<i64>,
    pub villagers: Vec<u32>,
    pub military_units: Vec<u32>,
    pub score: ScoreLine,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScoreLine {
    pub total: Vec<i64>,
    pub military: Vec<i64>,
    pub economy: Vec<i64>,
    pub technology: Vec<i64>,
    pub society: Vec<i64>,
}

impl Timeline {
    /// Of everybody who has a seat in the facts.
    pub fn of(summary: &Summary, facts: &Facts) -> Self {
        let seats: Vec<_> = facts
            .seats
            .iter()
            .filter_map(|seat| Some((seat, Sight::of(summary, summary.player(seat.profile_id)?))))
            .collect();
        let longest = seats
            .iter()
            .map(|(_, sight)| &sight.player.series.timestamps)
            .max_by_key(|timestamps| timestamps.len());
        let timestamps = longest.map_or_else(Vec::new, |all| thinned(all));
        let players = seats
            .iter()
            .map(|(seat, sight)| {
                let series = &sight.player.series;
                let held = |column: &[i64]| held(&series.timestamps, column, &timestamps);
                let income = (0..series.timestamps.len())
                    .map_while(|sample| series.per_minute.sum(sample))
                    .collect::<Vec<i64>>();
                let count = |alive: &dyn Fn(u32) -> usize| -> Vec<u32> {
                    let seen = sight.has_build_order();
                    let at = timestamps.iter().filter(|_| seen);
                    at.map(|&at| u32::try_from(alive(at)).unwrap_or(u32::MAX))
                        .collect()
                };
                PlayerLine {
                    key: seat.key.clone(),
                    side: seat.side,
                    name: seat.name.clone(),
                    civilization: seat.civilization.clone(),
                    food: held(&series.stock.food),
                    gold: held(&series.stock.gold),
                    stone: held(&series.stock.stone),
                    wood: held(&series.stock.wood),
                    oliveoil: held(&series.stock.oliveoil),
                    income: held(&income),
                    villagers: count(&|at| sight.villagers.alive_at(at)),
                    military_units: count(&|at| sight.military.alive_at(at)),
                    score: ScoreLine {
                        total: held(&series.total),
                        military: held(&series.military),
                        economy: held(&series.economy),
                        technology: held(&series.technology),
                        society: held(&series.society),
                    },
                }
            })
            .collect();
        Self {
            timestamps,
            players,
        }
    }
}

/// At most [`MOST_POINTS`], evenly spread, the first and the last among them.
fn thinned(all: &[u32]) -> Vec<u32> {
    if all.len() <= MOST_POINTS {
        return all.to_vec();
    }
    let last = all.len() - 1;
    (0..MOST_POINTS)
        .map(|point| all[point * last / (MOST_POINTS - 1)])
        .collect()
}

/// The values at other times: the last that was told until then. Who has left keeps what was there.
fn held(own: &[u32], column: &[i64], at: &[u32]) -> Vec<i64> {
    if column.is_empty() {
        return Vec::new();
    }
    at.iter()
        .map(|&at| {
            let sample = own.partition_point(|&time| time <= at).saturating_sub(1);
            column.get(sample).copied().unwrap_or(0)
        })
        .collect()
}
