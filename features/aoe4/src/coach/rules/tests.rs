use serde_json::{Value, json};

use super::*;
use crate::model::benchmarks::{Benchmarks, RankGroup, Tally};
use crate::model::game::Game;
use crate::model::metrics::{Metric, Metrics};
use crate::model::scoring::Assessment;
use crate::model::summary::Summary;
use crate::model::testing::{MadeUp, MadeUpPlayer, duel, four_a_side};

fn assessed(summary: &Summary, facts: &Facts, benchmarks: &Benchmarks) -> Assessment {
    let Some(me) = facts.me() else {
        return Assessment::default();
    };
    let metrics = Metrics::of(summary, me.profile_id);
    Assessment::of(&metrics, benchmarks, RankGroup::Gold, &me.civilization)
}

fn reviewed(summary: &Summary, profile_id: u64) -> (Facts, Written) {
    let facts = Facts::of(summary, profile_id);
    let assessment = assessed(summary, &facts, &Benchmarks::seed());
    let written = review(Brief {
        facts: &facts,
        assessment: &assessment,
    });
    (facts, written)
}

/// Everything cites facts that there are.
fn is_grounded(facts: &Facts, written: &Written) {
    let cited = written
        .key_moments
        .iter()
        .map(|moment| &moment.evidence)
        .chain(written.advice.iter().map(|advice| &advice.evidence));
    for evidence in cited {
        assert!(!evidence.is_empty());
        for id in evidence {
            assert!(facts.get(id).is_some(), "no fact {id}");
        }
    }
    assert!(written.key_moments.is_sorted_by_key(|moment| moment.at));
}

fn game(ongoing: bool) -> Game {
    let player = |id: u64, name: &str, civilization: &str, result: &str, rating: i32| json!({"profile_id": id, "name": name, "civilization": civilization, "result": result, "rating": rating, "rating_diff": 11});
    let value = json!({
        "game_id": 71, "started_at": "2026-02-03T04:05:06.000Z", "map": "Hollow Marsh", "kind": "rm_1v1",
        "duration": if ongoing { Value::Null } else { json!(984) }, "ongoing": ongoing,
        "teams": [
            [player(1, "Me", "english", "win", 920)],
            [player(2, "_Rook_ [link](http://example.org) <b>", "holy_roman_empire", "loss", 1010)]
        ]
    });
    Game::parse(&value).expect("a match")
}

#[test]
fn a_win_reads_as_one() {
    let summary = duel().summary();
    let facts = Facts::of(&summary, 1).and_game(&game(false));
    let mut benchmarks = Benchmarks::seed();
    let usual = Tally {
        count: 44,
        mean: 300.0,
        m2: 44.0 * 900.0,
    };
    benchmarks.add(RankGroup::Gold, "english", Metric::FeudalAt, &usual);
    let assessment = assessed(&summary, &facts, &benchmarks);
    let written = review(Brief {
        facts: &facts,
        assessment: &assessment,
    });
    is_grounded(&facts, &written);
    assert_eq!(written.advice.len(), 3);
    insta::assert_snapshot!("win", written.summary_md);
}

#[test]
fn the_same_match_reads_otherwise_for_who_lost_it() {
    let (facts, written) = reviewed(&duel().summary(), 2);
    is_grounded(&facts, &written);
    assert_eq!(written.advice.len(), 3);
    insta::assert_snapshot!("loss", written.summary_md);
}

#[test]
fn four_a_side_is_about_oneself() {
    let (facts, written) = reviewed(&four_a_side().summary(), 3);
    is_grounded(&facts, &written);
    insta::assert_snapshot!("teams", written.summary_md);
}

#[test]
fn without_a_summary_it_says_what_it_could_not_see() {
    let facts = Facts::without_summary(&game(false), 1);
    let written = review(Brief {
        facts: &facts,
        assessment: &Assessment::default(),
    });
    is_grounded(&facts, &written);
    insta::assert_snapshot!("without_summary", written.summary_md);
}

#[test]
fn whatever_match_it_is_the_review_says_something() {
    let running = Facts::without_summary(&game(true), 2);
    let alone = MadeUp::lasting(300)
        .with(MadeUpPlayer::new(1, "kingdom_of_the_moon", 0, "win"))
        .summary();
    let none = Assessment::default();
    for facts in [
        running,
        Facts::of(&alone, 1),
        Facts::of(&alone, 9),
        Facts::without_summary(&game(false), 9),
    ] {
        let written = review(Brief {
            facts: &facts,
            assessment: &none,
        });
        is_grounded(&facts, &written);
        assert!(
            written.summary_md.contains("could not be seen"),
            "{}",
            written.summary_md
        );
    }
}

#[test]
fn names_are_no_markup() {
    let mut value = duel().value();
    value["players"][1]["name"] = json!("# _Rook_ [link](http://example.org) <img>");
    let (_, written) = reviewed(&Summary::parse(&value).expect("a summary"), 1);
    assert!(
        written
            .summary_md
            .contains(r"\# \_Rook\_ \[link\]\(http\:\/\/example\.org\) &lt;img&gt;"),
        "{}",
        written.summary_md
    );
}

#[test]
fn the_same_match_gives_the_same_review() {
    let summary = duel().summary();
    assert_eq!(reviewed(&summary, 1).1, reviewed(&summary, 1).1);
}
