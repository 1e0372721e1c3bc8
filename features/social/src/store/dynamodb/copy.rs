//! Brings a community over that is in PostgreSQL.
//!
//! Invariants:
//! - Nothing is written that is there already, so that a copy that broke off goes on where it was by running it again.
//! - What PostgreSQL doesn't have is taken away again, such as edges that went between two runs.
//! - Heartbeats aren't copied: they are two minutes old at the most, and come anew by themselves.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use futures_util::future::BoxFuture;
use kernel::{Tag, UserId};
use sqlx::PgPool;

use super::DynamoStore;
use super::calls::{self, away};
use super::follows::{counts, counts_key, edge, edge_key, read_counts, read_edge};
use super::item::{GAME, Item, TARGET, USER, read, user};
use super::stats::{read_stats, stats_key};
use crate::model::games::PlayedGame;
use crate::store::postgres::whole;
use crate::store::{Counts, Follow, StoreError};

/// Rows that are read and compared together.
const TOGETHER: usize = 1_000;

/// Where the truth about players' stats is.
pub trait StatsSource: Send + Sync {
    /// By player and game, from after one of them on.
    fn after(
        &self,
        after: Option<(UserId, Tag)>,
        at_most: usize,
    ) -> BoxFuture<'_, Result<Vec<(UserId, PlayedGame)>, StoreError>>;

    /// Those of these that there are, in no order.
    fn known<'a>(
        &'a self,
        keys: &'a [(UserId, Tag)],
    ) -> BoxFuture<'a, Result<Vec<(UserId, Tag)>, StoreError>>;

    fn count(&self) -> BoxFuture<'_, Result<u64, StoreError>>;
}

/// What is being done, for whoever watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyProgress {
    pub step: &'static str,
    pub done: u64,
    pub of: u64,
}

/// What became of one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// What wasn't there, or was another.
    pub written: u64,
    /// What was there and isn't in PostgreSQL.
    pub removed: u64,
    /// How much there is now, in both.
    pub in_postgres: u64,
    pub in_dynamodb: u64,
}

impl DynamoStore {
    /// Copies edges with their counts, then stats, and looks through what is there in the end. The first is what became of
    /// `follows`, where each user's counts are an item too, the second that of `userGameStats`.
    ///
    /// # Errors
    /// When one of the two is away. What was written until then stays.
    pub async fn copy_from_postgres(
        &self,
        stats: &dyn StatsSource,
        watch: &(dyn Fn(CopyProgress) + Sync),
    ) -> Result<(Copied, Copied), StoreError> {
        let follows = Follows {
            store: self,
            pool: self.database.pool(),
        };
        let stats = Stats {
            store: self,
            source: stats,
        };
        Ok((
            self.copy(&follows, watch).await?,
            self.copy(&stats, watch).await?,
        ))
    }

