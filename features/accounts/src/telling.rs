//! What others must know at once when it happens here: on this server by callbacks, on all by the relay.
//!
//! Invariant: what is told is what to look at anew, or to end, and never what is there now. So being told twice, late, or
//! in another order does no harm, and this server may hear its own words.

use kernel::{SessionId, UserId};
use live::{Hearing, Relay};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::shared::Shared;
use crate::{Accounts, Error};

const PROFILE_CHANGED: &str = "profile changed";
const SIGNED_OUT: &str = "signed out";
const DELETED: &str = "users deleted";

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
    }
}
