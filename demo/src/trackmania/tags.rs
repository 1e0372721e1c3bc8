//! What maps are like, in the words of Trackmania Exchange.

pub const TAGS: [&str; 8] = [
    "Race",
    "Tech",
    "FullSpeed",
    "Dirt",
    "Ice",
    "Plastic",
    "Mixed",
    "Grass",
];

/// By the place in [`TAGS`].
pub fn number(tag: &str) -> usize {
    TAGS.iter().position(|one| *one == tag).unwrap_or(0) + 1
}
