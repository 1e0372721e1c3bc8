//! One use case a file.

pub mod games;
pub mod request_review;
pub mod reviews;
pub mod sync;
mod user_data;
