//! The only SQL of this feature.

pub mod boards;
pub mod maps;
pub mod names;
pub mod positions;
pub mod runs;
pub mod tokens;
