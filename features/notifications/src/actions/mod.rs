//! One use case a file.

pub mod digest;
pub mod feedback;
pub mod history;
pub mod notify;
pub mod preferences;
pub mod unsubscribe;
pub mod user_data;
