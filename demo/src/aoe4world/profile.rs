//! Players as AoE4World's API tells them, with how they stand in each mode that they have played.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::AoE4World;
use super::game::written;
use super::season::{Kind, Match, PLACEMENTS, Seat};
use super::summary::result;

/// Matches that a mode's history tells.
const HISTORY: usize = 10;

/// How a player stands in a mode, going through the matches from the first on.
#[derive(Debug, Default)]
struct Standing {
    rating: Option<i32>,
    most: Option<i32>,
    streak: i32,
    games: u32,
    wins: u32,
    last_game_at: Option<Timestamp>,
    history: Vec<(i64, Value)>,
    civilizations: BTreeMap<&'static str, (u32, u32)>,
}

impl AoE4World {
    pub fn profile(&self, player: usize, now: Timestamp) -> Value {
        let modes = self.modes(player, now);
        let last = modes
            .values()
            .filter_map(|standing| standing.last_game_at)
            .max();
        let modes: Map<String, Value> = modes
            .into_iter()
            .map(|(name, standing)| {
                let rank = self.rank(name, &standing, now);
                (name.to_owned(), told(name, &standing, rank))
            })
            .collect();
        let player = &self.players()[player];
        json!({
            "name": player.name,
            "profile_id": player.profile_id,
            "steam_id": player.steam_id,
            "site_url": format!("http://aoe4world.com/players/{}", player.profile_id),
            "avatars": { "small": null, "medium": null, "full": null },
            "country": player.country,
            "social": {},
            "last_game_at": last.map(written),
            "modes": modes,
        })
    }

    /// Those that the player has finished matches in this season.
    fn modes(&self, player: usize, now: Timestamp) -> BTreeMap<&'static str, Standing> {
        let mut modes: BTreeMap<&'static str, Standing> = BTreeMap::new();
        let mut finished = self.finished(now);
        finished.retain(|one| one.has(player));
        for played in finished.iter().rev() {
            for (team, seat) in played.seats().filter(|(_, seat)| seat.player == player) {
                let won = result(played, team) == "win";
                let (ladder, elo) = modes_of(played.kind);
                let points = |from: Option<i32>, change: Option<i32>| Some(from? + change?);
                let rating = points(seat.rating, seat.rating_diff);
                modes
                    .entry(ladder)
                    .or_default()
                    .add(played, seat, won, rating);
                let mmr = points(seat.mmr, seat.mmr_diff);
                modes.entry(elo).or_default().add(played, seat, won, mmr);
            }
        }
        modes
    }

    /// Ranked matches of this season that are over, the newest first.
    fn finished(&self, now: Timestamp) -> Vec<Arc<Match>> {
        let season = super::season::number(now);
        self.matches(now)
            .take_while(|one| one.season == season)
            .filter(|one| one.kind != Kind::Custom && !one.is_running(now))
            .collect()
    }

    /// How many have more points, and one.
    fn rank(&self, mode: &str, standing: &Standing, now: Timestamp) -> Option<u32> {
        let own = standing.rating?;
        let mut known = vec![false; self.players().len()];
        let mut rank = 1;
        for played in self.finished(now) {
            let (ladder, elo) = modes_of(played.kind);
            for (_, seat) in played.seats() {
                let (points, change) = if mode == ladder {
                    (seat.rating, seat.rating_diff)
                } else if mode == elo {
                    (seat.mmr, seat.mmr_diff)
                } else {
                    continue;
                };
                if !std::mem::replace(&mut known[seat.player], true) {
                    let points = points.zip(change).map(|(points, change)| points + change);
                    rank += u32::from(points > Some(own));
                }
            }
        }
        Some(rank)
    }
}

impl Standing {
    fn add(&mut self, played: &Match, seat: &Seat, won: bool, points: Option<i32>) {
        self.games += 1;
        self.wins += u32::from(won);
        let step = if won { 1 } else { -1 };
        self.streak = if self.streak.signum() == step {
            self.streak + step
        } else {
            step
        };
        self.rating = points;
        self.most = self.most.max(points);
        self.last_game_at = Some(played.started_at);
        let (games, wins) = self.civilizations.entry(seat.civilization).or_default();
        (*games, *wins) = (*games + 1, *wins + u32::from(won));
        if let Some(rating) = points {
            let then = json!({
                "rating": rating,
                "streak": self.streak,
                "wins_count": self.wins,
                "drops_count": 0,
                "disputes_count": 0,
                "games_count": self.games,
            });
            self.history.push((played.ended_at().as_second(), then));
        }
    }
}

fn modes_of(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Ranked(1) => ("rm_solo", "rm_1v1_elo"),
        Kind::Ranked(2) => ("rm_team", "rm_2v2_elo"),
        Kind::Ranked(3) => ("rm_team", "rm_3v3_elo"),
        _ => ("rm_team", "rm_4v4_elo"),
    }
}

/// Who isn't placed yet has no rating, rather than one that is null.
fn told(mode: &str, standing: &Standing, rank: Option<u32>) -> Value {
    let is_ladder = !mode.ends_with("_elo");
    let placed = standing.games > PLACEMENTS;
    let level = match standing.rating {
        Some(rating) if is_ladder && placed => Some(rank_level(rating)),
        _ if is_ladder => Some("unranked".to_owned()),
        _ => None,
    };
    let newest = standing.history.iter().rev().take(HISTORY);
    let history: Map<String, Value> = newest
        .map(|(at, then)| (at.to_string(), then.clone()))
        .collect();
    let rate = |wins: u32, games: u32| f64::from(wins * 1000 / games.max(1)) / 10.0;
    let civilizations: Vec<Value> = standing
        .civilizations
        .iter()
        .map(|(civilization, (games, wins))| {
            json!({
                "civilization": civilization,
                "win_rate": rate(*wins, *games),
                "pick_rate": rate(*games, standing.games),
                "games_count": games,
            })
        })
        .collect();
    let mut told = json!({
        "rank_level": level,
        "streak": standing.streak,
        "games_count": standing.games,
        "wins_count": standing.wins,
        "losses_count": standing.games - standing.wins,
        "disputes_count": 0,
        "drops_count": 0,
        "last_game_at": standing.last_game_at.map(written),
        "win_rate": rate(standing.wins, standing.games),
        "rating_history": history,
        "civilizations": civilizations,
        "previous_seasons": [],
    });
    if let Some(rating) = standing.rating {
        told["rating"] = json!(rating);
        for name in ["max_rating", "max_rating_7d", "max_rating_1m"] {
            told[name] = json!(standing.most);
        }
        told["rank"] = json!(rank);
    }
    told
}

/// As in `gold_2`.
fn rank_level(rating: i32) -> String {
    const GROUPS: [(&str, i32, i32); 6] = [
        ("conqueror", 1_400, 100),
        ("diamond", 1_200, 67),
        ("platinum", 1_000, 67),
        ("gold", 700, 100),
        ("silver", 500, 67),
        ("bronze", i32::MIN, 1),
    ];
    for (group, from, step) in GROUPS {
        if rating >= from && group != "bronze" {
            let most = if group == "conqueror" { 4 } else { 3 };
            return format!("{group}_{}", ((rating - from) / step + 1).min(most));
        }
    }
    format!("bronze_{}", (rating / 170 + 1).clamp(1, 3))
}
