//! The rules, pure and synchronous.

pub mod channel;
pub mod digest;
pub mod discord;
pub mod event;
pub mod grid;
pub mod plan;
pub mod preferences;
pub mod schedule;
pub mod signature;
pub mod text;
pub mod unsubscribe;
