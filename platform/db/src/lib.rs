//! Floor 1: PostgreSQL, the only source of truth.
//!
//! - [`private`] starts one of our own when no `DATABASE_URL` is given.
//! - [`Database`] is the pool. Its connections run as `grandstand_writer`; a user's request runs in a
//!   transaction of [`Database::begin_as`], as `grandstand_request`, which sees that user's rows only.
//! - [`Notices`] hears what other servers tell by [`notify`] (LISTEN/NOTIFY).
//! - [`Error`] tells the edge whether the database is away (a 503, try again) or we are wrong (a 500).

mod batches;
mod database;
mod error;
mod notices;
pub mod private;
mod roles;
mod whole;

pub use batches::in_batches;
pub use database::{Database, DatabaseConfig, MIGRATIONS, Transaction};
pub use error::{Error, StartError};
pub use notices::{Notice, Notices, Subscription, notify};
pub use whole::to_its_end;
