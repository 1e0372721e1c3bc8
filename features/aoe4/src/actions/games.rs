//! What the caller has played.

use jiff::Timestamp;
use kernel::{Cursor, Page, PageLimit, UserId};

use crate::model::game::Game;
use crate::store::games::{self, ListedGame};
use crate::{Aoe4, Error};

const LIST: &str = "games";

pub async fn list(
    aoe4: &Aoe4,
    user: UserId,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<ListedGame>, Error> {
    let after = cursor
        .map(|cursor| Cursor::read::<(Timestamp, u64)>(cursor, LIST))
        .transpose()?;
    let mut tx = aoe4.database.begin_as(user.uuid()).await?;
    let games = games::list(&mut *tx, user, after, limit.get() as i64 + 1).await?;
    tx.commit().await?;
    Ok(Page::from_overfetched(games, limit, |last| {
        Cursor::new(LIST, &(last.played_at, last.id))
    }))
}

/// A match, and everybody who was in it.
pub async fn find(aoe4: &Aoe4, user: UserId, id: u64) -> Result<(ListedGame, Option<Game>), Error> {
    let mut tx = aoe4.database.begin_as(user.uuid()).await?;
    let found = games::find(&mut *tx, user, id).await?;
    tx.commit().await?;
    let (listed, payload) = found.ok_or(Error::GameNotFound)?;
    // It could be read when it was written.
    let game = Game::parse(&payload).ok();
    Ok((listed, game))
}
