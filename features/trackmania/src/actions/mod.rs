//! One use case a file.

pub mod alerts;
pub mod driver_checks;
pub mod driver_notifications;
pub mod drivers;
pub mod look;
pub mod mapper;
pub mod mapper_run;
pub mod maps;
pub mod names;
pub mod records;
pub mod runs;
pub mod search;
pub mod trying;
mod user_data;
pub mod wish;
