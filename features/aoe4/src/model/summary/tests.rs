use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::testing::{MadeUp, MadeUpPlayer};

fn made_up() -> Value {
    let me = MadeUpPlayer::new(1, "english", 0, "win")
        .villagers(20, 600, &[500])
        .unit("spearman_1", &[300, 320], &[])
        .upgrade("wheelbarrow", 400)
        .age(2, 260, "Hall of Larks")
        .score(&[(0, 0), (700, 1400)])
        .stock(&[(0, 150), (700, 400)])
        .per_minute(960)
        .action("pickupRelic", &[640]);
    let other = MadeUpPlayer::new(2, "byzantines", 1, "loss").villagers(20, 500, &[]);
    MadeUp::lasting(700)
        .kind("rm_1v1")
        .with(me)
        .with(other)
        .value()
}

#[test]
fn a_match_of_nobody_is_one() {
    let summary = MadeUp::lasting(60).summary();
    assert_eq!((summary.length(), summary.players.len()), (84, 0));
    assert_eq!(summary.player(1), None);
}

fn read(value: &Value) -> Summary {
    Summary::parse(value).expect("a summary")
}

fn fault(change: impl FnOnce(&mut Value)) -> String {
    let mut value = made_up();
    change(&mut value);
    Summary::parse(&value).expect_err("no summary").field
}

#[test]
fn a_summary_is_read_whole() {
    let summary = read(&made_up());
    assert_eq!(
        (summary.game_id, summary.map.as_str(), summary.kind.as_str()),
        (71, "Hollow Marsh", "rm_1v1")
    );
    assert_eq!((summary.duration, summary.length()), (Some(724), 700));
    assert_eq!(
        summary.started_at.expect("a start").as_second(),
        1_770_000_000
    );
    let me = summary.player(1).expect("me");
    assert_eq!(
        (me.team, &me.result, me.apm),
        (Some(0), &Some(GameResult::Win), Some(100))
    );
    assert_eq!(me.series.timestamps.len(), 36);
    assert_eq!(me.series.total.last(), Some(&1400));
    assert_eq!(me.series.stock.sum(0), Some(450));
    assert_eq!(
        (&me.actions["feudalAge"][..], &me.actions["pickupRelic"][..]),
        (&[260][..], &[640][..])
    );
    assert_eq!((me.gathered.total, me.spent.total), (11_200, 10_000));
    assert_eq!(
        me.landmarks[0],
        Landmark {
            name: "Hall of Larks".to_owned(),
            at: 260,
            new_age: Some(2)
        }
    );
    assert_eq!(me.build_order[0].finished[..7], [0, 0, 0, 0, 0, 0, 20]);
    assert_eq!((me.stat("sqprod"), me.stat("ekills")), (38, 0));
}

#[test]
fn what_older_summaries_lack_is_absent() {
    let mut value = made_up();
    let resources = value["players"][0]["resources"]
        .as_object_mut()
        .expect("columns");
    resources.retain(|name, _| !name.ends_with("Gathered"));
    for name in [
        "buildOrder",
        "analysis",
        "actions",
        "_stats",
        "scores",
        "resources",
    ] {
        value["players"][1][name] = Value::Null;
    }
    let summary = read(&value);
    let (one, other) = (&summary.players[0], &summary.players[1]);
    assert_eq!(one.series.gathered.sum(0), None);
    assert_eq!(
        (one.series.population.len(), one.series.stock.oliveoil.len()),
        (0, 0)
    );
    assert_eq!(
        (
            other.series.clone(),
            other.build_order.len(),
            other.stat("gt")
        ),
        (Series::default(), 0, 0)
    );
    assert_eq!(summary.length(), 700);
    value["players"][0]["_stats"] = Value::Null;
    assert_eq!(read(&value).length(), 700, "the last sample");
    value["players"] = json!([]);
    assert_eq!(read(&value).length(), 724, "the time on the wall");
}

#[test]
fn oliveoil_and_population_are_read_where_they_are() {
    let mut value = made_up();
    value["players"][1]["resources"]["oliveoil"] = json!(vec![5; 36]);
    value["players"][1]["resources"]["population"] = json!(vec![40.4; 36]);
    let summary = read(&value);
    assert_eq!(summary.players[1].series.stock.sum(0), Some(455));
    assert_eq!(summary.players[1].series.population, [40; 36]);
}

#[test]
fn columns_of_unequal_length_are_refused() {
    for name in ["food", "woodPerMin", "goldGathered", "total", "society"] {
        let field = fault(|value| {
            value["players"][1]["resources"][name]
                .as_array_mut()
                .expect("a column")
                .pop();
        });
        assert_eq!(field, format!("players[1].resources.{name}"));
    }
    assert_eq!(
        fault(|value| value["players"][0]["resources"]["population"] = json!([1])),
        "players[0].resources.population"
    );
    assert_eq!(
        fault(|value| value["players"][0]["resources"]["timestamps"] = Value::Null),
        "players[0].resources.timestamps"
    );
}

