//! From JSON to a [`Summary`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{Entry, EntryKind, Landmark, PerResource, Player, Resources, Scores, Series, Summary};
use crate::model::game::{GameResult, UNKNOWN};
use crate::model::read::{Fields, Malformed, text, whole};

/// A day: no match is longer.
pub const MOST_SECONDS: u32 = 86_400;
/// More of everything than any match has.
const MOST_PLAYERS: usize = 16;
const MOST_SAMPLES: usize = 5_000;
const MOST_ENTRIES: usize = 2_000;
const MOST_MOMENTS: usize = 5_000;
const MOST_NAMES: usize = 500;
/// Within which sums of all samples are exact.
const MOST_AMOUNT: i64 = 1_000_000_000;

pub fn summary(value: &Value) -> Result<Summary, Malformed> {
    let fields = Fields::of(value, "summary")?;
    let time = |name: &str| Timestamp::from_second(fields.number::<i64>(name)?).ok();
    let list = bounded(fields.list("players")?, MOST_PLAYERS, "players")?;
    let mut players = Vec::with_capacity(list.len());
    for (index, one) in list.iter().enumerate() {
        let name = format!("players[{index}]");
        let fields = Fields::of(one, &name)?;
        players.push(player(fields).map_err(|error| error.within(&name))?);
    }
    Ok(Summary {
        game_id: fields.id("gameId")?,
        win_reason: fields.text("winReason"),
        map: fields.text("mapName").unwrap_or_else(|| UNKNOWN.to_owned()),
        kind: fields
            .text("leaderboard")
            .unwrap_or_else(|| UNKNOWN.to_owned()),
        duration: fields
            .number("duration")
            .filter(|&length| length <= MOST_SECONDS),
        started_at: time("startedAt"),
        finished_at: time("finishedAt"),
        players,
    })
}

fn player(fields: Fields) -> Result<Player, Malformed> {
    Ok(Player {
        profile_id: fields.id("profileId")?,
        name: fields.text("name").unwrap_or_default(),
        civilization: fields
            .text("civilization")
            .unwrap_or_else(|| UNKNOWN.to_owned()),
        team: fields.number("team"),
        result: fields.text("result").map(|word| GameResult::read(&word)),
        apm: fields.number("apm"),
        scores: scores(fields),
        gathered: resources(fields, "totalResourcesGathered"),
        spent: resources(fields, "totalResourcesSpent"),
        series: series(fields)?,
        actions: actions(fields)?,
        build_order: build_order(fields)?,
        landmarks: landmarks(fields)?,
        stats: stats(fields),
    })
}

fn scores(fields: Fields) -> Scores {
    let of = |name: &str| amount_in(fields, "scores", name);
    Scores {
        total: of("total"),
        military: of("military"),
        economy: of("economy"),
        technology: of("technology"),
        society: of("society"),
    }
}

fn resources(fields: Fields, group: &str) -> Resources {
    let of = |name: &str| amount_in(fields, group, name);
    let (food, gold, stone, wood) = (of("food"), of("gold"), of("stone"), of("wood"));
    let oliveoil = of("oliveoil");
    let told = of("total");
    let total = if told > 0 {
        told
    } else {
        food + gold + stone + wood + oliveoil
    };
    Resources {
        food,
        gold,
        stone,
        wood,
        oliveoil,
        total,
    }
}

/// Zero if it isn't told.
fn amount_in(fields: Fields, group: &str, name: &str) -> i64 {
    fields
        .object(group)
        .and_then(|group| group.get(name))
        .and_then(whole)
        .map_or(0, |amount| amount.clamp(-MOST_AMOUNT, MOST_AMOUNT))
}

fn series(fields: Fields) -> Result<Series, Malformed> {
    let Some(value) = fields.get("resources") else {
        return Ok(Series::default());
    };
    let fields = Fields::of(value, "resources")?;
    columns(fields).map_err(|error| error.within("resources"))
}

fn columns(fields: Fields) -> Result<Series, Malformed> {
    let timestamps = moments(fields.list("timestamps")?, MOST_SAMPLES, "timestamps")?;
    if !timestamps.is_sorted_by(|earlier, later| earlier < later) {
        return Err(Malformed::new(
            "timestamps",
            "runs backwards, or stands still",
        ));
    }
    let samples = timestamps.len();
    let column = |name: &str| column(fields, name, samples);
    let per_resource = |suffix: &str| -> Result<PerResource, Malformed> {
        let column = |name: &str| column(&format!("{name}{suffix}"));
        Ok(PerResource {
            food: column("food")?,
            gold: column("gold")?,
            stone: column("stone")?,
            wood: column("wood")?,
            oliveoil: column("oliveoil")?,
        })
    };
    Ok(Series {
        stock: per_resource("")?,
        per_minute: per_resource("PerMin")?,
        gathered: per_resource("Gathered")?,
        total: column("total")?,
        military: column("military")?,
        economy: column("economy")?,
        technology: column("technology")?,
        society: column("society")?,
        population: column("population")?,
        timestamps,
    })
}

