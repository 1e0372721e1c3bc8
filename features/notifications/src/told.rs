//! What servers tell each other of a notification, so that open pages of its user show it at once.

use db::{Notice, Notices};
use kernel::{NotificationId, UserId};
use serde::{Deserialize, Serialize};

/// What [`Notices`] must listen to.
pub const CHANNEL: &str = "notifications";

/// A notification that is new in a user's history; the rest of it is read there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub id: NotificationId,
    #[serde(skip_serializing)]
    pub owner: UserId,
    pub event: String,
    pub title: String,
    pub link: Option<String>,
}

impl Told {
    /// Calls back for each, on whatever server it was written, until the runtime ends. Some may be missed, as while the
    /// database is away. It must not block. To be called within a tokio runtime.
    pub fn each(notices: &Notices, callback: impl Fn(Self) + Send + 'static) {
        let mut notices = notices.subscribe(CHANNEL);
        tokio::spawn(async move {
            loop {
                let Notice::Told(text) = notices.next().await else {
                    continue;
                };
                match serde_json::from_str(&text) {
                    Ok(told) => callback(told),
                    // Another release's words.
                    Err(error) => tracing::debug!(%error, "a notification was not understood"),
                }
            }
        });
    }
}
