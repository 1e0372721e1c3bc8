//! What the server tells of itself: lines of a log, and metrics.
//!
//! A line of the log has exactly the fields `timestamp`, `level`, `service`, `requestId`, `userId`, `message` and
//! `data`. Fields whose name says that they hold something secret are written as `***`, whoever logs them.

mod fields;
mod json;
mod log;
mod metric;
mod pretty;
mod writer;

pub use log::{LogConfig, LogError, LogFormat, LogGuard, init, init_to};
pub use metric::{Metrics, metrics_recorder};
