//! Maps by name or uid, from Trackmania Exchange.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kernel::{Cursor, Page, PageLimit};

use crate::model::exchange::{self, ListedMap};
use crate::model::map::is_uid;
use crate::upstream::Wanted;
use crate::{Error, Trackmania};

/// New maps may be there then.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(5);
/// Nobody gives a map so long a word for a name, but uids are as long.
const SHORTEST_UID: usize = 20;

/// What was found for a question, and when.
pub type Found = Arc<(Timestamp, exchange::Page)>;

pub async fn search(
    trackmania: &Trackmania,
    query: &str,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<ListedMap>, Error> {
    let list = format!("maps:{query}");
    let after = cursor
        .map(|cursor| Cursor::read::<i64>(cursor, &list))
        .transpose()?;
    let mut found = None;
    if is_uid(query) && query.len() >= SHORTEST_UID {
        found = Some(page(trackmania, Wanted::Uid(query), limit, after).await?);
    }
    let found = match found {
        Some(found) if !found.1.maps.is_empty() => found,
        _ => page(trackmania, Wanted::Name(query), limit, after).await?,
    };
    Ok(Page {
        items: found.1.maps.clone(),
        next: found.1.next.map(|last| Cursor::new(&list, &last)),
    })
}

async fn page(
    trackmania: &Trackmania,
    wanted: Wanted<'_>,
    limit: PageLimit,
    after: Option<i64>,
) -> Result<Found, Error> {
    let key = format!("{wanted:?} {} {after:?}", limit.get());
    let _alone = trackmania.asking.alone(&key).await;
    let now = trackmania.clock.now();
    let known = trackmania.found_maps.get(&key);
    if let Some(known) = known.filter(|known| known.0 > now - GOOD_FOR) {
        return Ok(known);
    }
    let page = trackmania.exchange.maps(wanted, limit.get(), after).await?;
    let found = Arc::new((now, page));
    trackmania.found_maps.insert(key, Arc::clone(&found));
    Ok(found)
}
