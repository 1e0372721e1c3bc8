//! Accounts elsewhere: claimed, and proven.

mod begun;
mod claims;
mod discord;
mod discord_answers;
mod proven;
mod steam;
mod steam_answers;
mod trackmania;
mod trackmania_names;
