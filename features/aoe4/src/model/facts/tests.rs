use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::model::summary::tests::{any_json, mutate};
use crate::model::testing::{MadeUp, MadeUpPlayer, duel, four_a_side};
use crate::model::timeline::Timeline;

fn of_duel() -> Facts {
    Facts::of(&duel().summary(), 1)
}

pub(super) fn text<'a>(facts: &'a Facts, id: &str) -> &'a str {
    &facts.get(id).unwrap_or_else(|| panic!("no fact {id}")).text
}

fn keys(facts: &Facts) -> Vec<&str> {
    facts.seats.iter().map(|seat| seat.key.as_str()).collect()
}

#[test]
fn a_duel_is_told_from_both_sides() {
    let facts = of_duel();
    assert_eq!(
        (facts.shape, keys(&facts)),
        (Shape::Duel, vec!["me", "opponent"])
    );
    assert_eq!(
        text(&facts, "match.result"),
        "You won by surrender after 16:00, on Hollow Marsh."
    );
    assert_eq!(
        text(&facts, "me.age.feudal"),
        "You reached the Feudal Age at 4:15."
    );
    assert_eq!(
        text(&facts, "opponent.age.feudal"),
        "Your opponent reached the Feudal Age at 5:10."
    );
    assert_eq!(facts.get("me.age.castle").expect("a fact").at, Some(760));
    assert!(facts.get("opponent.age.castle").is_none());
    assert_eq!(
        text(&facts, "me.landmark.2"),
        "You built Tower of Wrens by 12:40."
    );
    let other = Facts::of(&duel().summary(), 2);
    assert_eq!(
        text(&other, "match.result"),
        "You lost by surrender after 16:00, on Hollow Marsh."
    );
    assert_eq!(
        text(&other, "opponent.age.feudal"),
        "Your opponent reached the Feudal Age at 4:15."
    );
}

#[test]
fn villagers_and_soldiers_are_counted_over_time() {
    let facts = of_duel();
    // Six, and one each 20 s.
    assert_eq!(facts.number("me.villagers.600", "alive"), Some(36.0));
    assert_eq!(
        text(&facts, "me.villagers.300"),
        "You had 21 villagers at 5:00."
    );
    assert_eq!(facts.number("opponent.villagers.900", "alive"), Some(24.0));
    assert_eq!(facts.number("opponent.villagers.900", "lost"), Some(3.0));
    assert_eq!(
        facts.number("opponent.villagers", "firstLostSeconds"),
        Some(735.0)
    );
    assert_eq!(facts.number("me.military.600", "alive"), Some(17.0));
    assert_eq!(facts.number("me.military.900", "alive"), Some(19.0));
    assert_eq!(
        text(&facts, "me.army.spearman"),
        "You made 7 spearmen and lost 2 of them."
    );
    assert_eq!(
        text(&facts, "opponent.army"),
        "Your opponent made 11 military units, mostly men-at-arms, lost 6 of them and killed 0 units."
    );
    assert_eq!(
        facts.get("me.military.first").expect("a fact").at,
        Some(280)
    );
}

#[test]
fn production_that_rested_is_found() {
    let facts = of_duel();
    // The first rested from 600 s to 660 s; the second, there from 540 s on, always.
    assert_eq!(facts.number("me.idle", "idleSeconds"), Some(60.0 + 420.0));
    assert_eq!(
        facts.number("me.idle", "availableSeconds"),
        Some(960.0 + 420.0)
    );
    assert_eq!(
        text(&facts, "me.idle.longest"),
        "You made no villager at all for 60 s from 10:00 on."
    );
    assert_eq!(
        facts.get("opponent.idle.longest").expect("a fact").at,
        Some(420)
    );
    assert_eq!(facts.get("me.town_center.2").expect("a fact").at, Some(540));
}

#[test]
fn resources_that_lie_about_are_found() {
    let facts = of_duel();
    assert_eq!(
        text(&facts, "opponent.float.peak"),
        "Your opponent had the most unspent at 16:00: 2400 resources."
    );
    assert_eq!(facts.number("opponent.float.peak", "gold"), Some(800.0));
    assert_eq!(facts.number("me.float", "percentAbove1000"), Some(0.0));
    let resources = facts.get("me.resources").expect("a fact");
    assert_eq!(resources.numbers["gathered"], 16_160.0);
    assert_eq!(resources.numbers["perMinute"], 1010.0);
    assert_eq!(resources.numbers["percentSpent"], 96.0);
    assert_eq!(facts.number("me.income.600", "perMinute"), Some(1010.0));
}

