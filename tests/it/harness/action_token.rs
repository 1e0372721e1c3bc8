use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Player;

/// An action token that a test makes itself, with whatever content and whatever secret.
#[derive(Clone, Debug)]
pub struct ForgedToken {
    pub action: String,
    pub user: String,
    pub max_score: String,
    pub expires_at: String,
}

impl ForgedToken {
    /// One that is right in every way, but for what the test changes.
    pub fn good(player: &Player, now: i64) -> Self {
        Self {
            action: "chess/forged".to_owned(),
            user: player.id.clone(),
            max_score: "100".to_owned(),
            expires_at: (now + 60).to_string(),
        }
    }

    pub fn sign(&self, secret: &str) -> String {
        sign(
            &format!(
                "{}:{}:{}:{}",
                self.action, self.user, self.max_score, self.expires_at
            ),
            secret,
        )
    }
}

/// The contract's format around any content.
pub fn sign(content: &str, secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, content.as_bytes());
    format!(
        "{}:{}",
        URL_SAFE_NO_PAD.encode(content),
        hex::encode(signature)
    )
}
