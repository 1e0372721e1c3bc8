use std::time::Duration;

use serde::Serialize;

/// What went wrong, in words that don't know HTTP. `platform/http` alone turns these into status codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request can't be understood: broken JSON, a cursor of another list.
    Malformed,
    /// Nobody, or nobody that we believe, is calling.
    Unauthenticated,
    /// We know who is calling; they may not do this.
    Forbidden,
    /// Not there, or not the caller's to see.
    NotFound,
    MethodNotAllowed,
    /// Contradicts what is stored.
    Conflict,
    TooLarge,
    UnsupportedMediaType,
    /// Understood, but breaks a rule.
    Invalid,
    RateLimited,
    /// A part that we stand on is away for a while; the same request may succeed later.
    Unavailable,
    /// The request took longer than we allow.
    Timeout,
    /// Our fault.
    Internal,
}

/// One field at fault, for the `details` of an error body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's path in the request, such as `password` or `gameIds[2]`.
    pub field: String,
    /// A sentence that says what is wrong with it.
    pub message: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// What each feature's error enum tells the edge. `Display` is the sentence that a person reads,
/// so it must say what to do and must not hold a secret.
pub trait Failure: std::error::Error + Send + Sync + 'static {
    fn kind(&self) -> ErrorKind;

    /// A stable `snake_case` word that clients may match on.
    fn code(&self) -> &'static str;

    fn details(&self) -> Vec<FieldError> {
        Vec::new()
    }

    /// How long a caller should wait before trying again.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}
