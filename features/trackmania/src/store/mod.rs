//! The only SQL of this feature.

pub mod alerts;
pub mod boards;
pub mod checks;
pub mod driver_checks;
pub mod driver_notifications;
pub mod looks;
pub mod maps;
pub mod names;
pub mod news;
pub mod positions;
pub mod runs;
pub mod targets;
pub mod tokens;
pub mod turns;
