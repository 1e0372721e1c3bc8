use kernel::{Cursor, Page, PageLimit, UserId};

use crate::Error;
use crate::shared::Shared;
use crate::store::audit::{self, Listed};

/// What was done, newest first: by one actor, of one kind, or all of it.
pub async fn read(
    shared: &Shared,
    actor: Option<UserId>,
    action: Option<&str>,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<Listed>, Error> {
    let list = format!(
        "audit:{}:{}",
        actor.map(|actor| actor.to_string()).unwrap_or_default(),
        action.unwrap_or_default()
    );
    let before = match cursor {
        Some(cursor) => Cursor::read(cursor, &list)?,
        None => i64::MAX,
    };
    let one_more = limit.get() as i64 + 1;
    let found = audit::list(shared.db.pool(), actor, action, before, one_more).await?;
    Ok(Page::from_overfetched(found, limit, |last| {
        Cursor::new(&list, &last.id)
    }))
}
