use std::collections::BTreeMap;
use std::sync::LazyLock;

use aoe4::model::facts::Facts;
use aoe4::model::metrics::{Metric, Metrics};
use aoe4::model::summary::{Player as Told, Summary};
use serde_json::Value;

use super::super::course::RESOURCES;
use super::super::summary::{camel_case, snake_case};
use super::*;

/// Some of each kind, not only of one sort of player.
fn some(world: &AoE4World, kind: Kind, count: usize) -> Vec<Arc<Match>> {
    let of_kind = world.matches(now()).filter(|one| one.kind == kind);
    let over = of_kind.filter(|one| !one.is_running(now()));
    over.step_by(7).take(count).collect()
}

/// Made once for all tests.
static TOLD: LazyLock<Vec<(Arc<Match>, Value, Summary)>> = LazyLock::new(|| {
    let world = world();
    let sizes = [(1, 24), (2, 3), (3, 3), (4, 4)];
    let matches = sizes.into_iter().flat_map(|(a_side, count)| {
        let matches = some(&world, Kind::Ranked(a_side), count);
        assert!(matches.len() >= count.min(3), "{a_side}");
        matches
    });
    let told = matches.map(|one| {
        let value = world.summary(&one);
        let summary = Summary::parse(&value).expect("a summary");
        assert_eq!(summary.players.len(), one.seats().count());
        (one, value, summary)
    });
    told.collect()
});

fn each(mut check: impl FnMut(&Match, &Value, &Summary)) {
    for (one, value, summary) in TOLD.iter() {
        check(one, value, summary);
    }
}

fn sum(told: aoe4::model::summary::Resources) -> i64 {
    told.food + told.gold + told.stone + told.wood + told.oliveoil
}

#[test]
fn whoever_wins_is_ahead_at_the_end() {
    each(|one, _, summary| {
        let score = |team: usize| -> i64 {
            let side = summary.players.iter();
            let side = side.filter(|player| player.team == i64::try_from(team).ok());
            side.map(|player| player.scores.total).sum()
        };
        let winner = one.winner.expect("somebody won");
        assert!(
            score(winner) > score(1 - winner),
            "{}: {} against {}",
            one.id,
            score(winner),
            score(1 - winner)
        );
        assert_eq!(summary.length(), one.length);
        assert!(one.duration > one.length);
    });
}

#[test]
fn what_was_gathered_and_not_spent_is_there() {
    each(|one, _, summary| {
        for player in &summary.players {
            let last = player.series.timestamps.len() - 1;
            let gathered = player.series.gathered.sum(last).unwrap();
            let stock = player.series.stock.sum(last).unwrap();
            assert!(stock >= 0 && gathered <= sum(player.gathered));
            // One begins with 450, and some seconds pass after the last sample.
            if one.length % 20 == 0 {
                let left = 450 + sum(player.gathered) - sum(player.spent);
                assert!((left - stock).abs() <= 5, "{}: {left}, {stock}", one.id);
            }
            for column in player.series.stock.all() {
                assert!(column.iter().all(|&amount| amount >= 0));
            }
        }
    });
}

#[test]
fn columns_are_as_long_as_the_match() {
    each(|one, value, _| {
        for player in value["players"].as_array().unwrap() {
            let columns = player["resources"].as_object().unwrap();
            let samples = usize::try_from(one.length / 20 + 1).unwrap();
            for (name, column) in columns {
                assert_eq!(column.as_array().unwrap().len(), samples, "{name}");
            }
            let has_oil = player["civilization"] == "byzantines";
            assert_eq!(columns.contains_key("oliveoilPerMin"), has_oil);
        }
    });
}

#[test]
fn villagers_grow_ages_come_in_order_and_what_falls_was_there() {
    each(|one, _, summary| {
        for player in &summary.players {
            let facts = Facts::of(summary, player.profile_id);
            let villagers = |at: u32| {
                let id = format!("me.villagers.{at}");
                facts.number(&id, "made").expect("they are counted")
            };
            assert!(
                villagers(300) >= 12.0 && villagers(600) > villagers(300),
                "{}",
                one.id
            );
            let ages = ["feudal", "castle", "imperial"].map(|age| {
                let fact = facts.get(&format!("me.age.{age}"));
                fact.and_then(|fact| fact.at)
            });
            assert!(
                (200..420).contains(&ages[0].expect("all get there")),
                "{ages:?}"
            );
            let known: Vec<u32> = ages.into_iter().flatten().collect();
            assert!(known.is_sorted(), "{ages:?}");
            let landmarks = facts.starting("me.landmark.").count();
            assert_eq!(landmarks, known.len());
            assert!(facts.unseen.is_empty(), "{:?}", facts.unseen);
            alive(player, one.length);
        }
    });
}

/// At no moment has a family of units lost more than it had.
fn alive(player: &Told, length: u32) {
    let mut families: BTreeMap<&str, (Vec<u32>, Vec<u32>)> = BTreeMap::new();
    for entry in &player.build_order {
        let family = entry
            .icon
            .trim_end_matches(|last: char| last.is_ascii_digit() || last == '_');
        let (made, lost) = families.entry(family).or_default();
        made.extend(entry.finished.iter().chain(&entry.constructed));
        lost.extend(&entry.destroyed);
    }
    for (family, (mut made, mut lost)) in families {
        made.sort_unstable();
        lost.sort_unstable();
        assert!(made.iter().chain(&lost).all(|&at| at <= length), "{family}");
        for (fallen, at) in (1..).zip(lost) {
            let there = made.partition_point(|&time| time <= at);
            assert!(
                there >= fallen,
                "{family} at {at}: {there} made, {fallen} lost"
            );
        }
    }
}

