//! What can be done: one use case a file.

pub mod day_overview;
pub mod issue_action;
pub mod manage_leaderboards;
pub mod news;
pub mod player_stats;
pub mod read_entries;
pub mod recent_scores;
pub mod submit_score;
pub mod sync_leaderboard;
pub mod user_data;
