//! One use case a file.

pub mod look;
pub mod mapper;
pub mod maps;
pub mod names;
pub mod records;
pub mod runs;
pub mod search;
pub mod trying;