    async fn copy<P: Part>(
        &self,
        part: &P,
        watch: &(dyn Fn(CopyProgress) + Sync),
    ) -> Result<Copied, StoreError> {
        let mut copied = Copied::default();
        let mut done = 0;
        let of = part.total().await?;
        let [copying, checking] = P::STEPS;
        let mut last = None;
        loop {
            let step = copying;
            watch(CopyProgress { step, done, of });
            let rows = part.after(last.as_ref(), TOGETHER).await?;
            let count = rows.len();
            last = rows.last().cloned();
            copied.written += self.write_other(part, rows).await?;
            done += count as u64;
            if count < TOGETHER {
                break;
            }
        }
        let mut from = None;
        loop {
            let (step, done) = (checking, copied.in_dynamodb);
            watch(CopyProgress { step, done, of });
            let scan = self.client.scan().table_name(part.table());
            let page = scan.consistent_read(true).set_exclusive_start_key(from);
            let page = page.send().await.map_err(away)?;
            let items = page.items.unwrap_or_default();
            let rows: Vec<P::Row> = items.iter().filter_map(P::read).collect();
            let surplus = part.surplus(&rows).await?;
            copied.removed += surplus.len() as u64;
            copied.in_dynamodb += (rows.len() - surplus.len()) as u64;
            let deletions = surplus.into_iter().map(calls::deletion);
            let deletions = deletions.collect::<Result<Vec<_>, _>>()?;
            calls::write_all(&self.client, part.table(), deletions).await?;
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        copied.in_postgres = part.total().await?;
        Ok(copied)
    }

    /// Writes those of these rows that aren't there as they are, and gives how many it were.
    async fn write_other<P: Part>(&self, part: &P, rows: Vec<P::Row>) -> Result<u64, StoreError> {
        let keys = rows.iter().map(P::key).collect();
        let there = calls::read_all(&self.client, part.table(), keys).await?;
        let there: HashMap<(String, String), P::Row> = there
            .iter()
            .filter_map(|item| Some((name::<P>(item)?, P::read(item)?)))
            .collect();
        let others: Vec<P::Row> = rows
            .into_iter()
            .filter(|row| {
                let there = name::<P>(&P::key(row)).and_then(|name| there.get(&name));
                !there.is_some_and(|there| P::is_copied(row, there))
            })
            .collect();
        let count = others.len() as u64;
        part.write(others).await?;
        Ok(count)
    }
}

/// One table's worth of what is copied.
trait Part {
    type Row: Clone;
    /// What is told of it while it is copied, and while it is checked.
    const STEPS: [&'static str; 2];
    /// The second part of its key; the first is the user.
    const SORT: &'static str;

    fn table(&self) -> &str;
    fn key(row: &Self::Row) -> Item;
    /// None for what none of ours has written.
    fn read(item: &Item) -> Option<Self::Row>;
    fn is_copied(row: &Self::Row, there: &Self::Row) -> bool;

    async fn total(&self) -> Result<u64, StoreError>;
    /// In an order of its own, from after a row on.
    async fn after(
        &self,
        last: Option<&Self::Row>,
        at_most: usize,
    ) -> Result<Vec<Self::Row>, StoreError>;
    async fn write(&self, rows: Vec<Self::Row>) -> Result<(), StoreError>;
    /// The keys of those of these rows that PostgreSQL doesn't have.
    async fn surplus(&self, rows: &[Self::Row]) -> Result<Vec<Item>, StoreError>;
}

/// An item's key, to find it by.
fn name<P: Part>(item: &Item) -> Option<(String, String)> {
    Some((read(item, USER)?, read(item, P::SORT)?))
}

struct Follows<'a> {
    store: &'a DynamoStore,
    pool: &'a PgPool,
}

#[derive(Clone)]
enum FollowsRow {
    Edge(Follow),
    Counts(UserId, Counts),
}

impl Part for Follows<'_> {
    type Row = FollowsRow;
    const STEPS: [&'static str; 2] = ["copying followers", "checking followers"];
    const SORT: &'static str = TARGET;

    fn table(&self) -> &str {
        &self.store.tables.follows
    }

    fn key(row: &FollowsRow) -> Item {
        match row {
            FollowsRow::Edge(follow) => edge_key(follow.user, follow.target),
            FollowsRow::Counts(user, _) => counts_key(*user),
        }
    }

    fn read(item: &Item) -> Option<FollowsRow> {
        if let Some(follow) = read_edge(item) {
            return Some(FollowsRow::Edge(follow));
        }
        let user = user(item)?;
        let is_counts = item.get(TARGET) == counts_key(user).get(TARGET);
        is_counts.then(|| FollowsRow::Counts(user, read_counts(item)))
    }

    fn is_copied(row: &FollowsRow, there: &FollowsRow) -> bool {
        match (row, there) {
            (FollowsRow::Edge(row), FollowsRow::Edge(there)) => row == there,
            (FollowsRow::Counts(_, row), FollowsRow::Counts(_, there)) => row == there,
            _ => false,
        }
    }

    async fn total(&self) -> Result<u64, StoreError> {
        let (edges, counts) = whole::totals(self.pool).await?;
        Ok(edges + counts)
    }

    /// All edges, then all counts.
    async fn after(
        &self,
        last: Option<&FollowsRow>,
        at_most: usize,
    ) -> Result<Vec<FollowsRow>, StoreError> {
        let (edge, counts) = match last {
            None => (None, None),
            Some(FollowsRow::Edge(follow)) => (Some((follow.user, follow.target)), None),
            Some(FollowsRow::Counts(user, _)) => (None, Some(*user)),
        };
        let mut rows = Vec::new();
        if counts.is_none() {
            let edges = whole::edges_after(self.pool, edge, limit(at_most)).await?;
            rows.extend(edges.into_iter().map(FollowsRow::Edge));
        }
        if rows.len() < at_most {
            let left = limit(at_most - rows.len());
            let counts = whole::counts_after(self.pool, counts, left).await?;
            let counts = counts.into_iter();
            rows.extend(counts.map(|(user, counts)| FollowsRow::Counts(user, counts)));
        }
        Ok(rows)
    }

    async fn write(&self, rows: Vec<FollowsRow>) -> Result<(), StoreError> {
        let puts = rows.iter().map(|row| {
            let item = match row {
                FollowsRow::Edge(follow) => edge(follow),
                FollowsRow::Counts(user, of_user) => counts(*user, *of_user),
            };
            let put = PutRequest::builder().set_item(Some(item)).build();
            let put = put.map_err(away)?;
            Ok::<_, StoreError>(WriteRequest::builder().put_request(put).build())
        });
        let puts = puts.collect::<Result<Vec<_>, _>>()?;
        calls::write_all(&self.store.client, self.table(), puts).await
    }

    async fn surplus(&self, rows: &[FollowsRow]) -> Result<Vec<Item>, StoreError> {
        let (mut edges, mut users) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                FollowsRow::Edge(follow) => edges.push((follow.user, follow.target)),
                FollowsRow::Counts(user, _) => users.push(*user),
            }
        }
        let edges = whole::edges_missing(self.pool, &edges).await?;
        let users = whole::counts_missing(self.pool, &users).await?;
        let edges = edges
            .into_iter()
            .map(|(user, target)| edge_key(user, target));
        Ok(edges.chain(users.into_iter().map(counts_key)).collect())
    }
}

