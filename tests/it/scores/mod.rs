//! Verified scores, and the leaderboards that they move.

mod action_tokens;
mod actions;
mod around;
mod boards;
mod idempotency;
mod latest;
mod loading;
mod names;
mod news;
mod old_scores;
mod order;
mod pages;
mod parallel;
mod purge;
mod recent_games;
mod resets;
mod row_level_security;
mod rows;
mod several_servers;
mod sync;
mod values;
