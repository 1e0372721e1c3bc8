//! The rules of this feature: pure, synchronous, without I/O.

pub mod account;
pub mod board;
#[cfg(test)]
pub mod budget;
pub mod exchange;
pub mod map;
pub mod names;
pub mod news;
pub mod places;
pub mod positions;
pub mod read;
pub mod report;
pub mod run;
pub mod seal;
pub mod search;
pub mod token;
pub mod words;
