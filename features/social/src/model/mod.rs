//! The rules, without any I/O.

pub mod games;
pub mod presence;
