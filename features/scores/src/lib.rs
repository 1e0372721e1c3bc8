//! Floor 3: verified scores and live leaderboards.

mod boards;
mod commit;
mod model;
mod store;
