pub mod discord;
pub mod list;
pub mod remove;
pub mod steam;
pub mod trackmania;
