//! What services of OAuth 2.0 have in common.

use serde::Deserialize;

use crate::Answer;

/// Why there is no token: RFC 6749, section 5.2.
#[derive(Debug, Default, Deserialize)]
pub struct OauthError {
    #[serde(default)]
    error: String,
}

impl OauthError {
    /// What an answer says that isn't a token.
    pub fn of(answer: &Answer) -> Self {
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    /// For the log: a word of the specification, or nothing that the other side made up.
    pub fn word(&self) -> &'static str {
        const WORDS: [&str; 6] = [
            "invalid_request",
            "invalid_client",
            "invalid_grant",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
        ];
        let known = WORDS.into_iter().find(|word| *word == self.error);
        known.unwrap_or("another_error")
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    #[test]
    fn only_known_words_reach_the_log() {
        for (body, want) in [
            (r#"{"error":"invalid_grant","hint":"x"}"#, "invalid_grant"),
            (r#"{"error":"secret-text"}"#, "another_error"),
            (r#"{"error":7}"#, "another_error"),
            ("[]", "another_error"),
            ("<html>", "another_error"),
        ] {
            let answer = Answer {
                status: StatusCode::BAD_REQUEST,
                headers: HeaderMap::new(),
                body: Bytes::from(body),
                retry_after: None,
            };
            assert_eq!(OauthError::of(&answer).word(), want, "{body}");
        }
    }
}
