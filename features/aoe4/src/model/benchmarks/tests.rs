use proptest::prelude::*;

use super::*;

fn tally(values: &[f64]) -> Tally {
    let mut tally = Tally::default();
    for value in values {
        tally.add(*value);
    }
    tally
}

fn of(count: u64, mean: f64) -> Tally {
    Tally {
        count,
        mean,
        m2: 9.0 * f64::from(u32::try_from(count).expect("small")),
    }
}

#[test]
fn mean_and_spread_are_those_of_the_values() {
    let tally = tally(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
    assert_eq!((tally.count, tally.mean), (8, 5.0));
    assert!((tally.spread() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
    assert_eq!(Tally::of(3.0).spread(), 0.0);
    assert_eq!(Tally::default().spread(), 0.0);
}

#[test]
fn ranks_lose_their_divisions() {
    let groups = [
        Some("gold_2"),
        Some("conqueror_4"),
        Some("unranked"),
        Some("titanium_1"),
        Some(""),
        None,
    ];
    assert_eq!(
        groups.map(RankGroup::of_level),
        [
            RankGroup::Gold,
            RankGroup::Conqueror,
            RankGroup::Unranked,
            RankGroup::Unranked,
            RankGroup::Unranked,
            RankGroup::Unranked
        ]
    );
    let groups = [
        Some(-5),
        Some(499),
        Some(500),
        Some(999),
        Some(1199),
        Some(1200),
        Some(1400),
        None,
    ];
    assert_eq!(
        groups.map(|rating| RankGroup::of_rating(rating).as_str()),
        [
            "bronze",
            "bronze",
            "silver",
            "gold",
            "platinum",
            "diamond",
            "conqueror",
            "unranked"
        ]
    );
    for group in RankGroup::ALL {
        assert_eq!(RankGroup::of_level(Some(group.as_str())), group);
        assert_eq!(serde_json::to_value(group).expect("JSON"), group.as_str());
    }
}

#[test]
fn the_group_widens_while_it_is_small() {
    let metric = Metric::Idle;
    let chosen = |benchmarks: &Benchmarks| {
        let chosen = benchmarks.choose(RankGroup::Gold, "rus", metric);
        (chosen.group, chosen.sample)
    };
    let mut benchmarks = Benchmarks::seed();
    assert_eq!(
        chosen(&benchmarks),
        (
            Group::Seed {
                rank: RankGroup::Gold
            },
            0
        )
    );
    benchmarks.add(RankGroup::Bronze, "french", metric, &of(30, 20.0));
    assert_eq!(chosen(&benchmarks), (Group::Everybody, 30));
    benchmarks.add(RankGroup::Bronze, "rus", metric, &of(30, 20.0));
    assert_eq!(
        chosen(&benchmarks),
        (
            Group::Civilization {
                civilization: "rus".to_owned()
            },
            30
        )
    );
    benchmarks.add(RankGroup::Gold, "french", metric, &of(10, 10.0));
    benchmarks.add(RankGroup::Gold, "mongols", metric, &of(20, 13.0));
    assert_eq!(
        chosen(&benchmarks),
        (
            Group::Rank {
                rank: RankGroup::Gold
            },
            30
        )
    );
    assert!((benchmarks.choose(RankGroup::Gold, "rus", metric).mean - 12.0).abs() < 1e-9);
    benchmarks.add(RankGroup::Gold, "rus", metric, &of(29, 10.0));
    assert_eq!(
        chosen(&benchmarks).0,
        Group::Rank {
            rank: RankGroup::Gold
        }
    );
    benchmarks.add(RankGroup::Gold, "rus", metric, &of(1, 10.0));
    let exact = Group::RankAndCivilization {
        rank: RankGroup::Gold,
        civilization: "rus".to_owned(),
    };
    assert_eq!(chosen(&benchmarks), (exact, 30));
    let other = benchmarks.choose(RankGroup::Gold, "rus", Metric::FeudalAt);
    assert_eq!(other.sample, 0, "each metric by itself");
}

#[test]
fn values_that_agree_leave_a_spread_and_what_is_no_number_nothing() {
    let mut benchmarks = Benchmarks::seed();
    let same = Tally {
        count: 100,
        mean: 36.0,
        m2: 0.0,
    };
    benchmarks.add(RankGroup::Gold, "rus", Metric::VillagersAt10, &same);
    let chosen = benchmarks.choose(RankGroup::Gold, "rus", Metric::VillagersAt10);
    assert_eq!(
        (chosen.mean, chosen.spread, chosen.sample),
        (36.0, 1.5, 100)
    );
    benchmarks.add(
        RankGroup::Gold,
        "rus",
        Metric::Idle,
        &Tally {
            count: 100,
            mean: f64::NAN,
            m2: 1.0,
        },
    );
    assert_eq!(
        benchmarks
            .choose(RankGroup::Gold, "rus", Metric::Idle)
            .sample,
        0
    );
}

#[test]
fn the_table_expects_more_of_higher_ranks() {
    let benchmarks = Benchmarks::seed();
    for metric in Metric::ALL
        .into_iter()
        .filter(|metric| *metric != Metric::KillShare)
    {
        let mean = |rank| benchmarks.choose(rank, "rus", metric).mean;
        let (low, high) = (mean(RankGroup::Bronze), mean(RankGroup::Conqueror));
        assert_eq!(
            high > low,
            metric.about().more_is_better,
            "{metric:?}: {low} {high}"
        );
        assert!(low >= 0.0 && high >= 0.0);
    }
}

proptest! {
    #[test]
    fn merging_is_adding_all(one in prop::collection::vec(-1e4..1e4_f64, 0..40), other in prop::collection::vec(-1e4..1e4_f64, 0..40)) {
        let mut merged = tally(&one);
        merged.merge(&tally(&other));
        let all = tally(&[one, other].concat());
        prop_assert_eq!(merged.count, all.count);
        prop_assert!((merged.mean - all.mean).abs() < 1e-6);
        prop_assert!((merged.spread() - all.spread()).abs() < 1e-6);
    }
}
