mod browser;
pub mod discord;
pub mod list;
pub mod remove;
pub mod steam;
pub mod steam_begin;
pub mod steam_end;
pub mod trackmania;
