//! One use case a file.

pub mod maps;
pub mod names;
pub mod records;
