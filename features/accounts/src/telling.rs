//! What others must know at once when it happens here: on this server by callbacks, on all by the relay.
//!
//! Invariant: what is told is what to look at anew, or to end, and never what is there now. So being told twice, late, or
//! in another order does no harm, and this server may hear its own words.

use std::time::Duration;

use kernel::{SessionId, UserId};
use live::{Hearing, Relay};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::shared::Shared;
use crate::{Accounts, Error};

const PROFILE_CHANGED: &str = "profile changed";
const SIGNED_OUT: &str = "signed out";
const DELETED: &str = "users deleted";
const BAN_CHANGED: &str = "ban changed";

/// Between two tries to read who is banned while the database is away.
const RETRY: Duration = Duration::from_secs(1);

/// Users in one message.
const USERS_PER_MESSAGE: usize = 200;

#[derive(Serialize, Deserialize)]
struct SignedOut {
    user: UserId,
    /// All of the user's where it is none.
    session: Option<SessionId>,
}

impl Shared {
    pub async fn tell_profile_changed(
        &self,
        connection: &mut PgConnection,
        user: UserId,
    ) -> Result<(), Error> {
        Ok(self
            .relay
            .tell_in(connection, PROFILE_CHANGED, &user)
            .await?)
    }

    pub async fn tell_signed_out(
        &self,
        connection: &mut PgConnection,
        user: UserId,
        session: Option<SessionId>,
    ) -> Result<(), Error> {
        let told = SignedOut { user, session };
        Ok(self.relay.tell_in(connection, SIGNED_OUT, &told).await?)
    }

    pub async fn tell_ban_changed(
        &self,
        connection: &mut PgConnection,
        user: UserId,
    ) -> Result<(), Error> {
        Ok(self.relay.tell_in(connection, BAN_CHANGED, &user).await?)
    }

    pub async fn tell_deleted(
        &self,
        connection: &mut PgConnection,
        user: UserId,
    ) -> Result<(), Error> {
        Ok(tell_deleted(&self.relay, connection, &[user]).await?)
    }
}

/// Tells all servers of deleted users, if the caller's transaction is committed.
pub async fn tell_deleted(
    relay: &Relay,
    connection: &mut PgConnection,
    users: &[UserId],
) -> Result<(), db::Error> {
    for users in users.chunks(USERS_PER_MESSAGE) {
        relay.tell_in(connection, DELETED, &users).await?;
    }
    Ok(())
}

impl Accounts {
    /// What other servers tell of users. To be heard by the relay that this was made with.
    #[must_use]
    pub fn hear(&self, hearing: Hearing) -> Hearing {
        let (profiles, sessions, deletions) = (self.clone(), self.clone(), self.clone());
        let (bans, all_bans) = (self.clone(), self.clone());
        hearing
            .told(PROFILE_CHANGED, move |user| {
                profiles.shared().profile_changed(user);
            })
            .told(SIGNED_OUT, move |told: SignedOut| {
                sessions.shared().signed_out(told.user, told.session);
            })
            .told(DELETED, move |users: Vec<UserId>| {
                for user in users {
                    deletions.shared().deleted(user);
                }
            })
            .told(BAN_CHANGED, move |user| {
                tokio::spawn(bans.clone().read_bans_anew(Some(user)));
            })
            .missed(move || {
                tokio::spawn(all_bans.clone().read_bans_anew(None));
            })
    }

    /// Of one user, or of all, until it is done.
    async fn read_bans_anew(self, user: Option<UserId>) {
        let (bans, pool) = (&self.shared().bans, self.shared().db.pool());
        loop {
            let read = match user {
                Some(user) => bans.read(pool, user).await,
                None => bans.read_all(pool).await,
            };
            match read {
                Ok(()) => return,
                // The server is stopping.
                Err(_) if pool.is_closed() => return,
                Err(error) => {
                    tracing::warn!(%error, "who is banned could not be read; trying again");
                }
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}
