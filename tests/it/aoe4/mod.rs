//! Age of Empires IV: matches and reviews.

mod matches;
mod sync;
