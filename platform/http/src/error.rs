//! The one shape of every answer that isn't a success, and the one place where what went wrong is logged.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::{ErrorKind, Failure, FieldError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::limit::whole_seconds;

pub type ApiResult<T> = Result<T, ApiError>;

/// An error on its way to the client. It carries its cause to the one place that logs it.
#[derive(Debug)]
pub struct ApiError {
    kind: ErrorKind,
    code: &'static str,
    message: String,
    details: Vec<FieldError>,
    retry_after: Option<Duration>,
    /// Boxed, since few errors have any and every `Result` would carry their size.
    headers: Option<Box<HeaderMap>>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The body of every answer that isn't a success.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// A sentence a person can act on.
    #[schema(example = "The e-mail or the password is wrong.")]
    pub error: String,
    /// A stable word that clients may match on.
    #[schema(example = "invalid_credentials")]
    pub code: String,
    /// What to quote when asking for help: the server's log has the same.
    #[schema(example = "req_01h455vb4pex5vsknk084sn02q")]
    pub request_id: String,
    /// The fields at fault, where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<FieldErrorBody>, required = false)]
    pub details: Vec<FieldError>,
}

/// One field at fault.
#[derive(ToSchema)]
#[schema(as = FieldError)]
#[allow(
    dead_code,
    reason = "only describes kernel::FieldError, which floor 0 keeps free of OpenAPI"
)]
pub struct FieldErrorBody {
    #[schema(example = "password")]
    field: String,
    #[schema(example = "must have 10 to 128 characters")]
    message: String,
}

impl ApiError {
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
            headers: None,
            cause: None,
        }
    }

    /// Well-formed input that breaks a rule.
    pub fn invalid(details: Vec<FieldError>) -> Self {
        let message = match details.as_slice() {
            [only] if only.field.is_empty() => {
                format!("The request is not valid: {}.", only.message)
            }
            [only] => format!("{} {}.", only.field, only.message),
            _ => "Some fields are not valid; see details.".to_owned(),
        };
        Self {
            details,
            ..Self::new(ErrorKind::Invalid, "validation_failed", message)
        }
    }

    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Headers for the answer, in place of those of the same name.
    #[must_use]
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        match &mut self.headers {
            Some(present) => present.extend(headers),
            None => self.headers = Some(Box::new(headers)),
        }
        self
    }

    /// Our fault, without telling the client more than that. Whoever makes one has logged why.
    pub(crate) fn internal() -> Self {
        Self::new(
            ErrorKind::Internal,
            "internal_error",
            "The server made a mistake. It has been logged.",
        )
    }

    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub fn code(&self) -> &'static str {
        self.code
    }

    pub fn status(&self) -> StatusCode {
        match self.kind {
            ErrorKind::Malformed => StatusCode::BAD_REQUEST,
            ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Timeout => StatusCode::REQUEST_TIMEOUT,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl<E: Failure> From<E> for ApiError {
    fn from(failure: E) -> Self {
        Self {
            kind: failure.kind(),
            code: failure.code(),
            message: failure.to_string(),
            details: failure.details(),
            retry_after: failure.retry_after(),
            headers: None,
            cause: Some(Box::new(failure)),
        }
    }
}

/// The chain of causes, for the log.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl ApiError {
    /// What an operator should know. Refusals of bad input are the client's affair.
    fn log(&self) {
        let cause = self
            .cause
            .as_deref()
            .map(|cause| causes(cause))
            .unwrap_or_default();
        match self.kind {
            ErrorKind::Internal | ErrorKind::Unavailable if self.code.starts_with("database") => {
                tracing::error!(code = self.code, cause, "database error");
            }
            // A panic has no cause here: it was logged where it happened.
            ErrorKind::Internal if !cause.is_empty() => {
                tracing::error!(code = self.code, cause, "request failed");
            }
            // Such as a board that is still being loaded.
            ErrorKind::Unavailable => tracing::warn!(code = self.code, "{}", self.message),
            ErrorKind::Unauthenticated => tracing::warn!(code = self.code, "auth failed"),
            _ => {}
        }
    }
}

impl ApiError {
    /// For a browser that navigates, and would show its user the JSON: sends it to a page that takes `?error=` and the
    /// code. What belongs in the log gets there as with any other answer.
    pub fn see_other(self, page: &str) -> Response {
        self.log();
        let location = format!("{page}?error={}", self.code);
        let mut response = StatusCode::SEE_OTHER.into_response();
        let headers = response.headers_mut();
        if let Ok(location) = HeaderValue::from_str(&location) {
            headers.insert(header::LOCATION, location);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let status = self.status();
        let body = ErrorBody {
            error: self.message,
            code: self.code.to_owned(),
            request_id: crate::context::request_id(),
            details: self.details,
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, whole_seconds(wait).max(1).into());
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 6750 §3: no error where there was no token, and no details where there was.
            let challenge = match self.code {
                "unauthenticated" => "Bearer",
                _ => "Bearer error=\"invalid_token\"",
            };
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        if let Some(own) = self.headers {
            headers.extend(*own);
        }
        response
    }
}