/// Empty if it isn't told.
fn column(fields: Fields, name: &str, samples: usize) -> Result<Vec<i64>, Malformed> {
    let Some(value) = fields.get(name) else {
        return Ok(Vec::new());
    };
    let list = value
        .as_array()
        .ok_or_else(|| Malformed::new(name, "is not a list"))?;
    if list.len() != samples {
        return Err(Malformed::new(name, "is not as long as timestamps"));
    }
    list.iter()
        .map(|sample| whole(sample).map(|amount| amount.clamp(-MOST_AMOUNT, MOST_AMOUNT)))
        .collect::<Option<Vec<i64>>>()
        .ok_or_else(|| Malformed::new(name, "holds something that is no number"))
}

fn actions(fields: Fields) -> Result<BTreeMap<String, Vec<u32>>, Malformed> {
    fields
        .object("actions")
        .into_iter()
        .flatten()
        .take(MOST_NAMES)
        .filter(|(_, times)| !times.is_null())
        .map(|(name, times)| {
            let path = || {
                format!(
                    "actions.{}",
                    text(&Value::from(name.as_str())).unwrap_or_default()
                )
            };
            let list = times
                .as_array()
                .ok_or_else(|| Malformed::new(path(), "is not a list"))?;
            let times = moments(list, MOST_MOMENTS, "")
                .map_err(|error| Malformed::new(path(), error.problem))?;
            Ok((name.clone(), sorted(times)))
        })
        .collect()
}

fn build_order(fields: Fields) -> Result<Vec<Entry>, Malformed> {
    let Some(value) = fields.get("buildOrder") else {
        return Ok(Vec::new());
    };
    let list = value
        .as_array()
        .ok_or_else(|| Malformed::new("buildOrder", "is not a list"))?;
    bounded(list, MOST_ENTRIES, "buildOrder")?
        .iter()
        .enumerate()
        .map(|(index, one)| {
            let name = format!("buildOrder[{index}]");
            entry(Fields::of(one, &name)?).map_err(|error| error.within(&name))
        })
        .collect()
}

fn entry(fields: Fields) -> Result<Entry, Malformed> {
    let kind = match fields.get("type").and_then(Value::as_str) {
        Some("Unit") => EntryKind::Unit,
        Some("Building") => EntryKind::Building,
        Some("Upgrade") => EntryKind::Upgrade,
        Some("Age") => EntryKind::Age,
        Some("Animal") => EntryKind::Animal,
        _ => EntryKind::Other,
    };
    let times = |name: &str| -> Result<Vec<u32>, Malformed> {
        match fields.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => Ok(sorted(moments(list, MOST_MOMENTS, name)?)),
            Some(_) => Err(Malformed::new(name, "is not a list")),
        }
    };
    let mut unnamed = Vec::new();
    for (name, times) in fields
        .object("unknown")
        .into_iter()
        .flatten()
        .take(MOST_NAMES)
    {
        if let Value::Array(list) = times {
            let path = || {
                format!(
                    "unknown.{}",
                    text(&Value::from(name.as_str())).unwrap_or_default()
                )
            };
            let times = moments(list, MOST_MOMENTS - unnamed.len().min(MOST_MOMENTS), "")
                .map_err(|error| Malformed::new(path(), error.problem))?;
            unnamed.extend(times);
        }
    }
    Ok(Entry {
        icon: fields.text("icon").unwrap_or_default(),
        kind,
        finished: times("finished")?,
        constructed: times("constructed")?,
        destroyed: times("destroyed")?,
        unnamed: sorted(unnamed),
    })
}

fn landmarks(fields: Fields) -> Result<Vec<Landmark>, Malformed> {
    let told = fields
        .object("analysis")
        .and_then(|analysis| analysis.get("landmarks"))
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let mut landmarks: Vec<Landmark> = bounded(told, MOST_NAMES, "analysis.landmarks")?
        .iter()
        .filter_map(|one| {
            // An older version of the analysis is no reason to do without the rest.
            let fields = Fields::of(one, "landmark").ok()?;
            Some(Landmark {
                name: fields.text("name")?,
                at: fields.number("gameTime").filter(|&at| at <= MOST_SECONDS)?,
                new_age: fields.number("newAge"),
            })
        })
        .collect();
    landmarks.sort_by_key(|landmark| landmark.at);
    Ok(landmarks)
}

fn stats(fields: Fields) -> BTreeMap<String, i64> {
    fields
        .object("_stats")
        .into_iter()
        .flatten()
        .take(MOST_NAMES)
        .filter_map(|(name, count)| {
            Some((name.clone(), whole(count)?.clamp(-MOST_AMOUNT, MOST_AMOUNT)))
        })
        .collect()
}

fn bounded<'a>(list: &'a [Value], most: usize, name: &str) -> Result<&'a [Value], Malformed> {
    if list.len() > most {
        return Err(Malformed::new(name, "is longer than any match makes it"));
    }
    Ok(list)
}

/// Game seconds.
fn moments(list: &[Value], most: usize, name: &str) -> Result<Vec<u32>, Malformed> {
    bounded(list, most, name)?
        .iter()
        .map(|moment| {
            whole(moment)
                .and_then(|seconds| u32::try_from(seconds).ok())
                .filter(|&seconds| seconds <= MOST_SECONDS)
        })
        .collect::<Option<Vec<u32>>>()
        .ok_or_else(|| Malformed::new(name, "holds something that is no time of a match"))
}

fn sorted(mut times: Vec<u32>) -> Vec<u32> {
    times.sort_unstable();
    times
}