#[test]
fn samples_that_run_backwards_are_refused_and_moments_sorted() {
    let backwards = fault(|value| value["players"][0]["resources"]["timestamps"][3] = json!(20));
    assert_eq!(backwards, "players[0].resources.timestamps");

    let mut value = made_up();
    value["players"][0]["buildOrder"][0]["finished"] = json!([40, 0, 20]);
    value["players"][0]["actions"]["pickupRelic"] = json!([500, 400]);
    let me = &read(&value).players[0];
    assert_eq!(me.build_order[0].finished, [0, 20, 40]);
    assert_eq!(me.actions["pickupRelic"], [400, 500]);
}

#[test]
fn what_is_no_summary_names_the_field() {
    assert_eq!(fault(|value| *value = json!([])), "summary");
    assert_eq!(fault(|value| value["gameId"] = json!("x")), "gameId");
    assert_eq!(fault(|value| value["players"] = json!({})), "players");
    assert_eq!(fault(|value| value["players"][1] = json!(1)), "players[1]");
    assert_eq!(
        fault(|value| value["players"][1]["profileId"] = json!(0)),
        "players[1].profileId"
    );
    assert_eq!(
        fault(|value| value["players"][0]["resources"]["food"][2] = json!("many")),
        "players[0].resources.food"
    );
    assert_eq!(
        fault(|value| value["players"][0]["buildOrder"][1]["destroyed"] = json!([-4])),
        "players[0].buildOrder[1].destroyed"
    );
    assert_eq!(
        fault(|value| value["players"][0]["actions"]["feudalAge"] = json!([86_401])),
        "players[0].actions.feudalAge"
    );
}

#[test]
fn lists_are_bounded() {
    assert_eq!(
        fault(|value| value["players"] = Value::Array(vec![json!({}); 17])),
        "players"
    );
    assert_eq!(
        fault(|value| value["players"][0]["buildOrder"] = Value::Array(vec![json!({}); 2001])),
        "players[0].buildOrder"
    );
    assert_eq!(
        fault(|value| value["players"][0]["buildOrder"][0]["finished"] = json!(vec![1; 5001])),
        "players[0].buildOrder[0].finished"
    );
    assert_eq!(
        fault(|value| value["players"][0]["resources"]["timestamps"] =
            json!((0..5001).collect::<Vec<_>>())),
        "players[0].resources.timestamps"
    );
}

#[test]
fn upgrades_of_unnamed_events_are_found() {
    let mut value = made_up();
    value["players"][0]["buildOrder"][3]["unknown"] = json!({"10": [407], "14": [5, 3], "x": null});
    assert_eq!(read(&value).players[0].build_order[3].unnamed, [3, 5, 407]);
}

#[test]
fn what_must_not_be_kept_is_taken_out() {
    let mut value = made_up();
    strip(&mut value);
    assert!(!value.to_string().contains("not to be kept"));
    assert_eq!(read(&value), read(&made_up()));
    let mut nothing = json!(3);
    strip(&mut nothing);
    assert_eq!(nothing, json!(3));
}

/// Any JSON, small.
pub fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-50_i64..100_000).prop_map(Value::from),
        "[a-zA-Z_/0-9]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Puts something else at a place that `path` leads to, deeper with each number.
pub fn mutate(value: &mut Value, path: &[usize], new: Value) {
    let Some((&step, deeper)) = path.split_first() else {
        *value = new;
        return;
    };
    match value {
        Value::Array(list) if !list.is_empty() => {
            let index = step % list.len();
            mutate(&mut list[index], deeper, new);
        }
        Value::Object(map) if !map.is_empty() => {
            let index = step % map.len();
            if let Some(inner) = map.values_mut().nth(index) {
                mutate(inner, deeper, new);
            }
        }
        other => *other = new,
    }
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(value in any_json()) {
        let _ = Summary::parse(&value);
    }

    #[test]
    fn no_change_makes_it_panic(changes in prop::collection::vec((prop::collection::vec(any::<usize>(), 1..7), any_json()), 1..5)) {
        let mut value = made_up();
        for (path, new) in changes {
            mutate(&mut value, &path, new);
        }
        if let Ok(summary) = Summary::parse(&value) {
            for player in &summary.players {
                let samples = player.series.timestamps.len();
                for column in player.series.stock.all() {
                    prop_assert!(column.is_empty() || column.len() == samples);
                }
            }
        }
    }
}
