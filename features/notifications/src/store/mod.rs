//! The only SQL of this crate. What is said to run as the user runs in a transaction of `Database::begin_as`; the rest
//! is the server's own work, and sees everybody.

pub mod deliveries;
pub mod digests;
pub mod feedback;
pub mod mail_days;
pub mod notifications;
pub mod preferences;
pub mod suppressions;
pub mod user_data;