#[test]
fn armies_fight_and_both_sides_know_of_it() {
    let (mut battles, mut matches) = (0, 0);
    each(|_, _, summary| {
        let facts = Facts::of(summary, summary.players[0].profile_id);
        battles += facts.starting("battle.").count();
        matches += 1;
        let lost: i64 = summary.players.iter().map(|one| one.stat("sqlost")).sum();
        let killed: i64 = summary.players.iter().map(|one| one.stat("sqkill")).sum();
        assert!(lost > 0 && killed > 0);
        // Who would fall after the end doesn't.
        assert!(
            (killed - lost).abs() <= 2 + lost / 10,
            "{killed} killed, {lost} lost"
        );
    });
    assert!(battles > matches, "{battles} battles in {matches} matches");
}

#[test]
fn the_skilled_play_better_and_nobody_beyond_what_can_be() {
    let world = world();
    let mut halves: [BTreeMap<Metric, Vec<f64>>; 2] = Default::default();
    for one in some(&world, Kind::Ranked(1), 60) {
        let summary = Summary::parse(&world.summary(&one)).expect("a summary");
        for (_, seat) in one.seats() {
            let player = &world.players()[seat.player];
            let half = &mut halves[usize::from(player.skill > 0.5)];
            for (metric, value) in Metrics::of(&summary, player.profile_id).iter() {
                half.entry(metric).or_default().push(value);
            }
        }
    }
    let [worse, better] = halves.map(|half| {
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let means = half
            .into_iter()
            .map(|(metric, values)| (metric, mean(values)));
        means.collect::<BTreeMap<Metric, f64>>()
    });
    let usual = [
        (Metric::VillagersAt10, 24.0, 40.0),
        (Metric::IncomeAt10, 700.0, 1_700.0),
        (Metric::Idle, 2.0, 45.0),
        (Metric::FeudalAt, 240.0, 360.0),
        (Metric::CastleAt, 560.0, 1_000.0),
        (Metric::ArmyPerMinute, 1.0, 14.0),
        (Metric::UpgradesPerMinute, 0.2, 1.2),
        (Metric::StockMinutes, 0.2, 2.0),
    ];
    for (metric, least, most) in usual {
        let (worse, better) = (worse[&metric], better[&metric]);
        let word = metric.about().word;
        assert!(least < worse.min(better), "{word}: {worse}, {better}");
        assert!(worse.max(better) < most, "{word}: {worse}, {better}");
        let is_better = (better > worse) == metric.about().more_is_better;
        assert!(is_better, "{word}: {worse}, then {better}");
    }
}

#[test]
fn summaries_are_as_large_as_real_ones() {
    let mut duels = Vec::new();
    let mut largest = 0;
    each(|one, value, _| {
        let size = value.to_string().len();
        if one.kind == Kind::Ranked(1) {
            duels.push(size);
        }
        largest = largest.max(size);
    });
    duels.sort_unstable();
    assert!((15_000..30_000).contains(&duels[0]), "{duels:?}");
    assert!(
        (40_000..75_000).contains(&duels[duels.len() - 1]),
        "{duels:?}"
    );
    assert!((150_000..300_000).contains(&largest), "{largest}");
}

#[test]
fn summaries_come_late_and_a_few_never() {
    let world = world();
    let ended: Vec<_> = world
        .matches(now())
        .filter(|one| one.kind != Kind::Custom)
        .collect();
    let never = ended
        .iter()
        .filter(|one| one.published_at.is_none())
        .count();
    assert!(never > 0 && never * 10 < ended.len(), "{never}");
    for one in ended.iter().filter(|one| one.published_at.is_some()) {
        assert!(!one.is_published(one.ended_at()), "{}", one.id);
        assert!(one.is_published(one.ended_at() + SignedDuration::from_mins(10)));
    }
}

#[test]
fn what_must_not_be_kept_is_there_to_be_dropped() {
    let world = world();
    let one = first(&world, |one| one.kind == Kind::Ranked(2));
    let mut value = world.summary(&one);
    let hash = &value["_recentGameHash"];
    assert_eq!(hash["players"].as_array().unwrap().len(), 4);
    assert!(hash["replays"][0].as_str().unwrap().contains(".invalid/"));
    aoe4::model::summary::strip(&mut value);
    assert!(!value.to_string().contains("station-"));
}

#[test]
fn names_can_be_had_in_snake_case() {
    let world = world();
    let one = first(&world, |one| one.kind == Kind::Ranked(1));
    let snake = snake_case(world.summary(&one));
    let player = &snake["players"][0];
    assert!(snake["game_id"].is_u64() && snake["_recent_game_hash"].is_object());
    assert!(player["resources"]["food_per_min"].is_array());
    assert!(player["build_order"][0]["finished"].is_array());
    for name in RESOURCES {
        assert!(player["total_resources_gathered"][name].is_u64(), "{name}");
    }
    assert_eq!(camel_case("_gilded_spearman"), "GildedSpearman");
}