struct Stats<'a> {
    store: &'a DynamoStore,
    source: &'a dyn StatsSource,
}

impl Part for Stats<'_> {
    type Row = (UserId, PlayedGame);
    const STEPS: [&'static str; 2] = ["copying stats", "checking stats"];
    const SORT: &'static str = GAME;

    fn table(&self) -> &str {
        &self.store.tables.user_game_stats
    }

    fn key((user, played): &Self::Row) -> Item {
        stats_key(*user, &played.game)
    }

    fn read(item: &Item) -> Option<Self::Row> {
        Some((user(item)?, read_stats(item)?))
    }

    /// Stats never go back, here neither.
    fn is_copied((_, row): &Self::Row, (_, there): &Self::Row) -> bool {
        there.plays >= row.plays
    }

    async fn total(&self) -> Result<u64, StoreError> {
        self.source.count().await
    }

    async fn after(
        &self,
        last: Option<&Self::Row>,
        at_most: usize,
    ) -> Result<Vec<Self::Row>, StoreError> {
        let last = last.map(|(user, played)| (*user, played.game.clone()));
        self.source.after(last, at_most).await
    }

    async fn write(&self, rows: Vec<Self::Row>) -> Result<(), StoreError> {
        self.store.write_stats(&rows).await
    }

    async fn surplus(&self, rows: &[Self::Row]) -> Result<Vec<Item>, StoreError> {
        let keys: Vec<_> = rows
            .iter()
            .map(|(user, played)| (*user, played.game.clone()))
            .collect();
        let known = self.source.known(&keys).await?;
        let known: HashSet<_> = known.into_iter().collect();
        let surplus = keys.iter().filter(|key| !known.contains(key));
        Ok(surplus.map(|(user, game)| stats_key(*user, game)).collect())
    }
}

fn limit(at_most: usize) -> i64 {
    i64::try_from(at_most).unwrap_or(i64::MAX)
}
