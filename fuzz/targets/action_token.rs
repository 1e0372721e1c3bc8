//! Any text as an action token, and any token content rightly signed: never a panic; nothing unsigned is taken; and
//! what is taken has exactly one spelling.

#![no_main]

use jiff::Timestamp;
use kernel::{Secret, UserId};
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

/// The feature keeps its model to itself, so its sources are compiled here once more.
#[allow(dead_code, unused_imports)]
#[path = "../../features/scores/src/model/mod.rs"]
mod model;

use model::{ActionTokenError, ActionTokenKey};

const SECRET: &str = "a secret of more than 32 characters, for this alone";

fuzz_target!(|text: &str| {
    let key = ActionTokenKey::new(&Secret::new(SECRET));
    let now = Timestamp::from_second(1_800_000_000).expect("a time");
    let user = UserId::new(Uuid::nil());
    // Forging one is beyond any fuzzer.
    assert!(key.verify(text, user, 0, now).is_err());

    let signed = sign(text);
    match key.verify(&signed, user, 0, now) {
        Ok(verified) => assert_eq!(key.sign(&verified.token), signed, "two spellings of one token"),
        // The user may be any other, and the time over.
        Err(error) => assert_ne!(error, ActionTokenError::Invalid, "{text:?} was signed"),
    }
});

/// As POST /actions signs, around any content.
fn sign(content: &str) -> String {
    use base64::Engine;
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = aws_lc_rs::hmac::sign(&key, content.as_bytes());
    let content = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(content);
    format!("{content}:{}", hex::encode(signature))
}
