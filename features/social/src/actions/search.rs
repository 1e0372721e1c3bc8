use accounts::players::{self, NamePosition, Player};
use kernel::{Cursor, Page, PageLimit, UserId};

use super::company::Seen;
use crate::{Error, Social};

/// Users whose screen names begin so, whatever their case, by name, with what the viewer sees of each.
pub async fn search(
    social: &Social,
    prefix: &str,
    viewer: Option<UserId>,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<(Player, Seen)>, Error> {
    // The text is no part of it: whoever pages on with another text goes on from the same name.
    let after: Option<NamePosition> = cursor
        .map(|cursor| Cursor::read(cursor, "users"))
        .transpose()?;
    let pool = social.database.pool();
    let one_more = limit.get() as i64 + 1;
    let found = players::by_prefix(pool, prefix, after.as_ref(), one_more).await?;
    let page = Page::from_overfetched(found, limit, |(_, last)| Cursor::new("users", last));
    let users: Vec<UserId> = page.items.iter().map(|(player, _)| player.id).collect();
    let mut seen = social.look(viewer, &users).await?;
    let items = page.items.into_iter().filter_map(|(player, _)| {
        let seen = seen.remove(&player.id)?;
        Some((player, seen))
    });
    Ok(Page {
        items: items.collect(),
        next: page.next,
    })
}
