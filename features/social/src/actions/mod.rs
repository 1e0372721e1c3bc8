//! What users do, a file each. Features and routes call these; they know no HTTP.

pub mod audience;
pub mod block;
pub mod company;
pub mod follow;
pub mod lists;
pub mod presence;
pub mod profile;
pub mod search;
mod user_data;
