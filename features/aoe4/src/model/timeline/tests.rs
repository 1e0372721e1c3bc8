use super::*;
use crate::model::testing::{MadeUp, MadeUpPlayer, duel};

fn of(made: MadeUp) -> Timeline {
    let summary = made.summary();
    Timeline::of(&summary, &Facts::of(&summary, 1))
}

#[test]
fn a_duel_has_a_line_for_each() {
    let timeline = of(duel());
    assert_eq!(timeline.timestamps.len(), 49);
    let keys: Vec<&str> = timeline
        .players
        .iter()
        .map(|line| line.key.as_str())
        .collect();
    assert_eq!(keys, ["me", "opponent"]);
    let me = &timeline.players[0];
    for column in [
        &me.food,
        &me.wood,
        &me.income,
        &me.score.total,
        &me.score.society,
    ] {
        assert_eq!(column.len(), 49);
    }
    assert_eq!((me.villagers[30], me.military_units[30]), (36, 17));
    assert_eq!(me.score.total.last(), Some(&2100));
    assert_eq!(me.oliveoil, [0; 0], "not told");
}

#[test]
fn a_long_match_is_thinned_and_keeps_its_ends() {
    let long = MadeUp::lasting(7200)
        .with(MadeUpPlayer::new(1, "rus", 0, "win").score(&[(0, 0), (7200, 7200)]));
    let timeline = of(long);
    assert_eq!(timeline.timestamps.len(), MOST_POINTS);
    assert_eq!(
        (timeline.timestamps.first(), timeline.timestamps.last()),
        (Some(&0), Some(&7200))
    );
    assert!(timeline.timestamps.is_sorted());
    assert_eq!(timeline.players[0].score.total.last(), Some(&7200));
}

#[test]
fn who_left_keeps_what_was_there_and_what_is_not_told_is_empty() {
    let mut value = duel().value();
    let columns = value["players"][1]["resources"]
        .as_object_mut()
        .expect("columns");
    for column in columns.values_mut() {
        column.as_array_mut().expect("a column").truncate(10);
    }
    value["players"][1]["buildOrder"] = serde_json::Value::Null;
    let summary = Summary::parse(&value).expect("a summary");
    let timeline = Timeline::of(&summary, &Facts::of(&summary, 1));
    let other = &timeline.players[1];
    assert_eq!(other.score.total.len(), 49);
    assert_eq!(other.score.total[48], other.score.total[9]);
    assert_eq!(other.villagers, [0; 0]);
}
