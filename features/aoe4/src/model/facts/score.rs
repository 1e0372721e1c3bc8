//! How the score went: who led, when that changed, and when it moved the most.

use super::{Fact, Seat, Shape};
use crate::model::sight::Sight;
use crate::model::words::clock;

/// Seconds over which a swing is looked for.
const SWING_SECONDS: u32 = 60;
const MOST_SWINGS: usize = 4;
/// More changes than these aren't told one by one.
const MOST_LEADS: usize = 12;

/// Scores of one side at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Standing {
    total: i64,
    military: i64,
    economy: i64,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: u32,
    mine: Standing,
    /// Of the best other side.
    theirs: Standing,
}

/// The score of both sides over time; that of several others is the best of them at each moment.
pub struct Course(Vec<Sample>);

impl Course {
    pub fn of(seats: &[Seat], sights: &[Sight]) -> Self {
        let told = |sight: &&Sight| !sight.player.series.total.is_empty();
        let Some(me) = sights.first().filter(told) else {
            return Self(Vec::new());
        };
        let longest = sights
            .iter()
            .map(|sight| &sight.player.series.timestamps)
            .max_by_key(|timestamps| timestamps.len())
            .unwrap_or(&me.player.series.timestamps);
        let sides = seats.iter().map(|seat| seat.team).max().unwrap_or(0);
        let samples = longest.iter().map(|&at| {
            let side = |team: u32| {
                let of_side = seats
                    .iter()
                    .zip(sights)
                    .filter(|(seat, _)| seat.team == team);
                of_side.fold(Standing::default(), |sum, (_, sight)| {
                    sum.and(standing(sight, at))
                })
            };
            let theirs = (1..=sides).map(side).max_by_key(|standing| standing.total);
            Sample {
                at,
                mine: side(0),
                theirs: theirs.unwrap_or_default(),
            }
        });
        Self(if sides == 0 {
            Vec::new()
        } else {
            samples.collect()
        })
    }

    pub fn facts(&self, shape: Shape) -> Vec<Fact> {
        let (mine, theirs) = match shape {
            Shape::Duel | Shape::Alone => ("You", "Your opponent"),
            Shape::Teams => ("Your side", "The other side"),
            Shape::FreeForAll => ("You", "Another player"),
        };
        let mut facts = self.leads(mine, theirs);
        facts.extend(self.swings());
        facts
    }

    /// A lead changes only once the other side is clearly ahead, by 100 points and by a twentieth of its score: scores that
    /// touch are no lead, and no change.
    fn leads(&self, mine: &str, theirs: &str) -> Vec<Fact> {
        let mut leads: Vec<(Sample, bool)> = Vec::new();
        let (mut ahead, mut seconds, mut before) = (0_u32, 0_u32, 0_u32);
        for sample in &self.0 {
            let leader = leads.last().map(|(_, mine)| *mine);
            if leader == Some(true) {
                ahead += sample.at - before;
            }
            seconds += sample.at - before;
            before = sample.at;
            let (mine, theirs) = (sample.mine.total, sample.theirs.total);
            let clear = |high: i64, low: i64| high - low > (high / 20).max(100);
            let now = if clear(mine, theirs) {
                Some(true)
            } else if clear(theirs, mine) {
                Some(false)
            } else {
                leader
            };
            if now != leader {
                leads.extend(now.map(|now| (*sample, now)));
            }
        }
        if seconds == 0 {
            return Vec::new();
        }
        let changes = leads.len().saturating_sub(1);
        let percent = f64::from(ahead) * 100.0 / f64::from(seconds);
        let text = format!(
            "{mine} led by score for {percent:.0} % of the match, and the lead changed {}.",
            if changes == 1 {
                "once".to_owned()
            } else {
                format!("{changes} times")
            }
        );
        let mut facts = vec![
            Fact::new("lead", text)
                .number("percentAhead", percent.round())
                .count("changes", changes),
        ];
        let told = (0..).zip(&leads).take(MOST_LEADS);
        facts.extend(told.map(|(number, (sample, is_mine))| {
            let who = if *is_mine { mine } else { theirs };
            let did = if number == 0 {
                "was the first to lead"
            } else {
                "took the lead"
            };
            // "You was" is no English.
            let did = if who == "You" {
                did.replace("was", "were")
            } else {
                did.to_owned()
            };
            let text = format!(
                "{who} {did} by score at {}: {} against {}.",
                clock(sample.at),
                sample.mine.total.max(sample.theirs.total),
                sample.mine.total.min(sample.theirs.total)
            );
            Fact::new(format!("lead.{}", sample.at), text)
                .at(sample.at)
                .amount("mine", sample.mine.total)
                .amount("theirs", sample.theirs.total)
                .amount("mineIsAhead", i64::from(*is_mine))
        }));
        facts
    }

