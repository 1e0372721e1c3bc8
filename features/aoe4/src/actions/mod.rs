//! One use case a file.

pub mod games;
pub mod sync;
mod user_data;
