//! The rules, pure and synchronous: what AoE4World says, and what follows from it.

pub mod benchmarks;
pub mod facts;
pub mod game;
pub mod metrics;
pub mod page;
pub mod profile;
mod read;
pub mod scoring;
pub mod sight;
pub mod summary;
#[cfg(test)]
pub(crate) mod testing;
pub mod timeline;
pub mod trends;
pub mod words;

pub use read::Malformed;
