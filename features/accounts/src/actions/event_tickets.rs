//! One-use tickets that open an event stream, for clients that can't send a header.

use std::time::Duration;

use kernel::Secret;

use super::sessions;
use crate::model::event_ticket;
use crate::shared::Shared;
use crate::{CurrentUser, Error, store};

/// Long enough to open a stream with it at once.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// What opens one event stream, on whichever server the request comes to.
pub struct EventTicket {
    pub text: Secret,
    pub good_for: Duration,
}

pub async fn issue(shared: &Shared, user: CurrentUser) -> Result<EventTicket, Error> {
    sessions::check_signed_in(shared, user).await?;
    let (text, hash) = event_ticket::generate();
    let expires_at = shared.clock.now() + GOOD_FOR;
    let mut tx = shared.db.begin_as(user.id.uuid()).await?;
    if !store::event_tickets::insert(&mut *tx, &hash, user, expires_at).await? {
        return Err(Error::AccountGone);
    }
    tx.commit().await?;
    Ok(EventTicket {
        text,
        good_for: GOOD_FOR,
    })
}

/// For whom the ticket is. From here on it is worth nothing, whatever comes of it.
pub async fn redeem(shared: &Shared, ticket: &str) -> Result<CurrentUser, Error> {
    let hash = event_ticket::read(ticket).ok_or(Error::InvalidTicket)?;
    let taken = store::event_tickets::take(shared.db.pool(), &hash).await?;
    let (user, expires_at) = taken.ok_or(Error::InvalidTicket)?;
    let now = shared.clock.now();
    if expires_at <= now || user.expires_at <= now {
        return Err(Error::InvalidTicket);
    }
    Ok(user)
}
