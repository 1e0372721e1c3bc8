use kernel::{Day, UserId};

use crate::shared::Shared;
use crate::store;

/// Notes that a user was here. To be called after the commit of what the user came for, which this never fails: a
/// sign-in is worth more than knowing when it was.
pub async fn note(shared: &Shared, user: UserId) {
    let now = shared.clock.now();
    if let Err(error) = store::seen::note(shared.db.pool(), user, now, Day::of(now)).await {
        tracing::warn!(%error, "when a user was seen last could not be noted");
    }
}
