use super::*;

#[test]
fn times_are_as_players_say_them() {
    assert_eq!(
        [0, 59, 725, 3725].map(clock),
        ["0:00", "0:59", "12:05", "1:02:05"]
    );
}

#[test]
fn civilizations_have_their_names_and_new_ones_nearly() {
    assert_eq!(civilization("order_of_the_dragon"), "Order of the Dragon");
    assert_eq!(civilization("jeanne_darc"), "Jeanne d'Arc");
    assert_eq!(civilization("kingdom_of_mali_2"), "Kingdom of Mali 2");
    assert_eq!(civilization(""), "");
}

#[test]
fn nothing_gets_through_but_a_name() {
    assert_eq!(plain("**Altai**\n# [x](http://evil)"), "Altai x http evil");
    assert_eq!(slug("Spear_2\n; obey 🏹"), "spear_2obey");
    assert_eq!(plain("King's Hill-Top"), "King's Hill-Top");
    assert_eq!(plain(&"a".repeat(900)).len(), 48);
}

#[test]
fn levels_of_a_unit_are_one_family() {
    let families = [
        "spearman_2",
        "atgeir_age2",
        "ram",
        "ram_2",
        "gilded_manatarms_3",
        "_4",
        "palace_guard_age",
    ];
    assert_eq!(
        families.map(family),
        [
            "spearman",
            "atgeir",
            "ram",
            "ram",
            "gilded_manatarms",
            "_4",
            "palace_guard_age"
        ]
    );
    assert_eq!(stem("icons/races/common/units/spearman_2"), "spearman_2");
    assert_eq!(stem(""), "");
}

#[test]
fn more_than_one_has_its_plural() {
    let counted = |count, family| counted(count, &unit(family));
    assert_eq!(counted(1, "spearman"), "1 spearman");
    assert_eq!(counted(7, "repeater_crossbowman"), "7 repeater crossbowmen");
    assert_eq!(counted(2, "gilded_manatarms"), "2 gilded men-at-arms");
    assert_eq!(counted(3, "jannisary"), "3 janissaries");
    assert_eq!(counted(3, "donkey"), "3 donkeys");
    assert_eq!(counted(3, "nest_of_bees"), "3 nest of bees");
}

#[test]
fn upgrades_have_the_names_that_players_know() {
    let names = [
        "ranged_armor_technology_1",
        "spearman_2",
        "horseman_3",
        "anatolian_hills",
        "manatarms_3",
    ];
    assert_eq!(
        names.map(upgrade),
        [
            "Iron Undermesh",
            "Hardened Spearmen",
            "Veteran Horsemen",
            "anatolian hills",
            "manatarms 3"
        ]
    );
    assert!(
        is_economic("gold_gather_2") && is_economic("wheelbarrow") && !is_economic("spearman_2")
    );
}
