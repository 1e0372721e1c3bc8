//! The real binary: how it starts and ends, what survives a crash, what it says, and its command line.

mod command_line;
mod configuration;
mod crashes;
mod database_away;
mod demo;
mod digest;
mod doctor;
mod import;
mod import_samples;
mod lifecycle;
mod load;
mod logs;
mod metrics;
mod secrets;
mod social_store;
mod tour;
