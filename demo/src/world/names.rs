//! Names that are plainly nobody's: a mood and a thing, a rank and a thing, a thing and its fate.

use rand::Rng;
use rand::seq::SliceRandom;

const MOODS: [&str; 24] = [
    "Accidental",
    "Bashful",
    "Caffeinated",
    "Dizzy",
    "Electric",
    "Feral",
    "Grumpy",
    "Hasty",
    "Invisible",
    "Jolly",
    "Lopsided",
    "Midnight",
    "Nervous",
    "Overcooked",
    "Pixelated",
    "Quantum",
    "Rusty",
    "Soggy",
    "Turbo",
    "Unlikely",
    "Velvet",
    "Wobbly",
    "Yodelling",
    "Zigzag",
];
const RANKS: [&str; 8] = [
    "Admiral",
    "Agent",
    "Baroness",
    "Captain",
    "Count",
    "Doctor",
    "Professor",
    "Sir",
];
const THINGS: [&str; 24] = [
    "Badger", "Biscuit", "Cactus", "Crumpet", "Dumpling", "Ferret", "Gherkin", "Hedgehog",
    "Kettle", "Lantern", "Marmot", "Noodle", "Otter", "Pancake", "Pigeon", "Radish", "Spoon",
    "Teapot", "Trombone", "Turnip", "Walrus", "Waffle", "Wombat", "Yeti",
];
const FATES: [&str; 6] = [
    "3000",
    "Unplugged",
    "in Disguise",
    "of Doom",
    "on Ice",
    "with a Plan",
];

/// So many different names. There are 912 in all; asked for more, these are what there is.
pub fn choose(count: usize, rng: &mut impl Rng) -> Vec<String> {
    let mut names = Vec::new();
    for thing in THINGS {
        names.extend(
            MOODS
                .iter()
                .chain(&RANKS)
                .map(|first| format!("{first} {thing}")),
        );
        names.extend(FATES.iter().map(|fate| format!("{thing} {fate}")));
    }
    names.shuffle(rng);
    names.truncate(count);
    names
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn every_name_is_a_good_screen_name_and_there_is_each_once() {
        let names = choose(usize::MAX, &mut StdRng::seed_from_u64(0));
        assert_eq!(names.len(), 912);
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), 912);
        for name in names {
            // The rules for screen names: 1 to 32 characters that show, no blanks at the ends.
            assert!((1..=32).contains(&name.len()), "{name}");
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b' '),
                "{name}"
            );
            assert_eq!(name.trim(), name);
        }
    }
}
