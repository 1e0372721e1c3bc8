//! What the server would sign, signed here with the same secrets, before the clock starts.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Clock, SessionId, UserId};

/// How long what is signed here is good for, in seconds: longer than any run.
const LIFE: i64 = 24 * 60 * 60;

/// Signs access tokens and action tokens. Tokens of an earlier signer are good, but not the same.
#[derive(Debug)]
pub struct Signer {
    jwt: hmac::Key,
    action: hmac::Key,
    clock: Clock,
    /// Actions signed so far: each counts once, for good.
    actions: u64,
}

/// The secrets of a server under measurement.
#[derive(Clone, Copy, Debug)]
pub struct Secrets {
    pub jwt: &'static str,
    pub action_token: &'static str,
}

/// Good for nothing but this: the servers live for minutes, and listen on this machine only.
pub const SECRETS: Secrets = Secrets {
    jwt: "0c5f8a7e19d34b62a1f07c9be85d2346",
    action_token: "b7d1e09f42c84a53961fe7a0d35c8b12",
};

impl Signer {
    pub fn new() -> Self {
        let key = |secret: &str| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Self {
            jwt: key(SECRETS.jwt),
            action: key(SECRETS.action_token),
            clock: Clock::system(),
            actions: 0,
        }
    }

    /// An access token, of a session with the user's own id. What is asked once needs no row of it; streams do.
    pub fn access_token(&self, user: UserId) -> String {
        let now = self.clock.now().as_second();
        let session = SessionId::new(user.uuid());
        let claims = format!(
            "{{\"iss\":\"grandstand\",\"aud\":\"grandstand\",\"sub\":\"{user}\",\"sid\":\"{session}\",\"iat\":{now},\"exp\":{},\"jti\":\"{}\"}}",
            now + LIFE,
            self.clock.new_uuid()
        );
        let mut token = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"at+jwt"}"#);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = hmac::sign(&self.jwt, token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// A token for a new action in this game.
    pub fn action_token(&mut self, game: &str, user: UserId, max_score: u64) -> String {
        self.actions += 1;
        let unique = self.clock.new_uuid().simple();
        let expires_at = self.clock.now().as_second() + LIFE;
        let content = format!(
            "{game}/{unique}-{}:{user}:{max_score}:{expires_at}",
            self.actions
        );
        let signature = hmac::sign(&self.action, content.as_bytes());
        format!(
            "{}:{}",
            URL_SAFE_NO_PAD.encode(content),
            hex::encode(signature)
        )
    }

    /// A whole request that hands in a score, with the access token at hand.
    pub fn submission(
        &mut self,
        game: &str,
        user: UserId,
        access_token: &str,
        score: u64,
    ) -> String {
        let body = format!(
            "{{\"actionToken\":\"{}\",\"scoreDelta\":{score}}}",
            self.action_token(game, user, score)
        );
        format!(
            "POST /api/v1/scores HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {access_token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}
