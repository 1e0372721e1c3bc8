//! The issuers whose access tokens we accept besides our own, each with its own rule and its own keys.

mod jwks;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use kernel::Clock;

use crate::Error;
use crate::config::Issuer;
use crate::model::TokenError;
use crate::model::issuer_token::{Subject, Unverified};
use jwks::Jwks;

pub struct Issuers {
    by_name: HashMap<String, (Issuer, Arc<Jwks>)>,
    clock: Clock,
}

/// Whom a token speaks for, and who says so.
#[derive(Debug)]
pub struct ExternalUser<'a> {
    pub issuer: &'a str,
    pub subject: Subject,
}

impl Issuers {
    pub fn new(issuers: Vec<Issuer>, outside: &outbound::Client, clock: &Clock) -> Self {
        let by_name = issuers
            .into_iter()
            .map(|issuer| {
                let jwks = Jwks::new(issuer.jwks_url(), outside.clone(), clock.clone());
                (issuer.issuer.clone(), (issuer, Arc::new(jwks)))
            })
            .collect();
        Self {
            by_name,
            clock: clock.clone(),
        }
    }

    /// # Errors
    /// [`Error::InvalidToken`] and [`Error::TokenExpired`]; [`Error::IssuerUnavailable`] when the key isn't known
    /// and the issuer can't be asked.
    pub async fn read(&self, token: &str) -> Result<ExternalUser<'_>, Error> {
        let unverified = Unverified::parse(token)?;
        // Byte for byte: a prefix, another case or a slash more is another issuer.
        let (issuer, jwks) = self
            .by_name
            .get(unverified.issuer())
            .ok_or(TokenError::Invalid)?;
        let key = jwks
            .key(unverified.key_id())
            .await?
            .ok_or(TokenError::Invalid)?;
        let subject = unverified.verify(&key)?.check(issuer, self.clock.now())?;
        Ok(ExternalUser {
            issuer: &issuer.issuer,
            subject,
        })
    }
}
