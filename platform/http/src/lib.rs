//! Floor 1: the edge of the server. Everything that knows HTTP status codes lives here.
//!
//! - [`ApiError`] is the one shape of every error answer.
//! - [`ApiJson`], [`ApiPath`] and [`ApiQuery`] take a request apart and answer bad input in that shape.
//! - [`apply`] puts the edge around all routes; [`serve`] runs them on a socket.
//! - [`RateLimiter`] says who comes too often, [`AdjustableLimiter`] by a rate that may change; [`ClientIp`] says from where.
//! - [`telemetry`] is the log and the metrics.

mod client_ip;
pub mod context;
mod edge;
mod error;
mod extract;
mod limit;
mod serve;
pub mod telemetry;

pub use client_ip::ClientIp;
pub use edge::{CrossOrigins, CrossOriginsError, EdgeConfig, Exempt, apply};
pub use error::{ApiError, ApiResult, ErrorBody};
pub use extract::{ApiJson, ApiPath, ApiQuery};
pub use limit::{AdjustableLimiter, Quota, Rate, RateLimited, RateLimiter};
pub use serve::{ServeConfig, listen, serve};
