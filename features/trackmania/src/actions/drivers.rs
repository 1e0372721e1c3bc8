//! Which account somebody has: by its name, or by a code that the account's owner brought from Trackmania.
//!
//! Invariants:
//! - A name is asked for once a day, however many look it up. Names change: where two accounts are known by one, the one
//!   that was told later has it.
//! - What is told here serves all who want an account's name.

use uuid::Uuid;

use super::names::GOOD_FOR;
use crate::model::account::AccountId;
use crate::store::names;
use crate::{Error, Trackmania};

/// Somebody's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    pub account: Uuid,
    /// As it is written.
    pub name: String,
}

impl Trackmania {
    /// Where a browser is sent whose user is to prove an account; it comes back to `redirect_uri` with a code and the state.
    ///
    /// # Errors
    /// When this server is no client of Trackmania's public API.
    pub fn sign_in_url(&self, redirect_uri: &str, state: &str) -> Result<String, Error> {
        Ok(self.nadeo.sign_in_url(redirect_uri, state)?)
    }

    /// Whose a code is that a browser brought back to `redirect_uri`; None if Trackmania doesn't take it. It is good once.
    ///
    /// # Errors
    /// When the public API can't be asked.
    pub async fn driver_of_code(
        &self,
        code: &str,
        redirect_uri: &str,
    ) -> Result<Option<Driver>, Error> {
        let told = self.nadeo.account_of_code(code, redirect_uri).await?;
        self.keep_driver(told).await
    }

    /// Who is called so, in upper or lower case; None if nobody is.
    ///
    /// # Errors
    /// As [`Trackmania::driver_of_code`].
    pub async fn driver_named(&self, name: &str) -> Result<Option<Driver>, Error> {
        let question = format!("name {}", name.to_lowercase());
        let _alone = self.asking.alone(&question).await;
        let since = self.clock.now() - GOOD_FOR;
        let known = names::find_account(self.database.pool(), name, since).await?;
        if let Some((account, name)) = known {
            return Ok(Some(Driver::new(account, name)));
        }
        let told = self.nadeo.account_named(name).await?;
        self.keep_driver(told).await
    }

    async fn keep_driver(
        &self,
        told: Option<(AccountId, String)>,
    ) -> Result<Option<Driver>, Error> {
        let Some((account, name)) = told else {
            return Ok(None);
        };
        let (pool, now) = (self.database.pool(), self.clock.now());
        names::keep(pool, vec![(account, Some(&name))], now).await?;
        Ok(Some(Driver::new(account, name)))
    }
}

impl Driver {
    fn new(account: AccountId, name: String) -> Self {
        Self {
            account: account.uuid(),
            name,
        }
    }
}
