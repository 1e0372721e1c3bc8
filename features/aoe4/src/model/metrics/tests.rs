use super::*;
use crate::model::testing::{MadeUp, MadeUpPlayer, duel};

#[test]
fn a_duel_has_values_for_both() {
    let summary = duel().summary();
    let me = Metrics::of(&summary, 1);
    let near = |metric: Metric, value: f64| {
        let seen = me.get(metric).unwrap_or_else(|| panic!("no {metric:?}"));
        assert!((seen - value).abs() < 0.01, "{metric:?}: {seen}");
    };
    near(Metric::VillagersAt10, 36.0);
    near(Metric::IncomeAt10, 1010.0);
    near(Metric::VillagersLost, 0.0);
    near(Metric::EconomicUpgradesAt10, 2.0);
    near(Metric::Idle, 480.0 / 13.8);
    near(Metric::FeudalAt, 255.0);
    near(Metric::CastleAt, 760.0);
    near(Metric::UnitsPerMinute, (51.0 + 22.0) / 16.0);
    near(Metric::ArmyPerMinute, 20.0 / 11.0);
    near(Metric::ArmyAt15, 19.0);
    near(Metric::UpgradesPerMinute, 3.0 / 16.0);
    assert_eq!(me.get(Metric::KillShare), None, "three losses are chance");
    assert!(
        me.get(Metric::StockMinutes)
            .is_some_and(|minutes| (0.3..0.9).contains(&minutes))
    );
    let other = Metrics::of(&summary, 2);
    assert_eq!(other.get(Metric::CastleAt), None);
    assert!(other.get(Metric::VillagersLost) > Some(10.0));
    assert_eq!(Metrics::of(&summary, 99).iter().count(), 0);
}

#[test]
fn what_a_match_was_too_short_for_has_no_value() {
    let short =
        MadeUp::lasting(280).with(MadeUpPlayer::new(1, "rus", 0, "win").villagers(20, 280, &[]));
    let metrics = Metrics::of(&short.summary(), 1);
    let there: Vec<Metric> = metrics.iter().map(|(metric, _)| metric).collect();
    assert_eq!(there, [Metric::VillagersLost]);
}

#[test]
fn words_are_those_of_stores_and_unique() {
    for metric in Metric::ALL {
        let word = metric.about().word;
        assert_eq!(Metric::find(word), Some(metric));
        assert_eq!(serde_json::to_value(metric).expect("JSON"), word);
    }
    assert_eq!(Metric::find("luck"), None);
}
