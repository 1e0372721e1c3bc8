//! Signed webhooks, as the Standard Webhooks specification has them
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>): an HMAC-SHA256
//! over `id.timestamp.body`, by which the receiver knows who speaks, and that it isn't an old message said again.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use kernel::Secret;

const PREFIX: &str = "whsec_";
/// The specification asks for 24 to 64.
const SECRET_LENGTH: usize = 32;

/// What a receiver checks signatures by.
pub struct SigningSecret(hmac::Key);

impl SigningSecret {
    /// `None` for what isn't one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (24..=64)
            .contains(&bytes.len())
            .then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// A new one, from bytes of chance.
    pub fn write(chance: &[u8; SECRET_LENGTH]) -> Secret {
        Secret::new(format!("{PREFIX}{}", STANDARD.encode(chance)))
    }

    /// The headers of a message. Its id stays the same when it is sent again; the time is that of the attempt.
    pub fn headers(&self, id: &str, now: Timestamp, body: &[u8]) -> [(&'static str, String); 3] {
        let timestamp = now.as_second().to_string();
        let mut signed = hmac::Context::with_key(&self.0);
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            signed.update(part);
        }
        let signature = STANDARD.encode(signed.sign());
        [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", format!("v1,{signature}")),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn signs_as_the_specification_does() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let now = Timestamp::from_second(1_614_265_330).unwrap();
        let headers = secret.headers(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            now,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(headers[0].1, "msg_p5jXN8AQM9LWM0D4loKWxJek");
        assert_eq!(headers[1].1, "1614265330");
        assert_eq!(
            headers[2].1,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn knows_its_secrets() {
        let written = SigningSecret::write(&[7; SECRET_LENGTH]);
        assert!(SigningSecret::parse(written.expose()).is_some());
        for text in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_!",
        ] {
            assert!(SigningSecret::parse(text).is_none(), "{text}");
        }
    }
}
