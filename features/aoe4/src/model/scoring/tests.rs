use super::*;
use crate::model::benchmarks::{Group, Tally};
use crate::model::testing::duel;

fn assessed(profile_id: u64, rank: RankGroup) -> Assessment {
    let metrics = Metrics::of(&duel().summary(), profile_id);
    Assessment::of(&metrics, &Benchmarks::seed(), rank, "english")
}

fn scores(scores: Scores) -> [Option<u8>; 5] {
    [
        scores.overall,
        scores.economy,
        scores.military,
        scores.technology,
        scores.r#macro,
    ]
}

#[test]
fn what_is_usual_is_fifty_and_a_spread_is_a_sixth() {
    assert_eq!(
        [0.0, 1.0, -1.0, 3.0, -3.0].map(|z| rounded(share(z))),
        [50, 85, 15, 99, 1]
    );
    let metric = Metric::FeudalAt;
    let benchmark = |mean: f64| Benchmark {
        mean,
        spread: 10.0,
        sample: 50,
        group: Group::Everybody,
    };
    assert_eq!(Compared::of(metric, 300.0, benchmark(300.0)).score, 50);
    let earlier = Compared::of(metric, 290.0, benchmark(300.0));
    assert_eq!(
        (earlier.score, earlier.better),
        (85, 1.0),
        "earlier is better"
    );
    let never = Compared::of(metric, 9000.0, benchmark(300.0));
    assert_eq!((never.score, never.better), (1, -3.0));
}

#[test]
fn the_better_player_of_a_duel_scores_higher() {
    let (me, opponent) = (assessed(1, RankGroup::Gold), assessed(2, RankGroup::Gold));
    assert!(scores(me.scores).iter().all(Option::is_some));
    for (better, worse) in [
        (me.scores.overall, opponent.scores.overall),
        (me.scores.economy, opponent.scores.economy),
        (me.scores.technology, opponent.scores.technology),
    ] {
        assert!(better > worse, "{:?} {:?}", me.scores, opponent.scores);
    }
}

#[test]
fn more_is_expected_of_higher_ranks() {
    let overall = |rank| assessed(1, rank).scores.overall;
    assert!(overall(RankGroup::Bronze) > overall(RankGroup::Gold));
    assert!(overall(RankGroup::Gold) > overall(RankGroup::Conqueror));
}

#[test]
fn what_was_seen_here_takes_over() {
    let metrics = Metrics::of(&duel().summary(), 1);
    let mut benchmarks = Benchmarks::seed();
    let usual = Tally {
        count: 40,
        mean: 255.0,
        m2: 40.0 * 400.0,
    };
    benchmarks.add(RankGroup::Gold, "english", Metric::FeudalAt, &usual);
    let assessed = Assessment::of(&metrics, &benchmarks, RankGroup::Gold, "english");
    let feudal = assessed.get(Metric::FeudalAt).expect("a value");
    assert_eq!((feudal.score, feudal.benchmark.sample), (50, 40));
    assert_eq!(
        assessed
            .get(Metric::CastleAt)
            .expect("a value")
            .benchmark
            .sample,
        0
    );
}

#[test]
fn what_has_no_value_weighs_nothing() {
    let nothing = Assessment::of(
        &Metrics::default(),
        &Benchmarks::seed(),
        RankGroup::Gold,
        "rus",
    );
    assert_eq!(scores(nothing.scores), [None; 5]);
    let mut value = duel().value();
    value["players"][0]["resources"] = serde_json::Value::Null;
    value["players"][0]["buildOrder"] = serde_json::Value::Null;
    let summary = crate::model::summary::Summary::parse(&value).expect("a summary");
    let ages = Assessment::of(
        &Metrics::of(&summary, 1),
        &Benchmarks::seed(),
        RankGroup::Gold,
        "rus",
    );
    let [overall, economy, military, technology, r#macro] = scores(ages.scores);
    assert_eq!((economy, military, r#macro), (None, None, None));
    assert!(overall.is_some() && overall == technology);
}