#[test]
fn upgrades_relics_and_the_score_are_told() {
    let facts = of_duel();
    assert_eq!(
        text(&facts, "me.upgrades"),
        "You researched 3 upgrades, of which 2 were economic."
    );
    assert_eq!(
        text(&facts, "me.upgrade.wood_gather_1"),
        "You had Double Broadax at 8:20."
    );
    assert_eq!(
        facts.number("me.upgrades", "firstOtherSeconds"),
        Some(640.0)
    );
    assert_eq!(
        text(&facts, "opponent.relics"),
        "Your opponent deposited 1 relic, first at 11:40."
    );
    assert_eq!(facts.number("me.score", "military"), Some(840.0));
}

#[test]
fn the_lead_changes_when_it_is_clear_and_battles_swing_it() {
    let facts = of_duel();
    let leads: Vec<&str> = facts
        .starting("lead.")
        .map(|fact| fact.text.as_str())
        .collect();
    assert_eq!(leads.len(), 2, "{leads:?}");
    assert!(
        leads[0].starts_with("Your opponent was the first to lead"),
        "{leads:?}"
    );
    assert!(
        leads[1].starts_with("You took the lead by score at 12:20"),
        "{leads:?}"
    );
    assert_eq!(facts.number("lead", "changes"), Some(1.0));

    let battles: Vec<&Fact> = facts.starting("battle.").collect();
    assert_eq!(battles.len(), 1);
    assert_eq!(
        battles[0].text,
        "In the fighting from 12:02 to 12:25, you lost 3 units and your opponent 9."
    );
    let swings: Vec<&Fact> = facts.starting("swing.").collect();
    assert_eq!(swings.len(), 1);
    assert_eq!(
        (swings[0].at, swings[0].numbers["change"]),
        (Some(720), 800.0)
    );
    assert_eq!(swings[0].numbers["theirMilitary"], -160.0);
}

#[test]
fn scores_that_touch_are_no_change_of_the_lead() {
    let course = |points: &[(u32, i64)]| {
        let me = MadeUpPlayer::new(1, "rus", 0, "win").score(points);
        let other = MadeUpPlayer::new(2, "rus", 1, "loss").score(&[(0, 1000), (600, 1000)]);
        Facts::of(&MadeUp::lasting(600).with(me).with(other).summary(), 1)
    };
    let near = course(&[(0, 1000), (100, 1040), (200, 960), (300, 1040), (600, 980)]);
    assert_eq!(near.starting("lead.").count(), 0);
    assert_eq!(near.number("lead", "changes"), Some(0.0));
    let over = course(&[
        (0, 1000),
        (100, 1200),
        (200, 960),
        (300, 1200),
        (400, 800),
        (600, 800),
    ]);
    assert_eq!(over.starting("lead.").count(), 2);
    assert_eq!(
        text(&over, "lead.60"),
        "You were the first to lead by score at 1:00: 1120 against 1000."
    );
}

#[test]
fn four_a_side_are_told_closely_of_oneself_only() {
    let facts = Facts::of(&four_a_side().summary(), 2);
    assert_eq!(facts.shape, Shape::Teams);
    assert_eq!(
        keys(&facts),
        [
            "me",
            "ally.1",
            "ally.2",
            "ally.3",
            "opponent.1",
            "opponent.2",
            "opponent.3",
            "opponent.4"
        ]
    );
    assert_eq!(
        text(&facts, "opponent.4.age.feudal"),
        "Opponent 4 reached the Feudal Age at 4:40."
    );
    assert_eq!(
        text(&facts, "ally.2.villagers"),
        "Ally 2 had 66 villagers in all, lost 0 of them, and ended with 66."
    );
    assert!(facts.get("me.villagers.600").is_some());
    assert!(facts.get("opponent.1.villagers.600").is_none());
    assert!(
        facts
            .starting("lead.")
            .any(|fact| fact.text.starts_with("The other side"))
    );
    let battle = facts.starting("battle.").next().expect("a battle");
    assert_eq!(
        battle.text,
        "In the fighting from 15:00 to 15:00, your side lost 16 units and the others 16."
    );
    assert!(facts.facts.len() < 200, "{}", facts.facts.len());
}

