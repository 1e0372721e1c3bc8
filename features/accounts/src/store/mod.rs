//! The only SQL of this crate. What takes a plain executor is the server's own work, and sees everybody; what is said
//! to run as a user runs in a transaction of `Database::begin_as`.

pub mod account_tokens;
pub mod api_keys;
pub mod audit;
pub mod bans;
pub mod contacts;
pub mod demo;
pub mod directory;
pub mod event_tickets;
pub mod external_logins;
pub mod identities;
pub mod link_attempts;
pub mod openid_nonces;
pub mod overview;
pub mod players;
pub mod seen;
pub mod sessions;
pub mod users;