    /// The greatest changes of the distance within a minute, none of which touch, in the order of time. What is less than
    /// a tenth of the match's highest score, or 150 points, is how matches always go.
    fn swings(&self) -> Vec<Fact> {
        let greatest = self
            .0
            .iter()
            .map(|sample| sample.mine.total.max(sample.theirs.total))
            .max();
        let least = (greatest.unwrap_or(0) / 10).max(150);
        let mut from = 0;
        let mut found: Vec<(i64, Sample, Sample)> = Vec::new();
        for now in &self.0 {
            while self.0[from].at + SWING_SECONDS < now.at {
                from += 1;
            }
            let then = self.0[from];
            let change =
                (now.mine.total - now.theirs.total) - (then.mine.total - then.theirs.total);
            if change.abs() >= least {
                found.push((change, then, *now));
            }
        }
        found.sort_by_key(|(change, _, now)| (std::cmp::Reverse(change.abs()), now.at));
        let mut told: Vec<(i64, Sample, Sample)> = Vec::new();
        for one in found {
            let apart =
                |other: &(i64, Sample, Sample)| one.2.at <= other.1.at || one.1.at >= other.2.at;
            if told.len() < MOST_SWINGS && told.iter().all(apart) {
                told.push(one);
            }
        }
        told.sort_by_key(|(_, then, _)| then.at);
        told.iter()
            .map(|(change, then, now)| swing(*change, then, now))
            .collect()
    }
}

impl Standing {
    fn and(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            military: self.military + other.military,
            economy: self.economy + other.economy,
        }
    }
}

/// At the last sample until then: who has left keeps the score.
fn standing(sight: &Sight, at: u32) -> Standing {
    let series = &sight.player.series;
    let sample = series
        .timestamps
        .partition_point(|&time| time <= at)
        .saturating_sub(1);
    let of = |column: &[i64]| column.get(sample).copied().unwrap_or(0);
    Standing {
        total: of(&series.total),
        military: of(&series.military),
        economy: of(&series.economy),
    }
}

fn swing(change: i64, then: &Sample, now: &Sample) -> Fact {
    let moved = |part: fn(&Standing) -> i64| {
        (
            part(&now.mine) - part(&then.mine),
            part(&now.theirs) - part(&then.theirs),
        )
    };
    let (mine, theirs) = moved(|standing| standing.total);
    let (my_military, their_military) = moved(|standing| standing.military);
    let (my_economy, their_economy) = moved(|standing| standing.economy);
    let text = format!(
        "From {} to {} the score moved by {} points {}: {mine:+} against {theirs:+}, of which military {my_military:+} against \
         {their_military:+}.",
        clock(then.at),
        clock(now.at),
        change.abs(),
        if change > 0 { "for you" } else { "against you" },
    );
    Fact::new(format!("swing.{}", then.at), text)
        .at(then.at)
        .amount("change", change)
        .amount("mine", mine)
        .amount("theirs", theirs)
        .amount("myMilitary", my_military)
        .amount("theirMilitary", their_military)
        .amount("myEconomy", my_economy)
        .amount("theirEconomy", their_economy)
}
