//! The rules, without any I/O.

pub mod presence;
