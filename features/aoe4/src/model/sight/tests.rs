use super::*;
use crate::model::testing::{MadeUp, MadeUpPlayer};

fn player() -> MadeUpPlayer {
    MadeUpPlayer::new(1, "english", 0, "win")
}

fn seen<T>(length: u32, player: MadeUpPlayer, look: impl FnOnce(&Sight) -> T) -> T {
    let summary = MadeUp::lasting(length).with(player).summary();
    look(&Sight::of(&summary, &summary.players[0]))
}

#[test]
fn a_unit_that_dies_under_another_level_is_the_same() {
    let player =
        player()
            .unit("spearman_1", &[100, 120], &[])
            .unit("spearman_2", &[300], &[310, 320]);
    seen(400, player, |sight| {
        assert_eq!(sight.families.len(), 1);
        assert_eq!(sight.families[0].name, "spearman");
        assert_eq!(
            [99, 120, 305, 320].map(|at| sight.military.alive_at(at)),
            [0, 2, 3, 1]
        );
    });
}

#[test]
fn only_what_fights_is_military() {
    let mut player = player().villagers(20, 100, &[]);
    for name in [
        "scout",
        "monk",
        "trade_cart",
        "fishing_boat",
        "imperial_official",
        "shinto_priest",
        "ox",
    ] {
        player = player.unit(name, &[50], &[]);
    }
    for name in [
        "sipahi_2",
        "longbowman_2",
        "khan_1",
        "mangonel",
        "fox_rider",
    ] {
        player = player.unit(name, &[50], &[]);
    }
    seen(400, player, |sight| {
        assert_eq!(sight.military.made.len(), 5);
        assert_eq!(sight.villagers.alive_at(400), 11);
    });
}

#[test]
fn a_town_centre_that_works_is_never_idle() {
    let idle = seen(400, player().villagers(20, 400, &[]), |sight| sight.idle());
    assert_eq!(
        idle,
        Some(Idle {
            idle: 0,
            available: 400,
            longest: 0,
            longest_at: 0
        })
    );
}

#[test]
fn a_pause_is_idle_and_so_is_the_second_town_centre_that_rests() {
    let pause =
        player()
            .villagers(20, 200, &[])
            .unit("villager", &[300, 320, 340, 360, 380, 400], &[]);
    let idle = seen(400, pause.clone(), |sight| sight.idle()).expect("villagers");
    // From 200 s until the next was begun at 280 s.
    assert_eq!((idle.idle, idle.longest, idle.longest_at), (80, 80, 200));

    let two = pause.building("town_center", &[300], &[350]);
    let idle = seen(400, two, |sight| sight.idle()).expect("villagers");
    assert_eq!((idle.idle, idle.available, idle.longest), (130, 450, 80));
}

#[test]
fn the_end_counts_and_what_follows_enough_villagers_does_not() {
    let stopped =
        seen(500, player().villagers(20, 200, &[]), |sight| sight.idle()).expect("villagers");
    assert_eq!((stopped.idle, stopped.longest_at), (300, 200));
    // The hundredth is finished at 20 * (100 - 6) s.
    let enough = seen(4000, player().villagers(20, 2200, &[]), |sight| {
        sight.idle()
    })
    .expect("villagers");
    assert_eq!((enough.idle, enough.available), (0, 1880));
    assert_eq!(seen(400, player(), |sight| sight.idle()), None);
}

#[test]
fn ages_are_found_in_either_place() {
    let whole = player().age(2, 250, "A").age(3, 600, "B");
    seen(900, whole.clone(), |sight| {
        assert_eq!(sight.ages, [Some(250), Some(600), None])
    });
    let mut value = MadeUp::lasting(900).with(whole).value();
    value["players"][0]["actions"] = serde_json::json!({});
    let read = |value: &serde_json::Value| Summary::parse(value).expect("a summary");
    let without = read(&value);
    assert_eq!(
        Sight::of(&without, &without.players[0]).ages,
        [Some(250), Some(600), None]
    );
    value["players"][0]["buildOrder"] = serde_json::json!([]);
    let without = read(&value);
    assert_eq!(
        Sight::of(&without, &without.players[0]).ages,
        [Some(250), Some(600), None]
    );
}

#[test]
fn upgrades_come_in_the_order_of_time() {
    let player = player()
        .upgrade("melee_armor_technology_1", 500)
        .upgrade("wheelbarrow", 300);
    seen(900, player, |sight| {
        let upgrades: Vec<_> = sight
            .upgrades
            .iter()
            .map(|one| (one.stem.as_str(), one.at, one.economic))
            .collect();
        assert_eq!(
            upgrades,
            [
                ("wheelbarrow", 300, true),
                ("melee_armor_technology_1", 500, false)
            ]
        );
    });
}

#[test]
fn stock_is_looked_at_after_the_opening() {
    let player = player().stock(&[(0, 1000), (300, 100), (400, 200)]);
    seen(400, player, |sight| {
        assert_eq!(sight.stock().next(), Some((300, 300)));
        assert_eq!(sight.stock().last(), Some((400, 600)));
        assert_eq!(sight.income_at(310), Some(900));
    });
}
