//! Who follows whom, as it is read.
//!
//! Invariant: the index of followers is behind by a moment. Who has to see the newest is shown it by the table itself.

use std::collections::{BTreeSet, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use kernel::UserId;

use super::DynamoStore;
use super::calls::{self, away};
use super::follows::{BEFORE_ALL, counts_key, edge_key, read_counts, read_edge};
use super::item::{Item, text, user};
use crate::store::{Follow, StoreError};

pub const FOLLOWED_BY: &str = "FollowedBy";

/// The list of one user, by who stands on it.
#[derive(Clone, Copy, Debug)]
pub(super) enum List {
    Following(UserId),
    Followers(UserId),
}

#[derive(Debug, Default)]
pub(super) struct EdgePage {
    pub edges: Vec<Follow>,
    pub next: Option<Item>,
}

impl DynamoStore {
    pub(super) async fn followed_by(
        &self,
        user: UserId,
        after: Option<UserId>,
        at_most: usize,
    ) -> Result<Vec<Follow>, StoreError> {
        let mut edges = Vec::new();
        let mut page = self
            .page_of(List::Following(user), after, None, at_most)
            .await?;
        edges.append(&mut page.edges);
        while let Some(next) = page.next.take().filter(|_| edges.len() < at_most) {
            let left = at_most - edges.len();
            page = self
                .page_of(List::Following(user), after, Some(next), left)
                .await?;
            edges.append(&mut page.edges);
        }
        Ok(edges)
    }

    /// The index may not show the newest edges yet, and some that are gone still. What `reader` has done is asked of the
    /// table itself: whether the reader follows, and on the reader's own list, from whom others are taken by blocking
    /// them, whether each still does.
    pub(super) async fn followers_of(
        &self,
        target: UserId,
        reader: Option<UserId>,
        after: Option<UserId>,
        at_most: usize,
    ) -> Result<Vec<Follow>, StoreError> {
        let list = List::Followers(target);
        let others = reader.filter(|reader| *reader != target);
        let (readers_edge, mut page) = tokio::try_join!(
            async {
                match others {
                    Some(reader) => self.edge_of(reader, target).await,
                    None => Ok(None),
                }
            },
            self.page_of(list, after, None, at_most)
        )?;
        let mut edges = Vec::new();
        loop {
            let mut shown = std::mem::take(&mut page.edges);
            if reader == Some(target) {
                shown = self.still_there(shown).await?;
            }
            edges.extend(shown.into_iter().filter(|edge| Some(edge.user) != others));
            let Some(next) = page.next.take().filter(|_| edges.len() < at_most) else {
                break;
            };
            let left = at_most - edges.len();
            page = self.page_of(list, after, Some(next), left).await?;
        }
        Ok(with_readers(edges, readers_edge, after, at_most))
    }

    async fn edge_of(&self, user: UserId, target: UserId) -> Result<Option<Follow>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.tables.follows)
            .set_key(Some(edge_key(user, target)))
            .consistent_read(true)
            .send()
            .await
            .map_err(away)?;
        Ok(found.item.as_ref().and_then(read_edge))
    }

    /// Those of these edges that the table has, in their order.
    pub(super) async fn still_there(&self, edges: Vec<Follow>) -> Result<Vec<Follow>, StoreError> {
        let keys = keys(edges.iter().map(|edge| (edge.user, edge.target)));
        let there = calls::read_all(&self.client, &self.tables.follows, keys).await?;
        let there: HashSet<UserId> = there.iter().filter_map(user).collect();
        let still = edges.into_iter().filter(|edge| there.contains(&edge.user));
        Ok(still.collect())
    }

    /// One page as DynamoDB makes it: it may be empty, and others follow all the same.
    pub(super) async fn page_of(
        &self,
        list: List,
        after: Option<UserId>,
        from: Option<Item>,
        at_most: usize,
    ) -> Result<EdgePage, StoreError> {
        let after = after.map_or_else(|| BEFORE_ALL.to_owned(), |after| after.to_string());
        let asking = self.client.query().table_name(&self.tables.follows);
        // Of an index, only what is a moment old can be asked.
        let asking = match list {
            List::Following(user) => asking
                .key_condition_expression("userId = :of AND targetUserId > :after")
                .expression_attribute_values(":of", text(user))
                .consistent_read(true),
            List::Followers(target) => asking
                .index_name(FOLLOWED_BY)
                .key_condition_expression("targetUserId = :of AND userId > :after")
                .expression_attribute_values(":of", text(target)),
        };
        let answer = asking
            .expression_attribute_values(":after", text(after))
            .limit(i32::try_from(at_most.max(1)).unwrap_or(i32::MAX))
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(away)?;
        let items = answer.items.unwrap_or_default();
        Ok(EdgePage {
            edges: items.iter().filter_map(read_edge).collect(),
            next: answer.last_evaluated_key,
        })
    }

    pub(super) async fn followed_at_all(
        &self,
        users: &[UserId],
    ) -> Result<Vec<UserId>, StoreError> {
        let users: BTreeSet<UserId> = users.iter().copied().collect();
        let keys = users.into_iter().map(counts_key).collect();
        let counts = calls::read_all(&self.client, &self.tables.follows, keys).await?;
        let followed = counts.iter().filter(|item| read_counts(item).followers > 0);
        Ok(followed.filter_map(user).collect())
    }

    /// One user's edges are asked of the table by their keys. Of many users, it is cheaper to read who follows each target;
    /// then the edges among them are looked up in the table: one that is gone is told to nobody.
    pub(super) async fn between(
        &self,
        users: &[UserId],
        targets: &[UserId],
    ) -> Result<Vec<(UserId, UserId)>, StoreError> {
        let edges = if users.len() * targets.len() <= calls::READ_TOGETHER || users.len() == 1 {
            let pairs = users.iter().flat_map(|user| {
                let targets = targets.iter();
                targets.map(move |target| (*user, *target))
            });
            keys(pairs)
        } else {
            keys(self.shown_between(users, targets).await?)
        };
        let there = calls::read_all(&self.client, &self.tables.follows, edges).await?;
        let edges = there.iter().filter_map(read_edge);
        Ok(edges.map(|edge| (edge.user, edge.target)).collect())
    }

    /// As the index shows it.
    async fn shown_between(
        &self,
        users: &[UserId],
        targets: &[UserId],
    ) -> Result<Vec<(UserId, UserId)>, StoreError> {
        let users: HashSet<UserId> = users.iter().copied().collect();
        let targets: BTreeSet<UserId> = targets.iter().copied().collect();
        let reading = targets.into_iter().map(|target| {
            let users = &users;
            async move {
                let mut found = Vec::new();
                let mut from = None;
                loop {
                    let list = List::Followers(target);
                    let page = self.page_of(list, None, from, usize::MAX).await?;
                    let edges = page.edges.iter().map(|edge| (edge.user, edge.target));
                    found.extend(edges.filter(|(user, _)| users.contains(user)));
                    from = page.next;
                    if from.is_none() {
                        return Ok::<_, StoreError>(found);
                    }
                }
            }
        });
        let found: Vec<Vec<_>> = stream::iter(reading)
            .buffer_unordered(calls::AT_A_TIME)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// The keys of these edges, each once.
fn keys(edges: impl IntoIterator<Item = (UserId, UserId)>) -> Vec<Item> {
    let edges: BTreeSet<(UserId, UserId)> = edges.into_iter().collect();
    let keys = edges.into_iter();
    keys.map(|(user, target)| edge_key(user, target)).collect()
}

/// Puts the reader's own edge where it belongs, if that is on this page.
fn with_readers(
    mut edges: Vec<Follow>,
    readers: Option<Follow>,
    after: Option<UserId>,
    at_most: usize,
) -> Vec<Follow> {
    if let Some(own) = readers.filter(|own| after.is_none_or(|after| own.user > after)) {
        let place = edges.partition_point(|edge| edge.user < own.user);
        edges.insert(place, own);
        edges.truncate(at_most);
    }
    edges
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn someone(number: u128) -> UserId {
        UserId::new(Uuid::from_u128(number))
    }

    fn follows(user: u128, target: u128) -> Follow {
        Follow {
            user: someone(user),
            target: someone(target),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_readers_edge_is_put_where_it_belongs() {
        let shown = || vec![follows(1, 9), follows(3, 9), follows(5, 9)];
        let users = |edges: Vec<Follow>| -> Vec<UserId> {
            edges.into_iter().map(|edge| edge.user).collect()
        };
        let place = |own, after: Option<u128>, at_most| {
            users(with_readers(
                shown(),
                Some(follows(own, 9)),
                after.map(someone),
                at_most,
            ))
        };
        assert_eq!(place(4, None, 9), [1, 3, 4, 5].map(someone));
        assert_eq!(place(4, None, 3), [1, 3, 4].map(someone));
        // Not on this page: before it, or behind it.
        assert_eq!(place(0, Some(0), 3), [1, 3, 5].map(someone));
        assert_eq!(place(7, None, 3), [1, 3, 5].map(someone));
    }
}
