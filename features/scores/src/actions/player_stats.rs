//! What a player has done, for whoever shows players: the games played last, and the ranks.

use jiff::Timestamp;
use kernel::{Tag, UserId};
use rank::PlayerId;

use crate::Scores;
use crate::error::ScoresError;
use crate::store;

/// Where a page of a player's games ended: everything that it is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GamePosition {
    /// To the microsecond.
    pub last_played_at: Timestamp,
    pub game: Tag,
}

/// What a player has done in a game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameStats {
    pub game: Tag,
    pub best: u64,
    pub last: u64,
    pub plays: u64,
    pub last_played_at: Timestamp,
    /// On the game's own board. None for who isn't on it, where it was deleted, and while it is being loaded.
    pub rank: Option<u64>,
}

/// Where a player stands on a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardRank {
    pub leaderboard: Tag,
    pub title: String,
    /// None for a board of all games.
    pub game: Option<Tag>,
    pub rank: u64,
    pub score: u64,
    /// How many players are on it.
    pub total: u64,
}

impl GameStats {
    pub fn position(&self) -> GamePosition {
        GamePosition {
            last_played_at: self.last_played_at,
            game: self.game.clone(),
        }
    }
}

impl Scores {
    /// A player's games, the one played last first, by id where two were played at the same time. One round trip to
    /// PostgreSQL, which reads no more rows however many games there are.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn games_of(
        &self,
        user: UserId,
        after: Option<&GamePosition>,
        at_most: usize,
    ) -> Result<Vec<GameStats>, ScoresError> {
        let after = match after {
            Some(position) => (position.last_played_at, position.game.as_str()),
            None => (Timestamp::MAX, ""),
        };
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let games = store::stats::latest(self.database.pool(), user, after, at_most).await?;
        let ranked = games.into_iter().map(|stats| GameStats {
            rank: self.rank_in(user, &stats.game),
            game: stats.game,
            best: stats.best,
            last: stats.last,
            plays: stats.plays,
            last_played_at: stats.last_played_at,
        });
        Ok(ranked.collect())
    }

    /// Where a player stands on a game's own board. From memory.
    pub fn rank_in(&self, user: UserId, game: &Tag) -> Option<u64> {
        let board = self.boards.own_of(game)?;
        let player = PlayerId(user.uuid().as_u128());
        let entry = board.read(|_, index| index.rank(player));
        Some(entry.ok().flatten()?.rank)
    }

    /// Where a player stands on the boards that are loaded: those of all games first, each sort in the order in which
    /// they were made. From memory.
    pub fn ranks_of(&self, user: UserId, at_most: usize) -> Vec<BoardRank> {
        let player = PlayerId(user.uuid().as_u128());
        let boards = self.boards.oldest_first();
        let ranks = boards.iter().filter_map(|board| {
            let on_it = board.read(|_, index| Some((index.rank(player)?, index.len() as u64)));
            let (entry, total) = on_it.ok().flatten()?;
            let definition = board.definition();
            Some(BoardRank {
                leaderboard: definition.id.clone(),
                title: definition.title.clone(),
                game: definition.game.clone(),
                rank: entry.rank,
                score: entry.standing.score,
                total,
            })
        });
        ranks.take(at_most).collect()
    }
}
