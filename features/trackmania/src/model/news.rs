//! What is new on a map, and how somebody is told of it.
//!
//! Invariants:
//! - A record is new once: when it was seen first, not when it was driven. Leaderboards may be hours late, so what was driven
//!   up to [`LATE`] before the last look counts, too, if nobody saw it then.
//! - However much is new, a message is short: a summary, and the best places.

use std::collections::HashMap;
use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};

use super::account::AccountId;
use super::board::Record;
use super::words::{gap as distance, grouped, ordinal, result};

/// How late leaderboards may be.
pub const LATE: SignedDuration = SignedDuration::from_hours(6);
/// How far is looked back at most: as long as it is known what was seen.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(28 * 24);
/// Lines of a message.
pub const MOST_LINES: usize = 20;
/// Characters of a message: more would be cut off on its way.
const MOST_CHARACTERS: usize = 1_900;
/// Of a name in a message.
const MOST_OF_NAME: usize = 60;

/// A record, and how far it is from the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub account: AccountId,
    pub position: i64,
    /// Milliseconds; points on maps that aren't races.
    pub time: i64,
    pub driven_at: Timestamp,
    /// Whoever is ahead; of the first, the second. None if there is nobody else.
    pub next: Option<AccountId>,
    /// How far behind them it is: 0 for equal times, and less for the first.
    pub gap: Option<i64>,
}

/// A map that a run looks at.
#[derive(Clone, Debug)]
pub struct Look {
    pub uid: String,
    /// What was not seen until about then is new.
    pub base_at: Option<Timestamp>,
    /// How new its leaderboard has to be.
    pub board_at: Timestamp,
    /// Until when everything is seen after this look.
    pub looking_at: Timestamp,
}

impl Look {
    /// What was driven since then is new, unless it was seen before.
    pub fn since(&self, run_at: Timestamp) -> Timestamp {
        let base_at = self.base_at.unwrap_or(run_at);
        base_at.max(run_at - LOOKED_BACK) - LATE
    }
}

/// What is new on a leaderboard: driven since then, or at that moment.
pub fn news(records: &[Record], since: Timestamp) -> Vec<News> {
    let new = records.iter().enumerate().filter_map(|(index, record)| {
        let driven_at = record.driven_at.filter(|&at| at >= since)?;
        let next = match index {
            0 => records.get(1),
            _ => ahead(records, index),
        };
        Some(News {
            account: record.account,
            position: record.position,
            time: record.time,
            driven_at,
            next: next.map(|next| next.account),
            gap: next.map(|next| {
                let gap = record.time.abs_diff(next.time).cast_signed();
                if index == 0 { -gap } else { gap }
            }),
        })
    });
    new.collect()
}

/// The one before who isn't as fast; where there is none, as for those who share the first place, the one before.
fn ahead(records: &[Record], index: usize) -> Option<&Record> {
    let before = &records[..index];
    let faster = before
        .iter()
        .rfind(|other| other.time != records[index].time);
    faster.or(before.last())
}

/// A new record as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub map: String,
    pub is_race: bool,
    pub news: News,
}

/// All that there is to tell of what somebody follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// The mapper's name, or the map's.
    pub name: String,
    pub is_mapper: bool,
    /// New records, and the maps that they are on.
    pub records: i64,
    pub maps: i64,
    /// The best of them.
    pub lines: Vec<Line>,
    /// Maps that could not be looked at, and why.
    pub missed: i64,
    /// Whether none of all could be.
    pub all_missed: bool,
    pub why: Option<String>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub title: String,
    pub body: String,
}

impl Story {
    /// None if there is nothing to tell.
    pub fn tell(&self, names: &HashMap<AccountId, String>) -> Option<Text> {
        let name = short(&self.name);
        let what = match self.is_mapper {
            true => format!("maps by {name}"),
            false => name,
        };
        match (self.records, &self.lines[..]) {
            (0, _) if self.missed == 0 => None,
            (0, _) => Some(Text {
                title: match self.all_missed || !self.is_mapper {
                    true => format!("Not checked: {what}"),
                    false => format!("Not checked: some {what}"),
                },
                body: self.missed_sentence(),
            }),
            (1, [line]) => {
                let driver = called(names, line.news.account, "Somebody");
                let told = result(line.news.time, line.is_race);
                let mut body = line.place(names);
                if self.missed > 0 {
                    let _ = write!(body, "\n{}", self.missed_sentence());
                }
                Some(Text {
                    title: format!("{driver} drove {told} on {}", short(&line.map)),
                    body,
                })
            }
            _ => Some(Text {
                title: format!("{} new records on {what}", grouped(self.records)),
                body: self.body(names),
            }),
        }
    }

    /// What could not be looked at, in a sentence.
    pub fn problem(&self) -> Option<String> {
        (self.missed > 0).then(|| self.missed_sentence())
    }

    fn body(&self, names: &HashMap<AccountId, String>) -> String {
        let mut body = String::new();
        let listed = i64::try_from(self.lines.len()).unwrap_or(i64::MAX);
        if self.records > listed || self.missed > 0 {
            let records = format!("{} new records", grouped(self.records));
            let _ = match self.maps {
                1 => write!(body, "{records}."),
                maps => write!(body, "{records} on {} maps.", grouped(maps)),
            };
            if self.missed > 0 {
                let _ = write!(body, " {}", self.missed_sentence());
            }
            if self.records > listed {
                body.push_str(" The best places:");
            }
            body.push('\n');
        }
        let mut characters = body.chars().count();
        for line in &self.lines {
            let driver = called(names, line.news.account, "Somebody");
            let map = short(&line.map);
            let told = result(line.news.time, line.is_race);
            let line = format!("{driver} {told} on {map}: {}\n", line.place(names));
            characters += line.chars().count();
            if characters > MOST_CHARACTERS {
                break;
            }
            body.push_str(&line);
        }
        body.truncate(body.trim_end().len());
        body
    }

    fn missed_sentence(&self) -> String {
        let maps = match self.missed {
            1 => "1 map".to_owned(),
            many => format!("{} maps", grouped(many)),
        };
        let why = match &self.why {
            Some(why) => format!(": {why}"),
            None => ".".to_owned(),
        };
        format!("{maps} could not be looked at{why}")
    }
}

impl Line {
    /// `2nd, 0.120 s behind Carl`.
    fn place(&self, names: &HashMap<AccountId, String>) -> String {
        let News {
            position,
            next,
            gap,
            ..
        } = &self.news;
        let place = ordinal(*position);
        let (Some(next), Some(gap)) = (next, gap) else {
            return format!("{place}, and nobody else");
        };
        let next = called(names, *next, "somebody");
        let distance = distance(0, *gap, self.is_race);
        match gap {
            0 => format!("{place}, level with {next}"),
            ..0 => format!("{place}, {distance} ahead of {next}"),
            1.. => format!("{place}, {distance} behind {next}"),
        }
    }
}

fn called(names: &HashMap<AccountId, String>, account: AccountId, nobody: &str) -> String {
    let name = names.get(&account).map(|name| short(name));
    name.unwrap_or_else(|| nobody.to_owned())
}

fn short(name: &str) -> String {
    match name.char_indices().nth(MOST_OF_NAME) {
        None => name.to_owned(),
        Some((end, _)) => format!("{}…", &name[..end]),
    }
}

#[cfg(test)]
mod tests;
