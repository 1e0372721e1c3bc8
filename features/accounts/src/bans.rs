//! Who is banned, in memory: every access token is asked for it.
//!
//! Invariant: what is here was read from PostgreSQL, by one reader at a time, so that the later of two reads stays.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::UserId;
use parking_lot::RwLock;
use sqlx::PgPool;

use crate::Error;
use crate::store::bans;

#[derive(Default)]
pub struct Bans {
    /// What each of the banned is told.
    reasons: RwLock<HashMap<UserId, Arc<str>>>,
    reading: tokio::sync::Mutex<()>,
}

impl Bans {
    /// # Errors
    /// [`Error::Banned`].
    pub fn check(&self, user: UserId) -> Result<(), Error> {
        match self.reasons.read().get(&user) {
            Some(reason) => Err(Error::Banned(Arc::clone(reason))),
            None => Ok(()),
        }
    }

    pub async fn read_all(&self, pool: &PgPool) -> Result<(), db::Error> {
        let _alone = self.reading.lock().await;
        let banned = bans::all(pool).await?;
        *self.reasons.write() = banned.into_iter().collect();
        Ok(())
    }

    pub async fn read(&self, pool: &PgPool, user: UserId) -> Result<(), db::Error> {
        let _alone = self.reading.lock().await;
        let reason = bans::reason(pool, user).await?;
        let mut reasons = self.reasons.write();
        match reason {
            Some(reason) => reasons.insert(user, reason),
            None => reasons.remove(&user),
        };
        Ok(())
    }
}
