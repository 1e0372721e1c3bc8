use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::facts::Facts;
use crate::model::summary::tests::{any_json, mutate};

fn player(profile_id: u64, civilization: &str, result: &str) -> Value {
    json!({
        "profile_id": profile_id, "name": format!("Player {profile_id}"), "country": "nz", "result": result,
        "civilization": civilization, "civilization_randomized": false, "rating": 1010, "rating_diff": 14,
        "mmr": 1043, "mmr_diff": 9, "input_type": "keyboard"
    })
}

fn game(teams: Value) -> Value {
    json!({
        "game_id": 71, "started_at": "2026-02-03T04:05:06.000Z", "updated_at": "2026-02-03T04:40:00.500Z",
        "duration": 1530, "map": "Dry Arabia", "kind": "rm_1v1", "leaderboard": "rm_solo", "mmr_leaderboard": "rm_1v1",
        "season": 13, "server": "UK", "patch": 900, "average_rating": 1010, "average_mmr": 1043, "ongoing": false,
        "just_finished": false, "teams": teams
    })
}

fn duel() -> Value {
    game(json!([
        [{"player": player(1, "english", "win")}],
        [{"player": player(2, "mongols", "loss")}]
    ]))
}

fn read(value: &Value) -> Game {
    Game::parse(value).expect("a match")
}

fn with(field: &str, value: Value) -> Value {
    let mut game = duel();
    game[field] = value;
    game
}

#[test]
fn a_duel_is_read_whole() {
    let game = read(&duel());
    assert_eq!((game.id, game.duration), (71, Some(1530)));
    assert_eq!(game.started_at.to_string(), "2026-02-03T04:05:06Z");
    assert_eq!(game.updated_at.to_string(), "2026-02-03T04:40:00.5Z");
    assert_eq!(
        (game.map.as_str(), game.kind.as_str()),
        ("Dry Arabia", "rm_1v1")
    );
    assert!(!game.is_running());
    let me = game.participant(1).expect("me");
    assert_eq!(me.result, Some(GameResult::Win));
    assert_eq!(
        (me.rating, me.rating_diff, me.mmr, me.mmr_diff),
        (Some(1010), Some(14), Some(1043), Some(9))
    );
    assert_eq!(game.opponent_civilizations(1), ["mongols"]);
    assert_eq!(game.opponent_civilizations(2), ["english"]);
}

#[test]
fn wrapped_and_bare_players_read_the_same() {
    let bare = game(json!([
        [player(1, "english", "win")],
        [player(2, "mongols", "loss")]
    ]));
    assert_eq!(read(&bare), read(&duel()));
    let mixed =
        game(json!([[{"player": player(1, "english", "win")}], [player(2, "mongols", "loss")]]));
    assert_eq!(read(&mixed), read(&duel()));
}

#[test]
fn who_is_unplaced_has_no_rating_and_elo_may_be_negative() {
    let mut unplaced = player(1, "english", "win");
    unplaced["rating"] = Value::Null;
    unplaced["rating_diff"] = Value::Null;
    unplaced["mmr"] = json!(-12);
    unplaced["mmr_diff"] = json!(-23.6);
    let mut bare = player(2, "mongols", "loss");
    bare.as_object_mut()
        .expect("an object")
        .retain(|name, _| name == "profile_id");
    let game = read(&game(json!([[unplaced], [bare]])));
    let one = game.participant(1).expect("who is unplaced");
    assert_eq!(
        (one.rating, one.rating_diff, one.mmr, one.mmr_diff),
        (None, None, Some(-12), Some(-24))
    );
    let other = game.participant(2).expect("who is only an id");
    assert_eq!(
        (
            other.civilization.as_str(),
            other.name.as_str(),
            &other.result
        ),
        (UNKNOWN, "", &None)
    );
}

#[test]
fn what_is_not_known_yet_is_kept_as_it_comes() {
    let mut value = game(json!([
        [player(1, "kingdom_of_the_moon", "noresult")],
        [player(2, "mongols", "loss")]
    ]));
    value["map"] = json!("Sea of Tranquillity ☾");
    value["kind"] = json!("rm_5v5_lunar");
    value["leaderboard"] = json!("rm_lunar");
    value["server"] = Value::Null;
    let game = read(&value);
    assert_eq!(
        (game.map.as_str(), game.kind.as_str()),
        ("Sea of Tranquillity ☾", "rm_5v5_lunar")
    );
    assert_eq!(
        (game.leaderboard.as_deref(), &game.server),
        (Some("rm_lunar"), &None)
    );
    let me = game.participant(1).expect("me");
    assert_eq!(me.civilization, "kingdom_of_the_moon");
    assert_eq!(me.result, Some(GameResult::Other("noresult".to_owned())));
}

