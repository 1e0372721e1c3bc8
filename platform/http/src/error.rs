use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use kernel::{ErrorKind, Failure, FieldError};
use serde::Serialize;
use utoipa::ToSchema;

pub type ApiResult<T> = Result<T, ApiError>;

/// An error on its way to the client. It carries its cause to the one place that logs it.
#[derive(Debug)]
pub struct ApiError {
    kind: ErrorKind,
    code: &'static str,
    message: String,
    details: Vec<FieldError>,
    retry_after: Option<Duration>,
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
#[allow(dead_code, reason = "only describes kernel::FieldError, which floor 0 keeps free of OpenAPI")]
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
            cause: None,
        }
    }

    /// Well-formed input that breaks a rule.
    pub fn invalid(details: Vec<FieldError>) -> Self {
        let message = match details.as_slice() {
            [only] if only.field.is_empty() => format!("The request {}.", only.message),
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

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match self.kind {
            ErrorKind::Unavailable | ErrorKind::Internal => {
                let cause = self.cause.as_deref().map_or_else(String::new, |cause| causes(cause));
                let what = if self.code == "internal_error" { "request failed" } else { "database error" };
                let what = if cause.is_empty() { self.message.as_str() } else { what };
                tracing::error!(code = self.code, cause, "{what}");
            }
            ErrorKind::Unauthenticated => tracing::warn!(code = self.code, "auth failed"),
            _ => {}
        }
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
            // Rounded up: whoever waits this long must not come too early.
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                headers.insert(header::RETRY_AFTER, value);
            }
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 6750 §3; what exactly was wrong with a token is nobody's business.
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
