//! A copy of what players have done in each game. PostgreSQL has the truth.
//!
//! Invariant: what is kept of a player and a game never goes back. The number of plays, which grows with each, says what is
//! newer: it doesn't matter in which order, or how often, anything is written.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use futures_util::{StreamExt, TryStreamExt, stream};
use kernel::{Tag, UserId};

use super::DynamoStore;
use super::calls::{self, away};
use super::item::{GAME, Item, USER, item, moment, number, read, text};
use crate::model::games::{GamesPosition, PlayedGame};
use crate::store::StoreError;

pub const BY_GAME: &str = "GameStatsByGame";
pub const RECENT_GAMES: &str = "UserRecentGames";
/// When the game was last played, and which it is: `2026-01-01T00:00:00.000000Z#chess`.
pub const RECENT_KEY: &str = "recentKey";

const BEST: &str = "best";
const LAST: &str = "last";
const PLAYS: &str = "plays";
const LAST_PLAYED_AT: &str = "lastPlayedAt";

fn recent_key(position: &GamesPosition) -> String {
    format!("{}#{}", moment(position.last_played_at), position.game)
}

pub fn stats_key(user: UserId, game: &Tag) -> Item {
    item([(USER, text(user)), (GAME, text(game))])
}

fn stats_item(user: UserId, played: &PlayedGame) -> Item {
    let mut kept = stats_key(user, &played.game);
    kept.extend(item([
        (BEST, number(played.best)),
        (LAST, number(played.last)),
        (PLAYS, number(played.plays)),
        (LAST_PLAYED_AT, text(moment(played.last_played_at))),
        (RECENT_KEY, text(recent_key(&played.position()))),
    ]));
    kept
}

pub fn read_stats(item: &Item) -> Option<PlayedGame> {
    Some(PlayedGame {
        game: Tag::new(&read::<String>(item, GAME)?).ok()?,
        best: read(item, BEST)?,
        last: read(item, LAST)?,
        plays: read(item, PLAYS)?,
        last_played_at: read(item, LAST_PLAYED_AT)?,
    })
}

impl DynamoStore {
    /// Of a player and a game that are there several times, the newest counts: no two writes of one call may meet.
    pub(super) async fn write_stats(
        &self,
        stats: &[(UserId, PlayedGame)],
    ) -> Result<(), StoreError> {
        let mut newest: BTreeMap<(UserId, &Tag), &PlayedGame> = BTreeMap::new();
        for (user, played) in stats {
            let newest = newest.entry((*user, &played.game)).or_insert(played);
            if newest.plays < played.plays {
                *newest = played;
            }
        }
        let mut writing = Vec::with_capacity(newest.len());
        for ((user, _), played) in newest {
            writing.push(self.mirror_one(user, played));
        }
        stream::iter(writing)
            .buffer_unordered(calls::AT_A_TIME)
            .try_collect()
            .await
    }

    async fn mirror_one(&self, user: UserId, played: &PlayedGame) -> Result<(), StoreError> {
        let written = self
            .client
            .put_item()
            .table_name(&self.tables.user_game_stats)
            .set_item(Some(stats_item(user, played)))
            .condition_expression("attribute_not_exists(userId) OR plays < :plays")
            .expression_attribute_values(":plays", number(played.plays))
            .send()
            .await;
        match written {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(away(error)),
        }
    }

    /// Two that were played at the same time are in the order of their ids, the last first.
    pub(super) async fn read_recent_games(
        &self,
        user: UserId,
        after: Option<&GamesPosition>,
        at_most: usize,
    ) -> Result<Vec<PlayedGame>, StoreError> {
        let mut games = Vec::new();
        let mut from = None;
        loop {
            let left = at_most - games.len();
            let asking = self
                .client
                .query()
                .table_name(&self.tables.user_game_stats)
                .index_name(RECENT_GAMES)
                .scan_index_forward(false)
                .expression_attribute_values(":user", text(user))
                .limit(i32::try_from(left.max(1)).unwrap_or(i32::MAX))
                .set_exclusive_start_key(from);
            let asking = match after {
                None => asking.key_condition_expression("userId = :user"),
                Some(position) => asking
                    .key_condition_expression("userId = :user AND recentKey < :after")
                    .expression_attribute_values(":after", text(recent_key(position))),
            };
            let answer = asking.send().await.map_err(away)?;
            let items = answer.items.unwrap_or_default();
            games.extend(items.iter().filter_map(read_stats));
            from = answer.last_evaluated_key;
            if from.is_none() || games.len() >= at_most {
                return Ok(games);
            }
        }
    }

    pub(super) async fn forget_stats(&self, user: UserId) -> Result<(), StoreError> {
        let mut from: Option<HashMap<_, _>> = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.tables.user_game_stats)
                .key_condition_expression("userId = :user")
                .expression_attribute_values(":user", text(user))
                .projection_expression("userId, gameId")
                .consistent_read(true)
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(away)?;
            let keys = answer.items.unwrap_or_default().into_iter();
            let deletions = keys.map(calls::deletion).collect::<Result<_, _>>()?;
            calls::write_all(&self.client, &self.tables.user_game_stats, deletions).await?;
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(());
            }
        }
    }
}
