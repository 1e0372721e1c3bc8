use std::collections::HashMap;

use kernel::UserId;
use uuid::Uuid;

use crate::Error;
use crate::shared::Shared;
use crate::store::users;

/// The users of these (external id, screen name) pairs, by external id, and how many of them were made now.
pub async fn ensure_unclaimed(
    shared: &Shared,
    players: &[(&str, &str)],
) -> Result<(HashMap<String, UserId>, u64), Error> {
    let ids: Vec<Uuid> = players.iter().map(|_| shared.clock.new_uuid()).collect();
    let (external_ids, screen_names): (Vec<&str>, Vec<&str>) = players.iter().copied().unzip();
    let pool = shared.db.pool();
    let made =
        users::insert_unclaimed(pool, &ids, &external_ids, &screen_names, shared.clock.now())
            .await?;
    Ok((users::by_external_ids(pool, &external_ids).await?, made))
}
