//! What happened in a match, as AoE4World tells it below its pages of matches.

use serde_json::{Map, Value, json};

use super::course::{Course, Landmark, RESOURCES, Realm, Thing, ThingKind};
use super::season::Match;
use super::units::UPGRADES;
use super::{AoE4World, mix};

const SCORES: [&str; 4] = ["military", "economy", "technology", "society"];

impl AoE4World {
    /// With names in camel case, as with `camelize=true`.
    pub fn summary(&self, played: &Match) -> Value {
        let course = Course::of(played, self.players());
        let seats = played.seats().zip(&course.realms);
        let players: Vec<Value> = seats
            .map(|((team, seat), realm)| {
                let player = &self.players()[seat.player];
                let told = json!({
                    "profileId": player.profile_id,
                    "name": player.name,
                    "civilization": seat.civilization,
                    "team": team,
                    "teamName": format!("Team {}", team + 1),
                    "result": result(played, team),
                });
                merged(told, told_of(realm, played.length))
            })
            .collect();
        let started = played.started_at.as_second();
        json!({
            "gameId": played.id,
            "winReason": played.reason,
            "mapId": 2_100_000 + played.map_id,
            "mapName": played.map,
            "mapSize": played.map_size,
            "mapSizeMaxPlayers": if played.map_size == "micro" { 2 } else { 4 },
            "mapBiome": played.biome,
            "mapSeed": "0",
            "leaderboard": played.kind.word(),
            "duration": played.duration,
            "startedAt": started,
            "finishedAt": started + i64::from(played.duration),
            "spectatorsCount": 0,
            "players": players,
            "summaryVersion": 16,
            "analysisVersion": 1,
            "_recentGameHash": self.recent_game_hash(played, &course),
        })
    }

    /// What nobody is to keep: AoE4World's own record of the match. All of it is made up here.
    fn recent_game_hash(&self, played: &Match, course: &Course) -> Value {
        let seats = played.seats().zip(&course.realms);
        let players: Vec<Value> = seats
            .map(|((team, seat), realm)| {
                let player = &self.players()[seat.player];
                json!({
                    "profile_id": player.profile_id,
                    "name": null,
                    "civilization": seat.civilization,
                    "civilization_randomized": seat.randomized,
                    "team": team,
                    "team_alliance": -1,
                    "team_resolved": team,
                    "player_color": -1,
                    "hardware_type": if player.steam_id.is_some() { "pc" } else { "console" },
                    "input_type": player.input,
                    "station_id": format!("station-{:016x}", mix(played.seed, player.profile_id)),
                    "ai_difficulty": null,
                    "outcome": result(played, team),
                    "owned_civilizations": player.favourites,
                    "stats": counters(realm, played.length),
                })
            })
            .collect();
        let replays: Vec<String> = played
            .seats()
            .map(|(_, seat)| {
                let player = &self.players()[seat.player];
                let key = mix(player.profile_id, played.seed);
                format!("https://replays.invalid/{}/{key:016x}.gz", played.id)
            })
            .collect();
        json!({
            "game_id": played.id,
            "name": "AUTOMATCH",
            "map": played.map,
            "map_size": played.map_size,
            "mods": [],
            "players": players,
            "mode": played.kind.word(),
            "win_reason": played.reason,
            "replays": replays,
            "patch": { "app_version": 10_056, "data_checksum": 530_385_573, "major_version": 0 },
            "raw": [],
        })
    }
}

/// The same with names in snake case, as it comes to those who don't ask otherwise.
pub fn snake_case(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (snake_case_name(&name), snake_case(value)))
            .collect(),
        Value::Array(list) => list.into_iter().map(snake_case).collect(),
        other => other,
    }
}

fn snake_case_name(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// `_gilded_spearman` is `GildedSpearman`.
pub fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut raises = false;
    for character in name.chars() {
        match character {
            '_' => raises = true,
            other if raises => {
                camel.push(other.to_ascii_uppercase());
                raises = false;
            }
            other => camel.push(other),
        }
    }
    camel
}

/// In AoE4World's words.
pub fn result(played: &Match, team: usize) -> &'static str {
    match played.winner {
        Some(winner) if winner == team => "win",
        Some(_) => "loss",
        None => "noresult",
    }
}

fn merged(mut into: Value, other: Value) -> Value {
    if let (Value::Object(into), Value::Object(other)) = (&mut into, other) {
        into.extend(other);
    }
    into
}

fn told_of(realm: &Realm, length: u32) -> Value {
    let [military, economy, technology, society] = realm.scores();
    let actions: Map<String, Value> = realm
        .record
        .actions
        .iter()
        .filter_map(|(name, times)| {
            let times: Vec<u32> = times.iter().copied().filter(|&at| at <= length).collect();
            (!times.is_empty()).then(|| (name.clone(), json!(times)))
        })
        .collect();
    let landmarks = realm.record.landmarks.iter().map(landmark);
    json!({
        "civilizationAttrib": realm.civilization.attribute,
        "apm": 35 + (220.0 * realm.skill) as u32,
        "_stats": counters(realm, length),
        "actions": actions,
        "scores": {
            "total": realm.score(),
            "military": military,
            "economy": economy,
            "technology": technology,
            "society": society,
        },
        "totalResourcesGathered": resources(realm.gathered),
        "totalResourcesSpent": resources(realm.spent),
        "resources": series(realm),
        "buildOrder": realm.record.things.iter().map(thing).collect::<Vec<_>>(),
        "analysis": { "landmarks": landmarks.collect::<Vec<_>>() },
    })
}

