//! Hashing passwords: Argon2id with 19 MiB, 2 passes and 1 lane, as OWASP advises. A hash fills a core for some
//! 30 ms, so that only a few run at a time, off the async threads, and only so many wait.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::Error;
use crate::model::password::Password;

/// The last of these waits for some three seconds; better to tell anybody else at once to come back.
const WAITING_PER_WORKER: usize = 100;

pub struct Passwords {
    workers: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Passwords {
    pub fn new(concurrency: usize) -> Self {
        let concurrency = concurrency.max(1);
        Self {
            workers: Arc::new(Semaphore::new(concurrency)),
            places: Arc::new(Semaphore::new(concurrency * (1 + WAITING_PER_WORKER))),
        }
    }

    /// The hash to store, in PHC form.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many wait.
    pub async fn hash(&self, password: Password) -> Result<String, Error> {
        let hash = self
            .run(move || Argon2::default().hash_password(password.bytes()))
            .await?;
        Ok(hash.map_err(Error::Hashing)?.to_string())
    }

    /// Whether this is the password behind the hash. Without a hash the answer is no, and takes as long.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many wait.
    pub async fn verify(&self, password: Password, hash: Option<String>) -> Result<bool, Error> {
        let Some(hash) = hash else {
            self.hash(password).await?;
            return Ok(false);
        };
        self.run(move || {
            PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.bytes(), &hash)
                    .is_ok()
            })
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Error::Busy)?;
        let worker = Arc::clone(&self.workers)
            .acquire_owned()
            .await
            .map_err(|_| Error::Busy)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            // Held by the work rather than by the request, which may be gone by now.
            drop((place, worker));
            done
        })
        .await
        .map_err(|_| Error::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_only() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash(password("correct horse")).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            passwords
                .verify(password("correct horse"), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(password("another horse"), Some(hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(password("correct horse"), None)
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(password("correct horse"), Some("broken".to_owned()))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn too_many_are_turned_away() {
        let passwords = Passwords::new(1);
        let _all = passwords.places.try_acquire_many(101).unwrap();
        assert!(matches!(
            passwords.hash(password("correct horse")).await,
            Err(Error::Busy)
        ));
    }
}
