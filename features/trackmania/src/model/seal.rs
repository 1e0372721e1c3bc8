//! Keeps tokens unreadable in the database: whoever sees a copy of it can't call as us, and a token that was got with another
//! password can't be taken for one of this.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use kernel::Secret;

/// Nothing else is made from the password in this way.
const PURPOSE: &[u8] = b"grandstand trackmania tokens";

/// The account whose tokens they are: its name and its password.
#[derive(Clone, Debug)]
pub struct Account {
    pub name: String,
    pub password: Secret,
}

impl Account {
    /// None where nothing can be sealed: the password can't be a key.
    pub fn seal(&self, what: &str, plain: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = plain.to_vec();
        let nonce = self
            .key()?
            .seal_in_place_append_tag(self.context(what), &mut sealed)
            .ok()?;
        Some([&nonce.as_ref()[..], &sealed].concat())
    }

    /// None if it was sealed by another account, or for something else.
    pub fn open(&self, what: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut opened = sealed.to_vec();
        let plain = self
            .key()?
            .open_in_place(nonce, self.context(what), &mut opened)
            .ok()?;
        Some(plain.to_vec())
    }

    fn key(&self) -> Option<RandomizedNonceKey> {
        let password = hmac::Key::new(hmac::HMAC_SHA256, self.password.expose().as_bytes());
        RandomizedNonceKey::new(&AES_256_GCM, hmac::sign(&password, PURPOSE).as_ref()).ok()
    }

    fn context(&self, what: &str) -> Aad<Vec<u8>> {
        Aad::from(format!("{what}\0{}", self.name).into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str, password: &str) -> Account {
        Account {
            name: name.to_owned(),
            password: Secret::new(password),
        }
    }

    #[test]
    fn only_the_same_account_opens_what_it_sealed_and_for_the_same_thing() {
        let ours = account("service", "a password");
        let sealed = ours.seal("live", b"a token").unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"a token"));
        assert_eq!(ours.open("live", &sealed).as_deref(), Some(&b"a token"[..]));
        assert_eq!(ours.open("core", &sealed), None);
        assert_eq!(account("service", "another").open("live", &sealed), None);
        assert_eq!(account("other", "a password").open("live", &sealed), None);
        let mut changed = sealed.clone();
        changed[15] ^= 1;
        for broken in [&changed[..], &sealed[..20], &[], b"x"] {
            assert_eq!(ours.open("live", broken), None);
        }
    }
}
