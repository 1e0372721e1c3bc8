//! The only SQL of this crate.

pub mod audit;
pub mod commit;
pub mod demo;
pub mod leaderboards;
pub mod news;
pub mod overview;
pub mod replays;
pub mod standings;
pub mod stats;
pub mod tuple_id;
