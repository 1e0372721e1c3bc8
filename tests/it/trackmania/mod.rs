//! Trackmania: maps and who is best on them.

mod maps;
mod records;
mod tokens;
