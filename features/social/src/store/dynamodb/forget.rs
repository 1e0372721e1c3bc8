//! What becomes of a deleted user's items.

use kernel::UserId;

use super::DynamoStore;
use super::calls::{self, TRIES, away, because};
use super::follows::{REMOVED_TOGETHER, counts_key, read_counts};
use super::lists::List;
use crate::store::{Counts, StoreError};

/// Edges that are removed before the caller may tell how far it is.
const AT_ONCE: usize = 1_000;

impl DynamoStore {
    /// Removes edges first and the counts last: as long as those are there, they say whether the index of followers, which
    /// is behind by a moment, has shown every edge.
    pub(super) async fn forget_some(&self, user: UserId) -> Result<bool, StoreError> {
        for list in [List::Following(user), List::Followers(user)] {
            if self.remove_listed(list).await? >= AT_ONCE {
                return Ok(false);
            }
        }
        let mut tried = 0;
        while self.counts_of(user).await? != Counts::default() {
            tried += 1;
            if tried == TRIES {
                return Err(because(
                    "the index of followers doesn't show all edges of a deleted user yet",
                ));
            }
            calls::pause(tried).await;
            self.remove_listed(List::Followers(user)).await?;
        }
        self.forget_stats(user).await?;
        self.forget_presence(user).await?;
        self.client
            .delete_item()
            .table_name(&self.tables.follows)
            .set_key(Some(counts_key(user)))
            .send()
            .await
            .map_err(away)?;
        Ok(true)
    }

    /// Gives how many edges it was; about [`AT_ONCE`] at the most.
    async fn remove_listed(&self, list: List) -> Result<usize, StoreError> {
        let mut removed = 0;
        let mut from = None;
        loop {
            let page = self.page_of(list, None, from, REMOVED_TOGETHER).await?;
            removed += self.remove(&page.edges).await?;
            from = page.next;
            if from.is_none() || removed >= AT_ONCE {
                return Ok(removed);
            }
        }
    }

    async fn counts_of(&self, user: UserId) -> Result<Counts, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.tables.follows)
            .set_key(Some(counts_key(user)))
            .consistent_read(true)
            .send()
            .await
            .map_err(away)?;
        Ok(found.item.as_ref().map(read_counts).unwrap_or_default())
    }
}
