//! Floor 4: the server as a whole: configuration, command line, wiring, routes, start and stop.
//!
//! - [`config::Config`] is what the server was told, checked as a whole.
//! - [`Server`] is a running server; tests start many in one process, each with a clock of its own.
//! - [`cli`] is the binary.

mod aws;
mod banner;
mod chores;
pub mod cli;
mod commands;
pub mod config;
mod docs;
mod edge;
mod events;
mod health;
mod jobs_api;
mod listen;
mod metrics_page;
mod openapi;
mod overview;
mod pages;
mod router;
mod routes;
mod server;
mod settings;
mod stand_in;
mod store;
mod upkeep;
pub mod wiring;

pub use router::document;
pub use server::Server;
pub use store::Store;
