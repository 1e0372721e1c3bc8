//! A player's page, in three round trips: the user, what the store knows, and the games.

use accounts::players::{self, Profile};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use kernel::{Cursor, Failure, Page, PageLimit, Tag, UserId};
use serde::{Deserialize, Serialize};

use crate::model::presence::PresenceView;
use crate::store::Counts;
use crate::{Error, Social};

/// Games on a player's page; the others are a list of their own.
const GAMES: usize = 20;

/// A player's best and last scores in one game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameStats {
    pub game: Tag,
    pub best: i64,
    pub last: i64,
    pub plays: i64,
    pub last_played_at: Timestamp,
}

/// A player's place on a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardRank {
    pub leaderboard: Tag,
    /// None for a board over all games.
    pub game: Option<Tag>,
    pub title: String,
    /// 1-based.
    pub rank: u64,
    /// How many stand on the board.
    pub total: u64,
    pub score: i64,
}

/// Where a list of games, the last played first, goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GamesPosition {
    pub last_played_at: Timestamp,
    pub game: Tag,
}

impl GameStats {
    pub fn position(&self) -> GamesPosition {
        GamesPosition {
            last_played_at: self.last_played_at,
            game: self.game.clone(),
        }
    }
}

/// Why nothing is known of a player's games.
pub type GamesError = Box<dyn Failure>;

/// What players have played, and where they stand.
pub trait Games: Send + Sync {
    /// A player's games, the last played first, from after a position on.
    fn recent(
        &self,
        player: UserId,
        after: Option<GamesPosition>,
        at_most: usize,
    ) -> BoxFuture<'_, Result<Vec<GameStats>, GamesError>>;

    /// The player's places on all boards. Costs no I/O.
    ///
    /// # Errors
    /// While the boards aren't loaded.
    fn ranks(&self, player: UserId) -> Result<Vec<BoardRank>, GamesError>;
}

/// What a player's page shows to somebody.
#[derive(Clone, Debug)]
pub struct PlayerPage {
    pub profile: Profile,
    pub counts: Counts,
    pub is_following: bool,
    pub presence: PresenceView,
    /// Those played last, with the ranks on their boards.
    pub games: Vec<(GameStats, Option<u64>)>,
    pub ranks: Vec<BoardRank>,
}

pub async fn page(
    social: &Social,
    user: UserId,
    viewer: Option<UserId>,
) -> Result<PlayerPage, Error> {
    let (profile, kept, games) = tokio::try_join!(
        async { Ok(players::profile(social.database.pool(), user).await?) },
        async { Ok::<_, Error>(social.store.page(user, viewer).await?) },
        async { Ok(social.games.recent(user, None, GAMES).await?) },
    )?;
    let ranks = social.games.ranks(user)?;
    let now = social.clock.now();
    let presence = match kept.presence.as_ref().filter(|kept| kept.expires_at > now) {
        Some(own) if viewer == Some(user) => PresenceView::whole(own),
        _ if kept.hides_from_viewer => PresenceView::offline(),
        presence => PresenceView::of(presence, now),
    };
    Ok(PlayerPage {
        profile: profile.ok_or(Error::UserNotFound)?,
        counts: kept.counts,
        is_following: kept.followed,
        presence,
        games: with_ranks(games, &ranks),
        ranks,
    })
}

/// A page of what somebody has played, the last first.
pub async fn games(
    social: &Social,
    user: UserId,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<(GameStats, Option<u64>)>, Error> {
    let list = format!("games:{user}");
    let after: Option<GamesPosition> = cursor.map(|text| Cursor::read(text, &list)).transpose()?;
    let (profile, games) = tokio::try_join!(
        async { Ok::<_, Error>(players::profile(social.database.pool(), user).await?) },
        async { Ok(social.games.recent(user, after, limit.get() + 1).await?) },
    )?;
    if profile.is_none() {
        return Err(Error::UserNotFound);
    }
    let ranks = social.games.ranks(user)?;
    Ok(Page::from_overfetched(
        with_ranks(games, &ranks),
        limit,
        |(last, _)| Cursor::new(&list, &last.position()),
    ))
}

/// A game's own board is called like the game; one that isn't there gives way to another of the game.
fn with_ranks(games: Vec<GameStats>, ranks: &[BoardRank]) -> Vec<(GameStats, Option<u64>)> {
    let rank_in = |game: &Tag| {
        let of_game = ranks.iter().filter(|rank| rank.game.as_ref() == Some(game));
        of_game
            .min_by_key(|rank| rank.leaderboard != *game)
            .map(|rank| rank.rank)
    };
    games
        .into_iter()
        .map(|stats| {
            let rank = rank_in(&stats.game);
            (stats, rank)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> Tag {
        Tag::new(text).unwrap()
    }

    fn rank(leaderboard: &str, game: Option<&str>, rank: u64) -> BoardRank {
        BoardRank {
            leaderboard: tag(leaderboard),
            game: game.map(tag),
            title: leaderboard.to_owned(),
            rank,
            total: 10,
            score: 1,
        }
    }

    #[test]
    fn a_game_shows_the_rank_on_its_own_board() {
        let stats = |game: &str| GameStats {
            game: tag(game),
            best: 1,
            last: 1,
            plays: 1,
            last_played_at: Timestamp::UNIX_EPOCH,
        };
        let ranks = [
            rank("global", None, 1),
            rank("chess-weekly", Some("chess"), 2),
            rank("chess", Some("chess"), 3),
            rank("go-weekly", Some("go"), 4),
        ];
        let games = with_ranks(vec![stats("chess"), stats("go"), stats("dice")], &ranks);
        let shown: Vec<Option<u64>> = games.into_iter().map(|(_, rank)| rank).collect();
        assert_eq!(shown, [Some(3), Some(4), None]);
    }
}
