//! Matches of other shapes than one against one.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::World;
use crate::harness::{game, summary};

/// A player of a match, as lists tell it or as single matches do.
fn seat(number: usize, wrapped: bool) -> Value {
    let mut player = game(2)["teams"][usize::from(number > 0)][0]["player"].clone();
    if number > 0 {
        player["profile_id"] = json!(76 + number);
        player["name"] = json!(format!("Player {number}"));
    }
    if wrapped {
        json!({ "player": player })
    } else {
        player
    }
}

/// What happened, of so many players, each on the team that is given.
fn told(id: u64, teams: &[u32]) -> ResponseTemplate {
    let mut told = summary(id);
    let players = teams.iter().enumerate().map(|(number, team)| {
        let mut player = told["players"][usize::from(number > 0)].clone();
        if number > 0 {
            player["profileId"] = json!(76 + number);
        }
        player["team"] = json!(team);
        player
    });
    let players: Vec<Value> = players.collect();
    told["players"] = json!(players);
    ResponseTemplate::new(200).set_body_json(told)
}

#[tokio::test]
async fn matches_of_any_shape_are_listed_shown_and_reviewed() {
    let world = World::with_matches([2, 4, 6]).await;
    let team = |seats: std::ops::Range<usize>, wrapped| -> Value {
        seats.map(|number| seat(number, wrapped)).collect()
    };
    world.upstream.change(2, |game| {
        game["kind"] = json!("rm_4v4");
        game["teams"] = json!([team(0..4, true), team(4..8, true)]);
    });
    world
        .upstream
        .answer_summary(2, told(2, &[0, 0, 0, 0, 1, 1, 1, 1]));
    world.upstream.change(4, |game| {
        game["kind"] = json!("qm_ffa_of_a_season_to_come");
        game["teams"] = (0..5)
            .map(|number| team(number..number + 1, false))
            .collect();
    });
    world.upstream.answer_summary(4, told(4, &[0, 1, 2, 3, 4]));
    world.upstream.change(6, |game| {
        game["kind"] = json!("custom");
        game["teams"] = json!([team(0..1, false)]);
    });
    world.upstream.answer_summary(6, told(6, &[0]));
    let world = world.later(31).await;
    let ada = &world.ada;
    assert_eq!(ada.post("/games/sync").await.assert_ok()["new"], 0);

    for (id, teams, opponents) in [(2, vec![4, 4], 4), (4, vec![1; 5], 4), (6, vec![1], 0)] {
        world.request(id).await;
        let review = world.reviewed(id).await;
        let shown = ada.get(&format!("/games/{id}")).await.assert_ok();
        let sizes: Vec<usize> = shown["teams"]
            .as_array()
            .unwrap()
            .iter()
            .map(|team| team.as_array().unwrap().len())
            .collect();
        assert_eq!(sizes, teams, "{id}");
        let civilizations = shown["opponentCivilizations"].as_array().unwrap();
        assert_eq!(civilizations.len(), opponents, "{id}");
        assert_eq!(review["kind"], shown["kind"]);
        assert!(review["scores"]["overall"].is_u64(), "{review}");
        let players = review["timeline"]["players"].as_array().unwrap();
        assert_eq!(players.len(), teams.iter().sum::<usize>(), "{id}");
        let text = review["summaryMd"].as_str().unwrap();
        assert!(text.contains("What to train"), "{text}");
        let about_others = review["facts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|fact| fact["id"].as_str().unwrap().starts_with("opponent"));
        assert_eq!(about_others, opponents > 0, "{id}");
        // Everybody who was in it is counted among what is usual.
        let counted = format!("select count(*) from benchmark_games where game_id = {id}");
        assert_eq!(world.app.database.count(&counted).await, 1);
    }
    // Points of ladders say who is how strong; what isn't ranked has none.
    for (rank, players) in [("platinum", 7), ("unranked", 4)] {
        let counted = format!(
            "select max(count) from benchmarks where civilization = 'order_of_the_dragon' and rank_group = '{rank}'"
        );
        assert_eq!(world.app.database.count(&counted).await, players);
    }
}

#[tokio::test]
async fn a_summary_without_the_player_or_of_another_match_is_none() {
    let world = World::with_matches([2, 4]).await;
    let mut others = summary(2);
    others["players"].as_array_mut().unwrap().remove(0);
    for (id, told) in [(2, others), (4, summary(6))] {
        let answer = ResponseTemplate::new(200).set_body_json(told);
        world.upstream.answer_summary(id, answer);
        world.request(id).await;
        let review = world.reviewed(id).await;
        assert_eq!(review["scores"]["overall"], Value::Null);
        assert_eq!(review["timeline"], Value::Null);
        assert!(!review["unseen"].as_array().unwrap().is_empty());
        // What the match itself says is still there.
        let facts = review["facts"].as_array().unwrap();
        assert!(
            facts.iter().any(|fact| fact["id"] == "me.rating"),
            "{review}"
        );
    }
    let kept = "select count(*) from game_summaries";
    assert_eq!(world.app.database.count(kept).await, 0);
}
