//! Floor 4: the server as a whole.

pub mod config;
