//! What a driver is told of a day: of all their places at once, in words.

use std::collections::HashMap;

use super::account::AccountId;
use super::places::{Change, Rival};
use super::words::{gap, ordinal, result};

/// Of more there is only a count: nobody reads them in a mail.
const MOST_LINES: usize = 10;
const MOST_MISSED: usize = 5;

/// What became of a place.
#[derive(Clone, Debug)]
pub struct News {
    pub map_uid: String,
    pub map_name: String,
    pub is_race: bool,
    pub change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub title: String,
    pub body: String,
    /// A path of ours.
    pub link: String,
}

/// Who of the news has to be named: nobody in what is only counted.
pub fn named(news: &[News]) -> Vec<AccountId> {
    let told = news.iter().take(MOST_LINES);
    let rivals = told.flat_map(|news| match &news.change {
        Change::Overtaken { by, .. } | Change::PushedOut { by, .. } => &by[..],
        Change::Restored { .. } | Change::Raised { .. } | Change::Removed { .. } => &[],
    });
    rivals.map(|rival| rival.account).collect()
}

/// `missed` are the names of maps that could not be checked; `site` is where links in the text lead, without a slash at its end.
pub fn words(
    news: &[News],
    missed: &[String],
    names: &HashMap<AccountId, String>,
    site: &str,
) -> Words {
    let mut lines: Vec<String> = news
        .iter()
        .take(MOST_LINES)
        .map(|news| format!("{} {site}/maps/{}", line(news, names), news.map_uid))
        .collect();
    if news.len() > MOST_LINES {
        let more = news.len() - MOST_LINES;
        lines.push(format!("And {more} more: {site}/driver-notifications"));
    }
    if !missed.is_empty() {
        lines.push(format!(
            "Could not be checked: {}. The next check is tomorrow.",
            listed(missed)
        ));
    }
    Words {
        title: title(news, missed, names),
        body: lines.join("\n"),
        link: match news {
            [one] => format!("/maps/{}", one.map_uid),
            _ => "/driver-notifications".to_owned(),
        },
    }
}

fn title(news: &[News], missed: &[String], names: &HashMap<AccountId, String>) -> String {
    match news {
        [] if missed.len() == 1 => format!("Your place on {} could not be checked", missed[0]),
        [] => format!("{} of your places could not be checked", missed.len()),
        [one] => {
            let map = &one.map_name;
            match &one.change {
                Change::Overtaken { from, by, .. } | Change::PushedOut { from, by, .. } => {
                    format!(
                        "{} took your {} place on {map}",
                        who(by, names),
                        ordinal(*from)
                    )
                }
                Change::Restored { to, .. } => {
                    format!("Your {} place on {map} is restored", ordinal(*to))
                }
                Change::Raised { to, .. } => format!("You are {} on {map} now", ordinal(*to)),
                Change::Removed { from, .. } => {
                    format!("Your record on {map}, the {}, was removed", ordinal(*from))
                }
            }
        }
        _ => {
            let better = news.iter().filter(|news| {
                matches!(news.change, Change::Restored { .. } | Change::Raised { .. })
            });
            let better = better.count();
            match (news.len() - better, better) {
                (0, better) => format!("{better} of your places are better or restored"),
                (lost, 0) => format!("You lost {lost} of your places"),
                (lost, better) => {
                    format!("You lost {lost} of your places; {better} better or restored")
                }
            }
        }
    }
}

fn line(news: &News, names: &HashMap<AccountId, String>) -> String {
    let map = &news.map_name;
    let shown = |time: i64| result(time, news.is_race);
    match &news.change {
        Change::Overtaken {
            from,
            to,
            time,
            by,
            to_beat,
        } => format!(
            "{map}: {} took your {} place. You are {} with {}. {}",
            rivals(by, *time, news.is_race, names),
            ordinal(*from),
            ordinal(*to),
            shown(*time),
            wins_back(*to_beat, news.is_race, "it")
        ),
        Change::PushedOut {
            from,
            to,
            time,
            by,
            to_beat,
        } => {
            let now = match to {
                Some(to) => ordinal(*to),
                None => "behind the best hundred".to_owned(),
            };
            format!(
                "{map}: you are no longer among the best five. You were {}, and are {now} with {}; ahead are now {}. {}",
                ordinal(*from),
                shown(*time),
                rivals(by, *time, news.is_race, names),
                wins_back(
                    *to_beat,
                    news.is_race,
                    &format!("the {} place", ordinal(*from))
                )
            )
        }
        Change::Restored { to, time } => format!(
            "{map}: your {} place is restored, with {}: a record ahead of you was removed.",
            ordinal(*to),
            shown(*time)
        ),
        Change::Raised { to, time } => format!(
            "{map}: you are {} now, with {}: a record ahead of you was removed.",
            ordinal(*to),
            shown(*time)
        ),
        Change::Removed { from, to: None } => format!(
            "{map}: your record, the {}, is not on the leaderboard any more.",
            ordinal(*from)
        ),
        Change::Removed { from, to: Some(to) } => format!(
            "{map}: your record, the {}, is not on the leaderboard any more; with a worse one you are {}.",
            ordinal(*from),
            ordinal(*to)
        ),
    }
}

/// The least that has to be driven.
fn wins_back(to_beat: i64, is_race: bool, what: &str) -> String {
    let enough = if is_race { to_beat - 1 } else { to_beat + 1 };
    format!("{} or better wins {what} back.", result(enough, is_race))
}

fn name(account: AccountId, names: &HashMap<AccountId, String>) -> &str {
    names.get(&account).map_or("somebody", String::as_str)
}

/// `Bob`, `Bob and Carl`, `Bob and 2 others`.
fn who(by: &[Rival], names: &HashMap<AccountId, String>) -> String {
    let text = match by {
        [] => "Others".to_owned(),
        [one] => name(one.account, names).to_owned(),
        [one, two] => format!(
            "{} and {}",
            name(one.account, names),
            name(two.account, names)
        ),
        [one, others @ ..] => format!("{} and {} others", name(one.account, names), others.len()),
    };
    match text.strip_prefix("somebody") {
        Some(rest) => format!("Somebody{rest}"),
        None => text,
    }
}

fn rivals(by: &[Rival], own: i64, is_race: bool, names: &HashMap<AccountId, String>) -> String {
    let rivals = by.iter().map(|rival| {
        let (name, time) = (name(rival.account, names), result(rival.time, is_race));
        format!("{name} ({time}, {} ahead)", gap(rival.time, own, is_race))
    });
    let rivals: Vec<String> = rivals.collect();
    match &rivals[..] {
        [] => "others".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `Hill, Lake and 3 more`.
fn listed(maps: &[String]) -> String {
    let shown = maps[..maps.len().min(MOST_MISSED)].join(", ");
    match maps.len().saturating_sub(MOST_MISSED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests;
