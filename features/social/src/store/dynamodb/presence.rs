//! Heartbeats.
//!
//! Invariants:
//! - DynamoDB removes items within days of `expiresAt`, which is in whole seconds, rounded up. Until then every read goes by
//!   the time itself.
//! - All reads are consistent: what is told of a change is read right after it was written.

use std::collections::{BTreeSet, HashSet};

use accounts::players;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use kernel::{Tag, UserId};

use super::DynamoStore;
use super::calls::{self, away};
use super::item::{
    CONTEXT, EXPIRES_AT, GAME, GOOD_UNTIL, Item, STATUS, USER, item, moment, number, read, text,
    user,
};
use crate::model::presence::{Presence, Status};
use crate::store::{StoreError, uuids};

pub fn presence_key(user: UserId) -> Item {
    item([(USER, text(user))])
}

fn presence_item(user: UserId, presence: &Presence) -> Item {
    let mut kept = presence_key(user);
    kept.insert(STATUS.to_owned(), text(presence.status.as_str()));
    kept.insert(EXPIRES_AT.to_owned(), number(seconds(presence.expires_at)));
    kept.insert(GOOD_UNTIL.to_owned(), text(moment(presence.expires_at)));
    if let Some(game) = &presence.game {
        kept.insert(GAME.to_owned(), text(game));
    }
    if let Some(context) = &presence.context {
        kept.insert(CONTEXT.to_owned(), text(context));
    }
    kept
}

/// None for a status that only a newer release knows.
pub fn read_presence(item: &Item) -> Option<(UserId, Presence)> {
    let presence = Presence {
        status: Status::find(&read::<String>(item, STATUS)?)?,
        game: read::<String>(item, GAME).and_then(|game| Tag::new(&game).ok()),
        context: read(item, CONTEXT),
        expires_at: read(item, GOOD_UNTIL)
            .or_else(|| Timestamp::from_second(read(item, EXPIRES_AT)?).ok())?,
    };
    Some((user(item)?, presence))
}

/// The first whole second that isn't before this.
fn seconds(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}

impl DynamoStore {
    pub(super) async fn write_presence(
        &self,
        heartbeats: &[(UserId, Presence)],
    ) -> Result<Vec<Option<Presence>>, StoreError> {
        // A token may outlive its user, of whom nothing must be kept.
        let users: Vec<UserId> = heartbeats.iter().map(|(user, _)| *user).collect();
        let mut connection = self.database.pool().acquire().await?;
        let there = players::by_ids(&mut connection, &uuids(&users)).await?;
        drop(connection);
        let there: HashSet<UserId> = there.into_iter().map(|player| player.id).collect();
        let writing = heartbeats.iter().cloned().map(|(user, presence)| {
            let is_there = there.contains(&user);
            async move {
                if is_there {
                    self.put_one(user, &presence).await
                } else {
                    Ok(None)
                }
            }
        });
        stream::iter(writing)
            .buffered(calls::AT_A_TIME)
            .try_collect()
            .await
    }

    /// Gives what was there before.
    async fn put_one(
        &self,
        user: UserId,
        presence: &Presence,
    ) -> Result<Option<Presence>, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.presence)
            .set_item(Some(presence_item(user, presence)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(away)?;
        let before = put.attributes.as_ref().and_then(read_presence);
        Ok(before.map(|(_, presence)| presence))
    }

    pub(super) async fn read_presences(
        &self,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<Vec<(UserId, Presence)>, StoreError> {
        let users: BTreeSet<UserId> = users.iter().copied().collect();
        let keys = users.into_iter().map(presence_key).collect();
        let items = calls::read_all(&self.client, &self.tables.presence, keys).await?;
        let present = items.iter().filter_map(read_presence);
        Ok(present
            .filter(|(_, presence)| presence.expires_at > now)
            .collect())
    }

    pub(super) async fn take_expired_presence(
        &self,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<Vec<(UserId, Presence)>, StoreError> {
        let taking = users.iter().copied();
        let taking = taking.map(|user| self.take_one(user, now));
        let taken: Vec<Option<_>> = stream::iter(taking)
            .buffer_unordered(calls::AT_A_TIME)
            .try_collect()
            .await?;
        Ok(taken.into_iter().flatten().collect())
    }

    async fn take_one(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<(UserId, Presence)>, StoreError> {
        let taken = self
            .client
            .delete_item()
            .table_name(&self.tables.presence)
            .set_key(Some(presence_key(user)))
            .condition_expression("expiresAt <= :now")
            .expression_attribute_values(":now", number(now.as_second()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        match taken {
            Ok(taken) => Ok(taken.attributes.as_ref().and_then(read_presence)),
            // Another heartbeat came, or another server was first.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(away(error)),
        }
    }

    pub(super) async fn forget_presence(&self, user: UserId) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.tables.presence)
            .set_key(Some(presence_key(user)))
            .send()
            .await
            .map_err(away)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_kept_is_read_and_removed_only_after_its_time() {
        let user = UserId::new(Uuid::from_u128(7));
        let presence = Presence {
            status: Status::Playing,
            game: Some(Tag::new("chess").unwrap()),
            context: None,
            expires_at: "2026-01-01T00:02:00.25Z".parse().unwrap(),
        };
        let mut kept = presence_item(user, &presence);
        assert_eq!(kept[EXPIRES_AT], number(1_767_225_721));
        assert_eq!(read_presence(&kept), Some((user, presence)));
        kept.remove(GOOD_UNTIL);
        let (_, rounded) = read_presence(&kept).unwrap();
        assert_eq!(rounded.expires_at.as_second(), 1_767_225_721);
    }
}
