//! The only SQL of this feature.

pub mod benchmarks;
pub mod games;
pub mod reviews;
pub mod summaries;
pub mod syncs;
pub mod tasks;
