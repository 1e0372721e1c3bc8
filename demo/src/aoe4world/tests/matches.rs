use std::collections::HashSet;

use aoe4::model::game::Game;
use aoe4::model::page::GamesPage;
use aoe4::model::profile::Profile;
use serde_json::{Value, json};

use super::super::players::{AT_A_CONSOLE, PLAYERS};
use super::*;

fn ids(world: &AoE4World, at: Timestamp) -> Vec<u64> {
    world.matches(at).map(|one| one.id).collect()
}

fn games(world: &AoE4World) -> Vec<Game> {
    let games: Vec<Value> = world
        .matches(now())
        .map(|one| world.listed(&one, now()))
        .collect();
    let page = GamesPage::parse(json!({ "games": games })).expect("a page");
    assert_eq!(page.malformed, []);
    page.games.into_iter().map(|fetched| fetched.game).collect()
}

#[test]
fn a_seed_makes_the_same_world_again() {
    let told = |world: AoE4World| -> Vec<Value> {
        let matches = world.matches(now());
        matches.map(|one| world.listed(&one, now())).collect()
    };
    assert_eq!(told(world()), told(world()));
    assert_ne!(told(world()), told(AoE4World::new(2)));
}

#[test]
fn new_matches_appear_as_time_goes_by_and_old_ones_stay() {
    let world = world();
    let (before, after) = (ids(&world, now()), ids(&world, later(120)));
    assert!(after.len() >= before.len() + 10, "{}", after.len());
    assert!(after.ends_with(&before));
    // Also over the end of a season, but for the season before the last.
    let next = later(7 * 24 * 60);
    let after = ids(&world, next);
    let of_this_season: Vec<u64> = world
        .matches(now())
        .filter(|one| one.season == season::number(now()))
        .map(|one| one.id)
        .collect();
    assert!(of_this_season.iter().all(|id| after.contains(id)));
    assert!(
        of_this_season
            .iter()
            .all(|id| world.find(*id, next).is_some())
    );
    assert!(world.find(before[before.len() - 1], next).is_none());
    assert!(world.find(after[0], now()).is_none(), "it has not begun");
}

#[test]
fn nobody_is_in_two_matches_at_a_time_and_each_match_is_there_once() {
    let world = world();
    let matches: Vec<_> = world.matches(now()).collect();
    let distinct: HashSet<u64> = matches.iter().map(|one| one.id).collect();
    assert_eq!(distinct.len(), matches.len());
    assert!(matches.is_sorted_by(|newer, older| newer.started_at >= older.started_at));
    for player in 0..PLAYERS {
        let own: Vec<_> = world.matches_of(player, now()).collect();
        assert!(own.len() > 40, "player {player} has {}", own.len());
        assert!(
            own.iter().any(|one| one.kind == Kind::Custom),
            "{player} tries something alone"
        );
        for pair in own.windows(2) {
            assert!(pair[1].ended_at() <= pair[0].started_at, "{}", pair[0].id);
        }
    }
}

#[test]
fn there_is_something_of_everything_that_a_reader_has_to_bear() {
    let world = world();
    let games = games(&world);
    let has = |what: &str, wanted: &dyn Fn(&Game) -> bool| {
        assert!(games.iter().any(wanted), "{what}");
    };
    let mut players = games.iter().flat_map(|game| game.teams.iter().flatten());
    assert!(
        players
            .clone()
            .any(|one| one.mmr.is_some_and(|mmr| mmr < 0))
    );
    assert!(
        players
            .clone()
            .any(|one| one.rating.is_none() && one.mmr.is_some())
    );
    assert!(
        players
            .clone()
            .any(|one| one.rating.is_some_and(|rating| rating > 1400))
    );
    assert!(players.any(|one| one.civilization == civilizations::UNHEARD_OF));
    for kind in ["rm_1v1", "rm_2v2", "rm_3v3", "rm_4v4", "custom"] {
        has(kind, &|game| game.kind == kind);
    }
    has("a match under way", &|game| {
        game.is_running() && game.ongoing
    });
    has("a match against nobody", &|game| {
        let me = game.teams[0][0].profile_id;
        game.kind == "custom" && !game.has_opponents(me)
    });
    let duels = games.iter().filter(|game| game.kind == "rm_1v1").count();
    assert!(duels * 2 > games.len(), "most are duels: {duels}");
}

#[test]
fn ratings_go_on_from_one_match_to_the_next() {
    let world = world();
    let duels = |one: &Arc<Match>| one.kind == Kind::Ranked(1);
    for player in 0..PLAYERS {
        let own: Vec<_> = world.matches_of(player, now()).filter(duels).collect();
        for pair in own
            .windows(2)
            .filter(|pair| pair[0].season == pair[1].season)
        {
            let [after, before] = [&pair[0], &pair[1]].map(|one| {
                let (team, seat) = one.seats().find(|(_, seat)| seat.player == player).unwrap();
                (
                    one.winner == Some(team),
                    seat.mmr.unwrap(),
                    seat.mmr_diff.unwrap(),
                )
            });
            assert_eq!(before.1 + before.2, after.1, "player {player}");
            assert_eq!(before.0, before.2 > 0, "whoever wins gains");
        }
    }
}

#[test]
fn a_match_tells_who_won_once_it_is_over() {
    let world = world();
    let running = first(&world, |one| one.is_running(now()));
    let player = running.teams[0][0].player;
    let me = world.players()[player].profile_id;
    let during = Game::parse(&world.single(&running, now())).expect("a match");
    let participant = during.participant(me).expect("they are in it");
    assert_eq!((during.duration, participant.result.as_ref()), (None, None));
    assert_eq!((participant.mmr, participant.rating), (None, None));
    let after = Game::parse(&world.single(&running, running.ended_at())).expect("a match");
    assert!(!after.is_running());
    assert_eq!(after.duration, Some(running.duration));
    assert!(after.participant(me).unwrap().result.is_some());
    assert_eq!(
        world.single(&running, running.ended_at())["just_finished"],
        true
    );
}

#[test]
fn profiles_are_told_of_all_and_belong_to_whom_they_say() {
    let world = world();
    let mut levels = HashSet::new();
    for (place, player) in world.players().iter().enumerate() {
        let profile = Profile::parse(&world.profile(place, now())).expect("a profile");
        assert_eq!(
            (profile.profile_id, &profile.name),
            (player.profile_id, &player.name)
        );
        match &player.steam_id {
            Some(steam_id) => {
                assert!(profile.belongs_to(steam_id));
                let number: u64 = steam_id.parse().unwrap();
                // What Steam has room for: <https://developer.valvesoftware.com/wiki/SteamID>
                let account = number - 76_561_197_960_265_728;
                assert!((4_000_000_000..=u64::from(u32::MAX)).contains(&account));
            }
            None => assert_eq!((place, &profile.steam_id), (AT_A_CONSOLE, &None)),
        }
        levels.extend(profile.rank_level("rm_1v1").map(str::to_owned));
    }
    assert!(levels.len() > 6, "{levels:?}");
    let beginning: Timestamp = "2026-11-26T00:30:00Z".parse().unwrap();
    let unplaced = world.profile(9, beginning);
    let modes = unplaced["modes"].as_object().unwrap();
    for (name, mode) in modes.iter().filter(|(name, _)| !name.ends_with("_elo")) {
        assert_eq!(mode["rank_level"], "unranked", "{name}");
        assert!(
            mode.get("rating").is_none() && mode.get("rank").is_none(),
            "{name}"
        );
    }
}
