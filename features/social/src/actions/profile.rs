//! A player's page, in three round trips: the user, what the store knows, and the games.

use accounts::players::{self, Profile};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use kernel::{Cursor, Failure, Page, PageLimit, Tag, UserId};

use crate::model::games::GamesPosition;
use crate::model::presence::PresenceView;
use crate::store::Counts;
use crate::{Error, Social};

/// Games on a player's page; the others are a list of their own.
const GAMES: usize = 20;
/// Boards on a player's page.
const RANKS: usize = 100;

/// A player's best and last scores in one game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameStats {
    pub game: Tag,
    pub best: u64,
    pub last: u64,
    pub plays: u64,
    pub last_played_at: Timestamp,
    /// On the game's own board, 1-based. None for who isn't on it.
    pub rank: Option<u64>,
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
    pub score: u64,
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
    /// A player's games, the last played first, from after a position on, in one round trip.
    ///
    /// # Errors
    /// When the database is away, or while the boards aren't loaded.
    fn recent(
        &self,
        player: UserId,
        after: Option<GamesPosition>,
        at_most: usize,
    ) -> BoxFuture<'_, Result<Vec<GameStats>, GamesError>>;

    /// The player's places on boards, from memory, once they are loaded.
    fn ranks(&self, player: UserId, at_most: usize) -> Vec<BoardRank>;
}

/// What a player's page shows to somebody.
#[derive(Clone, Debug)]
pub struct PlayerPage {
    pub profile: Profile,
    pub counts: Counts,
    pub is_following: bool,
    pub presence: PresenceView,
    /// Those played last.
    pub games: Vec<GameStats>,
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
        games,
        ranks: social.games.ranks(user, RANKS),
    })
}

/// A page of what somebody has played, the last first.
pub async fn games(
    social: &Social,
    user: UserId,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<GameStats>, Error> {
    let list = format!("games:{user}");
    let after: Option<GamesPosition> = cursor.map(|text| Cursor::read(text, &list)).transpose()?;
    let (profile, games) = tokio::try_join!(
        async { Ok::<_, Error>(players::profile(social.database.pool(), user).await?) },
        async { Ok(social.games.recent(user, after, limit.get() + 1).await?) },
    )?;
    if profile.is_none() {
        return Err(Error::UserNotFound);
    }
    Ok(Page::from_overfetched(games, limit, |last| {
        Cursor::new(&list, &last.position())
    }))
}
