//! Floor 3: Age of Empires IV: matches from AoE4World, and a coach's reviews of them.
//!
//! See README.md for the invariants.

pub mod coach;
pub mod model;
