//! Black-box tests: a real server on a real PostgreSQL, over HTTP, as a client sees it. Folders mirror the routes.
//!
//! The tests' PostgreSQL is started by the first test that asks for it, and each test has a database of its own there,
//! so that all run in parallel. See [`harness`].

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on says so by panicking"
)]

mod accounts;
mod admin;
mod aoe4;
mod conventions;
mod events;
mod harness;
mod jobs;
mod limits;
mod notifications;
mod openapi;
mod outbound;
mod process;
mod scores;
mod social;
mod trackmania;
