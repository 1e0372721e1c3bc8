//! The only SQL of this crate.

pub mod audit;
pub mod commit;
pub mod leaderboards;
pub mod standings;
