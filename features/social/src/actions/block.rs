use std::collections::HashMap;

use accounts::players::{self, Player};
use jiff::Timestamp;
use kernel::{Cursor, Page, PageLimit, UserId};

use super::follow::hold_both;
use crate::store::blocks;
use crate::{Error, Social};

/// Blocks at the most, by one user.
const MOST: i64 = 10_000;

/// Blocks somebody: neither follows the other from then on. Once more changes nothing.
pub async fn block(social: &Social, user: UserId, target: UserId) -> Result<(), Error> {
    if user == target {
        return Err(Error::OwnBlock);
    }
    let mut tx = social.database.begin().await?;
    hold_both(&mut tx, user, target).await?;
    let is_new = blocks::insert(&mut tx, user, target, social.clock.now()).await?;
    if is_new && blocks::count(&mut tx, user).await? > MOST {
        return Err(Error::BlocksTooMany);
    }
    let was_watched = social.store.unfollow(&mut tx, target, user).await?;
    social.store.unfollow(&mut tx, user, target).await?;
    tx.commit().await?;
    if was_watched {
        social.watch.seems_offline_to(user, target);
    }
    Ok(())
}

pub async fn unblock(social: &Social, user: UserId, target: UserId) -> Result<(), Error> {
    blocks::delete(social.database.pool(), user, target).await?;
    Ok(())
}

/// Somebody who is blocked.
pub struct Blocked {
    pub player: Player,
    pub at: Timestamp,
}

/// A page of those whom a user has blocked, by their ids.
pub async fn list(
    social: &Social,
    user: UserId,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<Blocked>, Error> {
    let after: Option<UserId> = cursor
        .map(|cursor| Cursor::read(cursor, "blocks"))
        .transpose()?;
    let one_more = limit.get() as i64 + 1;
    let mut connection = social.database.pool().acquire().await?;
    let rows = blocks::of_user(&mut *connection, user, after, one_more).await?;
    let page = Page::from_overfetched(rows, limit, |(last, _)| Cursor::new("blocks", last));
    let ids: Vec<_> = page
        .items
        .iter()
        .map(|(blocked, _)| blocked.uuid())
        .collect();
    let players = players::by_ids(&mut connection, &ids).await?;
    let mut players: HashMap<_, _> = players
        .into_iter()
        .map(|player| (player.id, player))
        .collect();
    let items = page.items.into_iter().filter_map(|(blocked, at)| {
        let player = players.remove(&blocked)?;
        Some(Blocked { player, at })
    });
    Ok(Page {
        items: items.collect(),
        next: page.next,
    })
}
