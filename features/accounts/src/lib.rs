//! Floor 2: who is calling: accounts, sessions, roles, API keys, links.
//!
//! - [`Accounts`] is the feature; `app` makes one, mounts its routes and gives it to the extractors.
//! - [`CurrentUser`], [`MaybeUser`], [`Admin`] and [`GameService`] are permissions as types: a handler that
//!   takes one runs for no one else.
//! - [`UserData`] is what another feature does when a user exports or deletes the account.
//! - [`alert_types`] says how alerts find what is new for a user.
//! - [`contacts`] says how a user can be reached.
//! - [`links`] says which accounts a user has elsewhere.
//! - [`players`] is what everybody may read about a user.

mod account_mail;
mod accounts;
mod actions;
pub mod alert_types;
pub mod audit;
mod bans;
mod config;
pub mod contacts;
pub mod demo;
mod error;
mod extract;
mod issuers;
mod jobs;
pub mod links;
mod model;
mod overview;
mod passwords;
pub mod players;
mod routes;
mod shared;
mod store;
mod telling;
mod trackmania_accounts;
mod user_data;

pub use account_mail::{AccountLetter, AccountMailer, LetterError, Purpose};
pub use accounts::Accounts;
pub use actions::event_tickets::EventTicket;
pub use config::{Accepts, Config, DiscordClient, Issuer, LinksConfig};
pub use error::Error;
pub use extract::{Admin, CurrentUser, GameService, MaybeUser};
pub use model::Broken;
pub use model::screen_name::ScreenName;
pub use overview::{SessionsOverview, UsersOverview};
pub use shared::{ProfileChanged, SignedOut, SignedUp};
pub use trackmania_accounts::{NoAnswer, TrackmaniaAccount, TrackmaniaAccounts};
pub use user_data::{AfterErasure, UserData};
