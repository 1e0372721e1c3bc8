//! What a mailed link holds: `gat_` and 32 random bytes. It works once, for a while, and for one thing.

use std::time::Duration;

use kernel::Secret;
use serde::{Deserialize, Serialize};

use super::opaque;

const PREFIX: &str = "gat_";

pub use opaque::Hash;

/// What the link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Its bearer reads mail to the address.
    ConfirmEmail,
    /// Its bearer may choose a new password.
    ResetPassword,
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "confirm_email",
            Self::ResetPassword => "reset_password",
        }
    }

    /// How long a link works.
    pub fn lifetime(self) -> Duration {
        match self {
            Self::ConfirmEmail => Duration::from_secs(3 * 24 * 60 * 60),
            Self::ResetPassword => Duration::from_secs(60 * 60),
        }
    }
}

/// A new token, and what is kept of it.
pub fn generate() -> (Secret, Hash) {
    opaque::generate(PREFIX)
}

/// What a token is looked up by, if it has the shape of one.
pub fn read(text: &str) -> Option<Hash> {
    opaque::read(PREFIX, text)
}
