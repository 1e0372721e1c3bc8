//! The only SQL of this feature.

pub mod games;
pub mod syncs;
