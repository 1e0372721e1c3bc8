//! Boards that move while one watches.

mod limits;
mod resume;
mod streams;
