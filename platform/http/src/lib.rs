//! Floor 1: the edge of the server. Everything that knows HTTP status codes lives here.
//!
//! - [`ApiError`] is the one shape of every error answer.
//! - [`ApiJson`], [`ApiPath`] and [`ApiQuery`] take a request apart and answer bad input in that shape.

pub mod context;
mod error;
mod extract;

pub use error::{ApiError, ApiResult, ErrorBody};
pub use extract::{ApiJson, ApiPath, ApiQuery};
