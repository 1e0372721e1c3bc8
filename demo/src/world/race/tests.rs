use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::Value;

use super::*;

/// The boards as a server keeps them.
#[derive(Default)]
struct Boards {
    /// Score, and the number of the play that reached it.
    scores: HashMap<(usize, usize), (u64, usize)>,
    plays: usize,
}

impl Boards {
    fn play(&mut self, player: usize, game: Game, value: u64) -> [(Track, u64); 2] {
        self.plays += 1;
        let tracks = [Track::Global, Track::Of(game)];
        tracks.map(|track| {
            let former = self
                .scores
                .get(&(track.index(), player))
                .map(|(score, _)| *score);
            let adds_up = track == Track::Global || game.adds_up();
            let score = match former {
                None => value,
                Some(former) if adds_up => former + value,
                Some(former) if game.is_ascending() => former.min(value),
                Some(former) => former.max(value),
            };
            if former != Some(score) {
                self.scores
                    .insert((track.index(), player), (score, self.plays));
            }
            (track, score)
        })
    }

    fn top(&self, track: Track) -> Vec<(usize, u64)> {
        let mut entries: Vec<_> = self
            .scores
            .iter()
            .filter(|((index, _), _)| *index == track.index())
            .collect();
        entries.sort_by_key(|((_, player), (score, reached))| {
            (
                if track.is_ascending() {
                    *score
                } else {
                    u64::MAX - score
                },
                *reached,
                *player,
            )
        });
        entries
            .iter()
            .take(10)
            .map(|((_, player), (score, _))| (*player, *score))
            .collect()
    }
}

/// What spectators of a board saw.
#[derive(Debug, Default)]
struct Seen {
    changes: u32,
    overtakings: u32,
    leaders: HashSet<usize>,
    new_leaders: u32,
    longest_still: Duration,
}

/// Runs a race from its history on, and watches it once a second.
fn watch(seed: u64, length: Duration) -> [Seen; 4] {
    let world = World::new(seed);
    let mut race = Race::new(&world, seed);
    let mut boards = Boards::default();
    let places: HashMap<&str, usize> = (0..)
        .zip(world.players())
        .map(|(place, player)| (player.external_id.as_str(), place))
        .collect();
    for line in world.history(Timestamp::UNIX_EPOCH).lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let player = places[line["externalId"].as_str().unwrap()];
        let game = Game::ALL
            .into_iter()
            .find(|game| line["gameId"] == game.id())
            .unwrap();
        for (track, score) in boards.play(player, game, line["score"].as_u64().unwrap()) {
            race.learn(track, player, score);
        }
    }
    let mut seen: [Seen; 4] = Default::default();
    let mut tops = Track::ALL.map(|track| boards.top(track));
    let mut still_since = [Duration::ZERO; 4];
    let (mut now, mut next_look) = (Duration::ZERO, Duration::from_secs(1));
    while now < length {
        now += race.pause();
        if let Some(Move {
            player,
            game,
            value,
        }) = race.next(now)
        {
            for (track, score) in boards.play(player, game, value) {
                race.learn(track, player, score);
            }
        }
        if now < next_look {
            continue;
        }
        next_look += Duration::from_secs(1);
        for (index, track) in Track::ALL.into_iter().enumerate() {
            let top = boards.top(track);
            let (seen, former) = (&mut seen[index], &tops[index]);
            if top != *former {
                seen.changes += 1;
                still_since[index] = now;
            }
            let order =
                |top: &[(usize, u64)]| top.iter().map(|(player, _)| *player).collect::<Vec<_>>();
            seen.overtakings += u32::from(order(&top) != order(former));
            seen.new_leaders += u32::from(top[0].0 != former[0].0);
            seen.leaders.insert(top[0].0);
            seen.longest_still = seen.longest_still.max(now - still_since[index]);
            tops[index] = top;
        }
    }
    seen
}

#[test]
fn the_top_keeps_moving_and_the_lead_changes() {
    for seed in 0..8 {
        for (track, seen) in Track::ALL
            .into_iter()
            .zip(watch(seed, Duration::from_secs(180)))
        {
            // Every play counts on `global`; a game's own board has a part of them.
            let changes = if track == Track::Global { 100 } else { 55 };
            assert!(seen.changes >= changes, "{seed} {track:?}: {seen:?}");
            assert!(seen.overtakings >= 20, "{seed} {track:?}: {seen:?}");
            assert!(
                seen.new_leaders >= 3 && seen.leaders.len() >= 2,
                "{seed} {track:?}: {seen:?}"
            );
            assert!(
                seen.longest_still <= Duration::from_secs(25),
                "{seed} {track:?}: {seen:?}"
            );
        }
    }
}

#[test]
fn a_race_is_still_one_after_an_hour() {
    let hour = watch(3, Duration::from_secs(60 * 60));
    for (track, seen) in Track::ALL.into_iter().zip(hour) {
        assert!(
            seen.new_leaders >= 20 && seen.leaders.len() >= 5,
            "{track:?}: {seen:?}"
        );
    }
}

#[test]
fn nobody_plays_more_than_a_server_allows() {
    let world = World::new(1);
    let mut race = Race::new(&world, 1);
    let mut plays: HashMap<usize, Vec<Duration>> = HashMap::new();
    let mut now = Duration::ZERO;
    while now < Duration::from_secs(600) {
        now += race.pause();
        if let Some(next) = race.next(now) {
            plays.entry(next.player).or_default().push(now);
        }
    }
    for times in plays.values() {
        for (index, start) in times.iter().enumerate() {
            let within = times[index..]
                .iter()
                .take_while(|at| **at < *start + WINDOW)
                .count();
            assert!(within <= MOST_PLAYS);
        }
    }
    let total: usize = plays.values().map(Vec::len).sum();
    assert!(
        (1_800..3_000).contains(&total),
        "{total} plays in ten minutes"
    );
}

#[test]
fn who_was_told_to_rest_rests() {
    let world = World::new(1);
    let mut race = Race::new(&world, 1);
    for player in 0..world.players().len() {
        race.rest(player, Duration::from_secs(10));
    }
    assert_eq!(race.next(Duration::from_secs(9)), None);
    assert!(race.next(Duration::from_secs(10)).is_some());
}
