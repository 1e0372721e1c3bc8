//! Edges, and how many there are of each user.
//!
//! Invariants:
//! - An edge and the counts of both its users are written by one transaction: counts are never worked out.
//! - Counts are an item of the same table, whose key no edge can have: it sorts before all users.
use std::collections::{BTreeMap, HashSet};

use aws_sdk_dynamodb::types::{
    Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use kernel::UserId;

use super::DynamoStore;
use super::calls::{self, Outcome, Refusal, away};
use super::item::{
    CREATED_AT, FOLLOWERS, FOLLOWING, Item, TARGET, USER, item, moment, number, read, text, user,
};
use crate::store::{Added, Counts, Follow, MOST_FOLLOWED, StoreError};

/// Edges that are removed by one transaction: an action for each, one for the counts of each other user, and one for
/// those of the user whom they have in common.
pub const REMOVED_TOGETHER: usize = 49;

/// Before the id of any user, and behind that of none.
pub const BEFORE_ALL: &str = "usr_";

pub fn edge_key(user: UserId, target: UserId) -> Item {
    item([(USER, text(user)), (TARGET, text(target))])
}

pub fn counts_key(user: UserId) -> Item {
    let name = format!("counts:{user}");
    item([(USER, text(user)), (TARGET, text(name))])
}

pub fn edge(follow: &Follow) -> Item {
    let mut edge = edge_key(follow.user, follow.target);
    edge.insert(CREATED_AT.to_owned(), text(moment(follow.at)));
    edge
}

/// None for what is no edge.
pub fn read_edge(item: &Item) -> Option<Follow> {
    Some(Follow {
        user: user(item)?,
        target: read(item, TARGET)?,
        at: read(item, CREATED_AT)?,
    })
}

pub fn counts(user: UserId, counts: Counts) -> Item {
    let mut kept = counts_key(user);
    kept.insert(FOLLOWERS.to_owned(), number(counts.followers));
    kept.insert(FOLLOWING.to_owned(), number(counts.following));
    kept
}

pub fn read_counts(item: &Item) -> Counts {
    // A count below zero would be a fault of ours; nobody has to see it.
    let count = |name| u64::try_from(read::<i64>(item, name).unwrap_or(0)).unwrap_or(0);
    Counts {
        followers: count(FOLLOWERS),
        following: count(FOLLOWING),
    }
}

impl DynamoStore {
    pub(super) async fn insert(&self, follow: Follow) -> Result<Added, StoreError> {
        let put = Put::builder()
            .table_name(&self.tables.follows)
            .set_item(Some(edge(&follow)))
            .condition_expression("attribute_not_exists(userId)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let one_more = Update::builder()
            .table_name(&self.tables.follows)
            .set_key(Some(counts_key(follow.user)))
            .update_expression("ADD following :one")
            .condition_expression("attribute_not_exists(following) OR following < :most")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(MOST_FOLLOWED));
        let one_more_there = Update::builder()
            .table_name(&self.tables.follows)
            .set_key(Some(counts_key(follow.target)))
            .update_expression("ADD followers :one")
            .expression_attribute_values(":one", number(1));
        let actions = vec![
            putting(put.build().map_err(away)?),
            updating(one_more.build().map_err(away)?),
            updating(one_more_there.build().map_err(away)?),
        ];
        let refusals = match calls::transact(&self.client, actions).await? {
            Outcome::Done => return Ok(Added::Now),
            Outcome::Refused(refusals) => refusals,
        };
        Ok(match refusals.into_iter().next() {
            // An edge that doesn't say since when was there for sure.
            Some(Refusal::Because(before)) => {
                let before = before.as_ref().and_then(read_edge);
                Added::Before(before.unwrap_or(follow).at)
            }
            _ => Added::TooMany,
        })
    }

    /// Removes edges, no more than [`REMOVED_TOGETHER`], all of which have a user in common where there are several, and
    /// gives how many of them were still there. Where somebody has no counts any more, none are kept.
    pub(super) async fn remove(&self, edges: &[Follow]) -> Result<usize, StoreError> {
        let mut edges: Vec<Follow> = edges.to_vec();
        let mut without_counts: HashSet<UserId> = HashSet::new();
        // Each refusal takes something away from the next try.
        while !edges.is_empty() {
            let fewer = fewer(&edges, &without_counts);
            let deletions = edges.iter().map(|edge| self.deletion(edge));
            let updates = fewer.iter().map(|(user, fewer)| self.fewer(*user, *fewer));
            let actions = deletions.chain(updates).collect::<Result<Vec<_>, _>>()?;
            let refusals = match calls::transact(&self.client, actions).await? {
                Outcome::Done => return Ok(edges.len()),
                Outcome::Refused(refusals) => refusals,
            };
            let (of_edges, of_counts) = refusals.split_at(edges.len().min(refusals.len()));
            let of_users = fewer.keys().zip(of_counts);
            let missing = of_users.filter(|(_, refusal)| refusal.is_because());
            without_counts.extend(missing.map(|(user, _)| *user));
            let mut gone = of_edges.iter().map(Refusal::is_because);
            edges.retain(|_| !gone.next().unwrap_or(false));
        }
        Ok(0)
    }

    fn deletion(&self, edge: &Follow) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.tables.follows)
            .set_key(Some(edge_key(edge.user, edge.target)))
            .condition_expression("attribute_exists(userId)")
            .build()
            .map_err(away)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    fn fewer(&self, user: UserId, fewer: Fewer) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.tables.follows)
            .set_key(Some(counts_key(user)))
            .update_expression("ADD followers :followers, following :following")
            .condition_expression("attribute_exists(userId)")
            .expression_attribute_values(":followers", number(-fewer.followers))
            .expression_attribute_values(":following", number(-fewer.following))
            .build()
            .map_err(away)?;
        Ok(updating(update))
    }
}