fn resources(thousandths: [i64; 5]) -> Value {
    let whole = thousandths.map(|amount| amount / 1000);
    let mut told: Map<String, Value> = RESOURCES
        .into_iter()
        .zip(whole)
        .map(|(name, amount)| (name.to_owned(), json!(amount)))
        .collect();
    told.insert("total".to_owned(), json!(whole.iter().sum::<i64>()));
    Value::Object(told)
}

/// All of the length of `timestamps`. Oil is told of those only who have it.
fn series(realm: &Realm) -> Value {
    let samples = &realm.samples;
    let mut columns = Map::new();
    columns.insert("timestamps".to_owned(), json!(samples.at));
    for (place, name) in RESOURCES.into_iter().enumerate() {
        if name == "oliveoil" && !realm.civilization.has_oil {
            continue;
        }
        columns.insert(name.to_owned(), json!(samples.stock[place]));
        columns.insert(format!("{name}PerMin"), json!(samples.per_minute[place]));
        columns.insert(format!("{name}Gathered"), json!(samples.gathered[place]));
    }
    let totals = (0..samples.at.len()).map(|at| {
        let parts = samples.scores.iter().filter_map(|column| column.get(at));
        parts.sum::<i64>()
    });
    columns.insert("total".to_owned(), totals.collect());
    for (name, column) in SCORES.into_iter().zip(&samples.scores) {
        columns.insert(name.to_owned(), json!(column));
    }
    columns.insert("population".to_owned(), json!(samples.population));
    Value::Object(columns)
}

fn thing(thing: &Thing) -> Value {
    let kind = match thing.kind {
        ThingKind::Unit => "Unit",
        ThingKind::Building => "Building",
        ThingKind::Upgrade => "Upgrade",
        ThingKind::Age => "Age",
        ThingKind::Animal => "Animal",
        ThingKind::Unknown => "Unknown",
    };
    let key = key(&thing.icon);
    let (finished, constructed): (&[u32], &[u32]) = match thing.kind {
        ThingKind::Building => (&[], &thing.made),
        _ => (&thing.made, &[]),
    };
    json!({
        "id": (11_100_000 + key % 100_000).to_string(),
        "icon": thing.icon,
        "pbgid": 120_000 + key % 90_000,
        "modid": null,
        "type": kind,
        "finished": finished,
        "constructed": constructed,
        "packed": [],
        "unpacked": [],
        "transformed": [],
        "destroyed": thing.lost,
        "unknown": {},
    })
}

fn landmark(landmark: &Landmark) -> Value {
    let slug: String = landmark
        .name
        .to_lowercase()
        .replace(' ', "-")
        .replace('\'', "");
    json!({
        "pbgid": 120_000 + key(landmark.name) % 90_000,
        "gameTime": landmark.at,
        "minAge": landmark.age.saturating_sub(1).max(1),
        "newAge": (landmark.age > 1).then_some(landmark.age),
        "name": landmark.name,
        "icon": format!("https://data.aoe4world.com/images/buildings/{slug}.png"),
    })
}

/// By the game's own short names; what is zero is left out.
fn counters(realm: &Realm, length: u32) -> Value {
    let buildings = realm
        .record
        .things
        .iter()
        .filter(|thing| thing.kind == ThingKind::Building);
    let (mut built, mut fallen) = (0, 0);
    for thing in buildings {
        built += thing.made.len() as u32;
        fallen += thing.lost.len() as u32;
    }
    let upgrades = realm
        .record
        .actions
        .keys()
        .filter(|name| name.starts_with("upgrade"))
        .count() as u32;
    let commands = (35.0 + 220.0 * realm.skill) * f64::from(length) / 60.0;
    let counters = [
        ("abil", realm.made / 3),
        ("blost", fallen),
        ("bprod", built),
        ("edeaths", realm.lost),
        ("ekills", realm.kills),
        ("elitekill", realm.kills),
        ("gt", length),
        ("inactperiod", (30.0 * (1.0 - realm.skill)) as u32),
        ("sqkill", realm.kills),
        ("sqlost", realm.lost),
        ("sqprod", realm.made),
        ("structdmg", realm.kills / 9),
        ("totalcmds", commands as u32),
        ("unitprod", realm.made),
        ("upg", upgrades.min(UPGRADES.len() as u32 * 2)),
    ];
    let told = counters.into_iter().filter(|(_, count)| *count > 0);
    told.map(|(name, count)| (name.to_owned(), json!(count)))
        .collect()
}

/// The same number for the same name.
fn key(name: &str) -> u64 {
    name.bytes().fold(0, |key, byte| mix(key, byte.into()))
}