#[test]
fn a_running_match_has_no_end() {
    let mut value = with("duration", Value::Null);
    value["ongoing"] = json!(true);
    value["teams"][0][0]["player"]["result"] = Value::Null;
    let game = read(&value);
    assert_eq!(
        (game.duration, game.ongoing, game.is_running()),
        (None, true, true)
    );
    assert_eq!(game.participant(1).expect("me").result, None);
}

#[test]
fn teams_opponents_and_those_who_play_alone() {
    let team = |ids: [u64; 4]| Value::Array(ids.map(|id| player(id, "rus", "win")).to_vec());
    let four = read(&game(json!([team([1, 2, 3, 4]), team([5, 6, 7, 8])])));
    assert_eq!(four.team_of(6).expect("a team").len(), 4);
    assert_eq!(
        four.opponents(6)
            .map(|one| one.profile_id)
            .collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert!(!four.is_free_for_all());

    let all = read(&game(json!([
        [player(1, "rus", "win")],
        [player(2, "rus", "loss")],
        [player(3, "rus", "loss")]
    ])));
    assert!(all.is_free_for_all());
    assert_eq!(all.opponents(2).count(), 2);

    let alone = read(&game(json!([[player(1, "rus", "win")]])));
    assert!(!alone.has_opponents(1));
    let empty = read(&game(json!([[player(1, "rus", "win")], []])));
    assert!(!empty.has_opponents(1));
    let nobody = read(&game(json!([])));
    assert_eq!(
        (
            nobody.participant(1),
            nobody.team_of(1),
            nobody.opponents(1).count()
        ),
        (None, None, 0)
    );
}

#[test]
fn what_makes_no_match_names_the_field() {
    let field = |value: &Value| Game::parse(value).expect_err("no match").field;
    assert_eq!(field(&json!(7)), "game");
    assert_eq!(field(&with("game_id", json!("71"))), "game_id");
    assert_eq!(field(&with("game_id", json!(u64::MAX))), "game_id");
    assert_eq!(field(&with("started_at", Value::Null)), "started_at");
    assert_eq!(field(&with("started_at", json!("yesterday"))), "started_at");
    assert_eq!(
        field(&with("updated_at", json!(1_770_000_000))),
        "updated_at"
    );
    assert_eq!(field(&with("map", json!({"name": "Altai"}))), "map");
    assert_eq!(field(&with("teams", Value::Null)), "teams");
    assert_eq!(
        field(&with("teams", json!([[player(1, "rus", "win")], 7]))),
        "teams[1]"
    );
    assert_eq!(field(&with("teams", json!([[7]]))), "teams[0][0]");
    assert_eq!(
        field(&with("teams", json!([[{"player": null}]]))),
        "teams[0][0]"
    );
    assert_eq!(
        field(&with(
            "teams",
            json!([[], [{"player": {"profile_id": -1}}]])
        )),
        "teams[1][0].profile_id"
    );
    assert_eq!(
        field(&with("teams", Value::Array(vec![json!([]); 65]))),
        "teams"
    );
}

#[test]
fn numbers_that_cannot_be_are_absent() {
    for wild in [
        json!(1e300),
        json!(-5),
        json!("long"),
        json!([]),
        json!(u64::MAX),
    ] {
        assert_eq!(read(&with("duration", wild)).duration, None);
    }
    assert_eq!(read(&with("duration", json!(99.6))).duration, Some(100));
}

#[test]
fn a_name_is_cut_where_no_name_goes_on() {
    let mut value = duel();
    value["teams"][0][0]["player"]["name"] = json!("é".repeat(5000));
    assert_eq!(
        read(&value)
            .participant(1)
            .expect("me")
            .name
            .chars()
            .count(),
        200
    );
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(path in prop::collection::vec(any::<usize>(), 0..6), new in any_json()) {
        let mut value = duel();
        mutate(&mut value, &path, new);
        if let Ok(game) = Game::parse(&value) {
            let _ = Facts::without_summary(&game, 1);
        }
    }
}
