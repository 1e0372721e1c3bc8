//! Accounts elsewhere: claimed, and proven.

mod begun;
mod claims;
mod proven;
mod steam;
mod steam_answers;
