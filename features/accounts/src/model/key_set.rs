//! An issuer's public keys (a JWKS, RFC 7517): RSA keys for RS256 signatures, by their ids. Whatever else the set
//! holds is left out rather than failing the set.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// Ids are compared, not read; none needs to be longer.
pub const MAX_KEY_ID_LENGTH: usize = 256;
/// Issuers have two to four.
const MAX_KEYS: usize = 64;
const MIN_MODULUS_BITS: usize = 2048;
const MAX_MODULUS_BITS: usize = 8192;

pub type Key = ParsedPublicKey;

#[derive(Default)]
pub struct KeySet(HashMap<String, Arc<Key>>);

impl KeySet {
    /// `None` when there is no usable key in it: nobody publishes such a set on purpose.
    pub fn parse(document: &Value) -> Option<Self> {
        let entries = document.get("keys")?.as_array()?;
        let mut keys = HashMap::new();
        for (id, key) in entries
            .iter()
            .take(MAX_KEYS)
            .filter_map(|entry| usable(entry.as_object()?))
        {
            keys.entry(id).or_insert_with(|| Arc::new(key));
        }
        (!keys.is_empty()).then_some(Self(keys))
    }

    pub fn get(&self, id: &str) -> Option<&Arc<Key>> {
        self.0.get(id)
    }
}

fn usable(entry: &Map<String, Value>) -> Option<(String, Key)> {
    let is_or_absent = |name: &str, want: &str| entry.get(name).is_none_or(|value| value == want);
    let verifies = entry.get("key_ops").is_none_or(|ops| {
        ops.as_array()
            .is_some_and(|ops| ops.iter().any(|op| op == "verify"))
    });
    let id = entry
        .get("kid")?
        .as_str()
        .filter(|id| id.len() <= MAX_KEY_ID_LENGTH)?;
    if entry.get("kty")? != "RSA"
        || !is_or_absent("use", "sig")
        || !is_or_absent("alg", "RS256")
        || !verifies
    {
        return None;
    }
    let n = number(entry.get("n")?)?;
    let e = number(entry.get("e")?)?;
    let bits = n.len() * 8 - n[0].leading_zeros() as usize;
    if !(MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&bits) {
        return None;
    }
    let key = RsaPublicKeyComponents { n, e }
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .ok()?;
    Some((id.to_owned(), key))
}

/// A positive number in big-endian bytes, with the leading zeros that some issuers leave in taken off.
fn number(value: &Value) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(value.as_str()?).ok()?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes[start..].to_vec())
}