fn putting(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

fn updating(update: Update) -> TransactWriteItem {
    TransactWriteItem::builder().update(update).build()
}

/// By how much counts shrink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Fewer {
    followers: i64,
    following: i64,
}

/// What the removal of these edges takes from the counts of each user who has any.
fn fewer(edges: &[Follow], without_counts: &HashSet<UserId>) -> BTreeMap<UserId, Fewer> {
    let mut fewer: BTreeMap<UserId, Fewer> = BTreeMap::new();
    for edge in edges {
        fewer.entry(edge.user).or_default().following += 1;
        fewer.entry(edge.target).or_default().followers += 1;
    }
    fewer.retain(|user, _| !without_counts.contains(user));
    fewer
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
    fn counts_sort_before_all_edges_and_are_none() {
        let counts = counts_key(someone(u128::MAX));
        let name: String = read(&counts, TARGET).unwrap();
        assert!(name.as_str() < BEFORE_ALL);
        assert!(BEFORE_ALL < someone(0).to_string().as_str());
        assert_eq!(read_edge(&counts), None);
    }

    #[test]
    fn ids_are_sorted_as_texts_as_they_are_by_themselves() {
        let ids = [0, 1, 9, 31, 32, 1 << 40, (1 << 127) + 5, u128::MAX].map(someone);
        assert!(ids.is_sorted());
        assert!(ids.map(|id| id.to_string()).is_sorted());
    }

    #[test]
    fn two_who_follow_each_other_are_counted_by_one_action_each() {
        let edges = [follows(1, 2), follows(2, 1), follows(3, 1)];
        let all = fewer(&edges, &HashSet::new());
        let of = |followers, following| Fewer {
            followers,
            following,
        };
        assert_eq!(
            all.into_iter().collect::<Vec<_>>(),
            [
                (someone(1), of(2, 1)),
                (someone(2), of(1, 1)),
                (someone(3), of(0, 1))
            ]
        );
        let without = HashSet::from([someone(1)]);
        assert_eq!(fewer(&edges, &without).len(), 2);
    }
}
