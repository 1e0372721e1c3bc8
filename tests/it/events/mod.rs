//! Boards that move while one watches, and what concerns oneself.

mod limits;
mod own;
mod own_ends;
mod resume;
mod streams;
mod tickets;
