use kernel::UserId;

use crate::model::presence::{Presence, PresenceView};
use crate::{Error, Social};

/// Writes a heartbeat, and tells those who follow the user if anything is new to them.
pub async fn put(social: &Social, user: UserId, presence: Presence) -> Result<(), Error> {
    social.heartbeats.write(user, presence).await
}

/// What of these users' presence the viewer may see, in their order. Unknown users are offline.
pub async fn read(
    social: &Social,
    viewer: UserId,
    users: &[UserId],
) -> Result<Vec<(UserId, PresenceView)>, Error> {
    let mut seen = social.look(Some(viewer), users).await?;
    let read = users
        .iter()
        .filter_map(|user| Some((*user, seen.remove(user)?.presence)));
    Ok(read.collect())
}