#[test]
fn in_a_free_for_all_the_best_of_the_others_counts() {
    let made = (1..=4).fold(MadeUp::lasting(600), |made, id| {
        let score = [900, 500, 1400, 300][usize::try_from(id - 1).expect("small")];
        let team = u32::try_from(id).expect("small");
        made.with(MadeUpPlayer::new(id, "rus", team, "loss").score(&[(0, 0), (600, score)]))
    });
    let facts = Facts::of(&made.summary(), 1);
    assert_eq!(facts.shape, Shape::FreeForAll);
    let lead = facts.starting("lead.").next().expect("a lead");
    assert!(
        lead.text
            .starts_with("Another player was the first to lead"),
        "{}",
        lead.text
    );
    assert_eq!(facts.starting("lead.").count(), 1);
}

#[test]
fn who_plays_alone_is_compared_to_nobody() {
    let alone =
        MadeUp::lasting(600).with(MadeUpPlayer::new(1, "rus", 0, "win").villagers(20, 500, &[]));
    let facts = Facts::of(&alone.summary(), 1);
    assert_eq!(facts.shape, Shape::Alone);
    assert_eq!(facts.starting("lead").count(), 0);
    assert!(
        facts.unseen.iter().any(|what| what.contains("opponent")),
        "{:?}",
        facts.unseen
    );
    let stranger = Facts::of(&duel().summary(), 99);
    assert_eq!(
        (
            stranger.facts.len(),
            stranger.seats.len(),
            stranger.unseen.len()
        ),
        (0, 0, 1)
    );
}

#[test]
fn what_a_summary_lacks_is_said() {
    let mut value = duel().value();
    value["players"][0]["buildOrder"] = Value::Null;
    value["players"][0]["resources"] = Value::Null;
    let summary = Summary::parse(&value).expect("a summary");
    let facts = Facts::of(&summary, 1);
    assert_eq!(facts.unseen.len(), 3, "{:?}", facts.unseen);
    assert!(facts.get("me.army").is_none());
    assert!(facts.get("opponent.army").is_some());
    assert!(
        facts.get("me.age.feudal").is_some(),
        "ages are told among the actions too"
    );
    assert_eq!(facts.starting("lead").count(), 0);
}

#[test]
fn ids_are_unique_and_facts_survive_storage() {
    for facts in [of_duel(), Facts::of(&four_a_side().summary(), 7)] {
        let ids: HashSet<&str> = facts.facts.iter().map(|fact| fact.id.as_str()).collect();
        assert_eq!(ids.len(), facts.facts.len());
        let text = serde_json::to_string(&facts).expect("JSON");
        assert_eq!(serde_json::from_str::<Facts>(&text).expect("facts"), facts);
    }
}

#[test]
fn what_is_told_twice_counts_once() {
    let twice = MadeUpPlayer::new(1, "rus", 0, "win")
        .upgrade("wheelbarrow", 300)
        .upgrade("spearman_2", 350)
        .upgrade("wheelbarrow", 400);
    let facts = Facts::of(&MadeUp::lasting(600).with(twice).summary(), 1);
    let told: Vec<Option<u32>> = facts
        .starting("me.upgrade.wheelbarrow")
        .map(|fact| fact.at)
        .collect();
    assert_eq!(told, [Some(300)]);
}

proptest! {
    #[test]
    fn no_summary_makes_it_panic(changes in prop::collection::vec((prop::collection::vec(any::<usize>(), 2..7), any_json()), 1..5)) {
        let mut value = duel().value();
        for (path, new) in changes {
            mutate(&mut value, &path, new);
        }
        if let Ok(summary) = Summary::parse(&value) {
            for profile_id in [1, 2] {
                let facts = Facts::of(&summary, profile_id);
                let ids: HashSet<&str> = facts.facts.iter().map(|fact| fact.id.as_str()).collect();
                prop_assert_eq!(ids.len(), facts.facts.len());
                prop_assert!(facts.facts.iter().flat_map(|fact| fact.numbers.values()).all(|number| number.is_finite()));
                let timeline = Timeline::of(&summary, &facts);
                prop_assert_eq!(timeline.players.len(), facts.seats.len());
            }
        }
    }
}
