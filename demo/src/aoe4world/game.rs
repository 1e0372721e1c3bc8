//! Matches as AoE4World's API tells them: in lists with wrapped players, and one by one with bare ones.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::AoE4World;
use super::season::{Match, Seat};
use super::summary::result;

/// How long a match is said to have just finished.
const JUST_FINISHED: SignedDuration = SignedDuration::from_mins(5);

impl AoE4World {
    /// As in a list.
    pub fn listed(&self, played: &Match, now: Timestamp) -> Value {
        self.game(played, now, |_, told| json!({ "player": told }))
    }

    /// As it is told alone, where players come with their profiles.
    pub fn single(&self, played: &Match, now: Timestamp) -> Value {
        self.game(played, now, |seat, mut told| {
            if let (Value::Object(told), Value::Object(profile)) =
                (&mut told, self.profile(seat.player, now))
            {
                for (name, value) in profile {
                    told.entry(name).or_insert(value);
                }
            }
            told
        })
    }

    fn game(&self, played: &Match, now: Timestamp, shape: impl Fn(&Seat, Value) -> Value) -> Value {
        let running = played.is_running(now);
        let teams: Vec<Vec<Value>> = (0..)
            .zip(&played.teams)
            .map(|(team, seats)| {
                let seat = |seat| shape(seat, self.participant(played, team, seat, running));
                seats.iter().map(seat).collect()
            })
            .collect();
        let updated_at = if running {
            played.started_at + SignedDuration::from_secs(20)
        } else {
            played.ended_at() + SignedDuration::from_secs(45)
        };
        let [rating, mmr] = if running {
            [None, None]
        } else {
            let of = |points: fn(&Seat) -> Option<i32>| mean(played, points);
            [of(|seat| seat.rating), of(|seat| seat.mmr)]
        };
        json!({
            "game_id": played.id,
            "started_at": written(played.started_at),
            "updated_at": written(updated_at.min(now.max(played.started_at))),
            "duration": (!running).then_some(played.duration),
            "map": played.map,
            "kind": played.kind.word(),
            "leaderboard": played.kind.ladder(),
            "mmr_leaderboard": played.kind.word(),
            "season": played.season,
            "server": played.server,
            "patch": 1_128,
            "average_rating": rating,
            "average_rating_deviation": null,
            "average_mmr": mmr,
            "average_mmr_deviation": null,
            "ongoing": running,
            "just_finished": !running && now < played.ended_at() + JUST_FINISHED,
            "teams": teams,
        })
    }

    fn participant(&self, played: &Match, team: usize, seat: &Seat, running: bool) -> Value {
        let player = &self.players()[seat.player];
        let once_over = |points: Option<i32>| points.filter(|_| !running);
        json!({
            "profile_id": player.profile_id,
            "name": player.name,
            "country": player.country,
            "result": (!running).then(|| result(played, team)),
            "civilization": seat.civilization,
            "civilization_randomized": seat.randomized,
            "rating": once_over(seat.rating),
            "rating_diff": once_over(seat.rating_diff),
            "mmr": once_over(seat.mmr),
            "mmr_diff": once_over(seat.mmr_diff),
            "input_type": player.input,
        })
    }
}

/// With milliseconds, as AoE4World writes times.
pub fn written(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn mean(played: &Match, points: fn(&Seat) -> Option<i32>) -> Option<i32> {
    let known: Vec<i32> = played
        .seats()
        .filter_map(|(_, seat)| points(seat))
        .collect();
    let count = i32::try_from(known.len()).ok().filter(|&count| count > 0)?;
    Some(known.iter().sum::<i32>() / count)
}
