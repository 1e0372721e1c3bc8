//! Brings a player's matches over from AoE4World.
//!
//! Invariants:
//! - One sync of a user runs at a time, over all servers. One whose server died is over after a while; one that goes on
//!   after its time changes nothing.
//! - Each page is kept as it comes. A sync that broke off, or would take too long, goes on where it was: pages come the
//!   newest first, so that what is missing lies behind the last one.
//! - That all matches until a moment are here is written down only when the last page has come.

use jiff::{SignedDuration, Timestamp};
use kernel::UserId;

use crate::model::page::GamesPage;
use crate::store::games;
use crate::store::syncs::{self, Begun, Denied, Reached, SyncState};
use crate::{Aoe4, Error};

/// Between two syncs of a user.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// A sync that has not ended by then never will: its server died.
const LONGEST: SignedDuration = SignedDuration::from_secs(180);
/// After that, no further page is asked for: however long AoE4World takes for one, it is here in time.
const LAST_PAGE: SignedDuration = SignedDuration::from_secs(90);
/// Pages of one sync: five hundred matches.
const MOST_PAGES: u32 = 10;
/// A match may be told of for the first time some hours after it began.
const LATE: SignedDuration = SignedDuration::from_hours(6);

/// What a sync did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Synced {
    /// Matches that AoE4World told of.
    pub synced: u64,
    /// Those of them that weren't here before.
    pub new: u64,
    /// Whether older ones are still to come, by another sync.
    pub complete: bool,
}

/// Runs to its end, though the caller hang up.
pub async fn sync(aoe4: &Aoe4, user: UserId) -> Result<Synced, Error> {
    let aoe4 = aoe4.clone();
    db::to_its_end(async move {
        let steam_id = steam_id(&aoe4, user).await?;
        let now = aoe4.clock.now();
        let begun = syncs::begin(aoe4.database.pool(), user, &steam_id, now, now + LONGEST).await?;
        let begun = begun.map_err(|denied| match denied {
            Denied::Running(wait) => Error::SyncRunning(wait),
            Denied::TooSoon(wait) => Error::SyncedJustNow(wait),
        })?;
        let mut synced = Synced::default();
        let turn = begun.turn;
        let outcome = run(&aoe4, user, &steam_id, begun, &mut synced).await;
        let now = aoe4.clock.now();
        let next_at = match &outcome {
            // Whoever is told to go on may do so at once.
            Ok(()) if !synced.complete => now,
            _ => now + PAUSE,
        };
        let error = outcome.as_ref().err().map(ToString::to_string);
        syncs::end(
            aoe4.database.pool(),
            user,
            turn,
            now,
            next_at,
            error.as_deref(),
        )
        .await?;
        match outcome {
            Ok(()) => Ok(synced),
            Err(Error::Upstream(cause)) if synced.synced > 0 => Err(Error::SyncBrokeOff {
                synced: synced.synced,
                cause,
            }),
            Err(error) => Err(error),
        }
    })
    .await
}

/// How far the user's matches are here; none if nothing was ever synced.
pub async fn state(aoe4: &Aoe4, user: UserId) -> Result<Option<SyncState>, Error> {
    let mut tx = aoe4.database.begin_as(user.uuid()).await?;
    let state = syncs::state(&mut *tx, user.uuid(), aoe4.clock.now()).await?;
    tx.commit().await?;
    Ok(state)
}

/// Whose matches are meant.
pub async fn steam_id(aoe4: &Aoe4, user: UserId) -> Result<String, Error> {
    let linked = accounts::links::steam_of(aoe4.database.pool(), user).await?;
    match linked {
        None => Err(Error::SteamNotLinked),
        Some(linked) if linked.verified || aoe4.unverified_links => Ok(linked.external_id),
        Some(_) => Err(Error::SteamNotVerified),
    }
}

async fn run(
    aoe4: &Aoe4,
    user: UserId,
    steam_id: &str,
    begun: Begun,
    synced: &mut Synced,
) -> Result<(), Error> {
    let pool = aoe4.database.pool();
    let began = aoe4.clock.now();
    let profile_id = match begun.profile_id {
        Some(profile_id) => profile_id,
        None => {
            let profile = aoe4.upstream.player(steam_id).await?;
            let profile = profile.ok_or(Error::ProfileNotFound)?;
            if !syncs::found(pool, user, begun.turn, profile.profile_id).await? {
                return Ok(());
            }
            profile.profile_id
        }
    };
    let since = begun.complete_to.map(|at| at - LATE);
    let mut reached = Reached {
        complete_to: begun.complete_to,
        page: begun.page.max(1),
        newest: begun.newest,
    };
    for _ in 0..MOST_PAGES {
        if aoe4.clock.now().duration_since(began) > LAST_PAGE {
            break;
        }
        let page = aoe4.upstream.games(profile_id, reached.page, since).await?;
        for malformed in &page.malformed {
            tracing::warn!(%malformed, "a match of AoE4World can't be read, and is left out");
        }
        reached = behind(&page, reached);
        let mut tx = aoe4.database.begin().await?;
        let new = games::upsert(&mut *tx, user, profile_id, &page.games).await?;
        if !syncs::reached(&mut *tx, user, begun.turn, reached).await? {
            break;
        }
        tx.commit().await.map_err(db::Error::from)?;
        synced.synced += page.games.len() as u64;
        synced.new += new;
        if page.last {
            synced.complete = true;
            break;
        }
    }
    Ok(())
}

/// Where a sync stands once it has this page.
fn behind(page: &GamesPage, before: Reached) -> Reached {
    let newest = page.games.iter().map(|fetched| fetched.game.started_at);
    let newest: Option<Timestamp> = newest.chain(before.newest).max();
    if page.last {
        Reached {
            // Of a player without new matches, what was so stays so.
            complete_to: newest.or(before.complete_to),
            page: 1,
            newest: None,
        }
    } else {
        Reached {
            page: before.page.saturating_add(1),
            newest,
            ..before
        }
    }
}
