//! Trackmania: maps, who is best on them, and what is new there.

mod alerts;
mod maps;
mod records;
mod search;
mod tokens;
mod world;
