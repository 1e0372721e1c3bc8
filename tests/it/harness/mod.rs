//! What the tests stand on: servers, players and boards that are a line each.
//!
//! - [`TestApp`] is a server in this process, with a clock that only the test moves and a database of its own.
//! - [`TestProcess`] is the real binary in a process of its own, for what only that can show.
//! - Both are an [`Api`]: requests, players, boards and event streams.
//! - Nothing sleeps: what takes its time is polled by [`eventually`], which is bounded.

mod action_token;
mod answer;
mod aoe4world;
mod api;
mod app;
mod authority;
pub mod aws;
mod board;
mod browser;
mod database;
mod events;
mod eventually;
mod issuer;
mod mail;
mod player;
pub mod process;
mod smtp;
mod social;
mod steam;
mod trackmania;

pub use action_token::{ForgedToken, sign};
pub use answer::Answer;
pub use aoe4world::{AoE4World, game, summary};
pub use api::{Api, Call, fresh_email, page_of};
pub use app::{ADMIN_EMAIL, ADMIN_PASSWORD, Builder, JWT_SECRET, TestApp};
pub use authority::Authority;
pub use board::{Board, Entry};
pub use browser::SentAway;
pub use database::{TestDatabase, checked_statement, folder, url_of};
pub use events::EventStream;
pub use eventually::{eventually, within};
pub use issuer::{Issuer, SigningKey, unsigned};
pub use mail::Mail;
pub use player::{ActionToken, GameService, PASSWORD, Player};
pub use process::{TestProcess, command};
pub use smtp::{Encryption, Fault, SmtpServer, Step};
pub use social::{Dynamo, SocialTables};
pub use steam::{Assertion, Steam};
pub use trackmania::{MAPPER, Upstream, account, form_of, row};

/// A program that `make test` has installed for the tests alone.
pub fn tool(name: &str, path: &str) -> std::path::PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/../target").into(),
        std::path::PathBuf::from,
    );
    let tool = target.join("tools").join(name).join(path);
    assert!(
        tool.exists(),
        "{} is missing: `make test` installs it",
        tool.display()
    );
    tool
}
