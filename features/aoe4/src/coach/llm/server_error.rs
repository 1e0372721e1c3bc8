//! What servers say when they don't answer, each in its own shape.

use serde_json::Value;

/// The most characters of a message that are kept.
const MOST_CHARACTERS: usize = 300;

#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("the server says: {message}")]
pub struct ServerError {
    pub message: String,
    /// As in `invalid_request_error`.
    pub kind: Option<String>,
    /// As in `insufficient_quota`; some servers send a number.
    pub code: Option<String>,
}

/// What follows from an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Trying again later may help.
    Passing,
    /// As `Passing`, once there is room again.
    Busy,
    /// The account has nothing left: nothing helps until somebody pays.
    Quota,
    /// The key isn't good, or not for this.
    Credentials,
    /// There is no such model, or no such address.
    NotFound,
    /// Too much was sent for the model.
    TooLong,
    /// What was sent isn't as the server wants it.
    Request,
}

impl Cause {
    pub fn is_worth_retrying(self) -> bool {
        matches!(self, Self::Passing | Self::Busy)
    }
}

impl ServerError {
    /// Of any body: `{"error": {…}}`, `{"error": "…"}`, `{"object": "error", "message": …}`, `{"detail": …}`, or none of
    /// these, such as a proxy's HTML.
    pub fn parse(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Self {
                message: "something that is no JSON".to_owned(),
                ..Self::default()
            };
        };
        let inner = match value.get("error") {
            Some(inner) if !inner.is_null() => inner,
            _ => &value,
        };
        let message = match inner {
            Value::String(text) => Some(text.clone()),
            inner => inner["message"].as_str().map(ToOwned::to_owned),
        };
        let message = message
            .or_else(|| value.get("detail").and_then(detail))
            .filter(|message| !message.trim().is_empty())
            .unwrap_or_else(|| "nothing about what is wrong".to_owned());
        Self {
            message: message.chars().take(MOST_CHARACTERS).collect(),
            kind: inner.get("type").and_then(word),
            code: inner.get("code").and_then(word),
        }
    }

    /// `should_retry` is what the header `x-should-retry` says, which is obeyed.
    pub fn cause(&self, status: u16, should_retry: Option<bool>) -> Cause {
        let says = |word: &str| {
            [&self.code, &self.kind]
                .into_iter()
                .flatten()
                .any(|one| one.contains(word))
        };
        let cause = match status {
            _ if says("insufficient_quota") => Cause::Quota,
            401 | 403 => Cause::Credentials,
            404 => Cause::NotFound,
            _ if says("context_length_exceeded") => Cause::TooLong,
            413 => Cause::TooLong,
            429 => Cause::Busy,
            408 | 409 | 425 | 500.. => Cause::Passing,
            _ => Cause::Request,
        };
        match should_retry {
            Some(false) if cause.is_worth_retrying() => Cause::Request,
            Some(true) if cause == Cause::Request => Cause::Passing,
            _ => cause,
        }
    }
}

/// A text, or a number as one.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.chars().take(100).collect()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text, or FastAPI's list of what isn't valid.
fn detail(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => {
            let messages: Vec<&str> = all.iter().filter_map(|one| one["msg"].as_str()).collect();
            (!messages.is_empty()).then(|| messages.join("; "))
        }
        _ => None,
    }
}
