//! Action tokens: `base64url(actionId:userId:maxScore:expiresAt)` + `:` + hex HMAC-SHA256 of the text inside,
//! under `ACTION_TOKEN_SECRET`. Base64url is unpadded (RFC 4648 §5), the hex is lower case, `expiresAt` is
//! epoch seconds. One token has one spelling: whatever decodes to the same content but is written otherwise
//! is malformed. Checking one costs CPU alone, no I/O.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use kernel::{ErrorKind, Failure, Secret, UserId};

use super::{ActionId, MAX_SCORE};

/// The longest token that we could have made is below 400 bytes.
const MAX_LENGTH: usize = 512;
const SIGNATURE_LENGTH: usize = 32;
/// The last second of the year 9999, where our calendar ends.
const LATEST: i64 = 253_402_207_200;

/// Signs and checks tokens. Built once from `ACTION_TOKEN_SECRET`.
#[derive(Clone)]
pub struct ActionTokenKey(hmac::Key);

/// What a game service vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionToken {
    pub action: ActionId,
    pub user: UserId,
    /// The highest `scoreDelta` that may be claimed with it.
    pub max_score: u64,
    /// Epoch seconds; the token is good before this moment.
    pub expires_at: i64,
}

/// A token that was found good, for this user, at this moment, for this score.
#[derive(Clone, Debug)]
pub struct VerifiedAction {
    pub token: ActionToken,
    /// The token's fingerprint: tells a request that is sent again from another token for the same action.
    pub signature: [u8; SIGNATURE_LENGTH],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionTokenError {
    #[error("The action token is malformed. Send it exactly as POST /actions returned it.")]
    Malformed,
    #[error("The action token was not signed by this server. Get one from POST /actions.")]
    Invalid,
    #[error(
        "The action token has expired. Get a new one from POST /actions and send the score sooner."
    )]
    Expired,
    #[error("The action token was issued for another user.")]
    WrongUser,
    #[error("The score is higher than the game service allowed for this action.")]
    ScoreExceedsMax,
    #[error("This action has already been counted.")]
    Replayed,
}

impl ActionTokenError {
    /// The `result` label of `action_token_validations_total`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::WrongUser => "wrong_user",
            Self::ScoreExceedsMax => "exceeds_max",
            Self::Replayed => "replay",
        }
    }
}

impl Failure for ActionTokenError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Malformed => ErrorKind::Malformed,
            Self::Invalid | Self::Expired => ErrorKind::Unauthenticated,
            Self::WrongUser => ErrorKind::Forbidden,
            Self::ScoreExceedsMax => ErrorKind::Invalid,
            Self::Replayed => ErrorKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "action_token_malformed",
            Self::Invalid => "action_token_invalid",
            Self::Expired => "action_token_expired",
            Self::WrongUser => "action_token_wrong_user",
            Self::ScoreExceedsMax => "score_exceeds_max",
            Self::Replayed => "action_token_replayed",
        }
    }
}

impl ActionTokenKey {
    pub fn new(secret: &Secret) -> Self {
        Self(hmac::Key::new(
            hmac::HMAC_SHA256,
            secret.expose().as_bytes(),
        ))
    }

    /// The token's text, to be handed to the player's client.
    pub fn sign(&self, token: &ActionToken) -> String {
        let content = token.to_string();
        let signature = hmac::sign(&self.0, content.as_bytes());
        let mut text = URL_SAFE_NO_PAD.encode(&content);
        text.push(':');
        text.push_str(&hex::encode(signature));
        text
    }

    /// Checks a token in the contract's order: form, signature, expiry, user, maximum.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(
        &self,
        text: &str,
        user: UserId,
        score: u64,
        now: Timestamp,
    ) -> Result<VerifiedAction, ActionTokenError> {
        let (content, signature) = open(text)?;
        let token = ActionToken::parse(&content)?;
        // Constant time: how much of a forged signature is right can't be told from how long we take.
        hmac::verify(&self.0, content.as_bytes(), &signature)
            .map_err(|_| ActionTokenError::Invalid)?;
        if now.as_second() >= token.expires_at {
            return Err(ActionTokenError::Expired);
        }
        if token.user != user {
            return Err(ActionTokenError::WrongUser);
        }
        if score > token.max_score {
            return Err(ActionTokenError::ScoreExceedsMax);
        }
        Ok(VerifiedAction { token, signature })
    }
}

impl fmt::Debug for ActionTokenKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ActionTokenKey(***)")
    }
}

/// Splits the two halves and decodes both, strictly.
fn open(text: &str) -> Result<(String, [u8; SIGNATURE_LENGTH]), ActionTokenError> {
    if text.len() > MAX_LENGTH {
        return Err(ActionTokenError::Malformed);
    }
    let (content, signature) = text.split_once(':').ok_or(ActionTokenError::Malformed)?;
    let content = URL_SAFE_NO_PAD
        .decode(content)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or(ActionTokenError::Malformed)?;
    let mut bytes = [0; SIGNATURE_LENGTH];
    let lower_case = !signature.bytes().any(|byte| byte.is_ascii_uppercase());
    match hex::decode_to_slice(signature, &mut bytes) {
        Ok(()) if lower_case => Ok((content, bytes)),
        _ => Err(ActionTokenError::Malformed),
    }
}

impl ActionToken {
    fn parse(content: &str) -> Result<Self, ActionTokenError> {
        let mut parts = content.split(':');
        let mut next = || parts.next().ok_or(ActionTokenError::Malformed);
        let (action, user, max_score, expires_at) = (next()?, next()?, next()?, next()?);
        let token = Self {
            action: action.parse().map_err(|_| ActionTokenError::Malformed)?,
            user: user.parse().map_err(|_| ActionTokenError::Malformed)?,
            max_score: number(max_score)?,
            expires_at: i64::try_from(number(expires_at)?)
                .map_err(|_| ActionTokenError::Malformed)?,
        };
        if token.expires_at > LATEST {
            return Err(ActionTokenError::Malformed);
        }
        if parts.next().is_some() {
            return Err(ActionTokenError::Malformed);
        }
        Ok(token)
    }
}

/// Digits alone, without a sign or leading zeros, and never above what a score may be.
fn number(text: &str) -> Result<u64, ActionTokenError> {
    let canonical = text == "0" || !text.starts_with('0');
    if canonical && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        match text.parse() {
            Ok(number) if number <= MAX_SCORE => return Ok(number),
            _ => {}
        }
    }
    Err(ActionTokenError::Malformed)
}

impl fmt::Display for ActionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}:{}:{}:{}",
            self.action, self.user, self.max_score, self.expires_at
        )
    }
}

#[cfg(test)]
mod tests;
