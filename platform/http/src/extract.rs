//! Extractors that answer bad input in the shape of [`ApiError`]: malformed is 400, breaking a rule is 422.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use garde::Validate;
use http::request::Parts;
use http::{HeaderMap, header};
use kernel::{ErrorKind, FieldError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ApiError;

/// A JSON body that keeps the rules that its type declares with `garde`. As an answer: plain JSON.
#[derive(Debug)]
pub struct ApiJson<T>(pub T);

impl<T, S> FromRequest<S> for ApiJson<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::new(
                ErrorKind::UnsupportedMediaType,
                "unsupported_media_type",
                "Send JSON, with the header Content-Type: application/json.",
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
                    ApiError::new(
                        ErrorKind::TooLarge,
                        "body_too_large",
                        "The request body is too large.",
                    )
                } else {
                    ApiError::new(
                        ErrorKind::Malformed,
                        "malformed_body",
                        "The request body could not be read to its end.",
                    )
                }
            })?;
        let value: T = serde_json::from_slice(&body).map_err(|error| json_error(&error))?;
        value.validate().map_err(|report| {
            ApiError::invalid(
                report
                    .iter()
                    .map(|(path, error)| {
                        FieldError::new(camel_case(&path.to_string()), error.message())
                    })
                    .collect(),
            )
        })?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for ApiJson<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// The name that a field of ours has in JSON: `score_delta` is `scoreDelta` there.
fn camel_case(path: &str) -> String {
    let mut after_underscore = false;
    path.chars()
        .filter_map(|letter| {
            let upper = std::mem::replace(&mut after_underscore, letter == '_');
            match letter {
                '_' => None,
                _ if upper => Some(letter.to_ascii_uppercase()),
                _ => Some(letter),
            }
        })
        .collect()
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| {
            let essence = essence.trim();
            essence.eq_ignore_ascii_case("application/json")
                || (essence.len() > 5
                    && essence.is_char_boundary(essence.len() - 5)
                    && essence[essence.len() - 5..].eq_ignore_ascii_case("+json"))
        })
}

/// Broken JSON is malformed; JSON of the wrong shape (a missing field, text for a number) breaks a rule.
fn json_error(error: &serde_json::Error) -> ApiError {
    use serde_json::error::Category;
    match error.classify() {
        // serde_json calls 1e400 a mistake of syntax; to JSON (RFC 8259 §6) it is a number like any other.
        Category::Syntax if error.to_string().starts_with("number out of range") => {
            ApiError::invalid(vec![FieldError::new("", "a number is out of range")])
        }
        Category::Data => ApiError::invalid(vec![FieldError::new("", without_place(error))]),
        Category::Syntax | Category::Eof | Category::Io => ApiError::new(
            ErrorKind::Malformed,
            "malformed_json",
            format!(
                "The request body is not valid JSON (line {}, column {}).",
                error.line(),
                error.column()
            ),
        ),
    }
}

/// serde's sentence without " at line 1 column 2": bodies are mostly one line, and the field is named.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    // What a client sent is never echoed at length.
    text[..end].chars().take(200).collect()
}

/// Parts of the path, such as an id. What can't be one can't be there either: 404.
#[derive(Debug)]
pub struct ApiPath<T>(pub T);

impl<T, S> FromRequestParts<S> for ApiPath<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(ApiError::new(
                ErrorKind::NotFound,
                "not_found",
                "There is nothing here: the address holds an id that can't exist.",
            )),
            // The handler asks for parts that its route hasn't.
            Err(rejection) => {
                tracing::error!(cause = rejection.body_text(), "request failed");
                Err(ApiError::internal())
            }
        }
    }
}

/// The query string.
#[derive(Debug)]
pub struct ApiQuery<T>(pub T);

impl<T, S> FromRequestParts<S> for ApiQuery<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => {
                let text = error.body_text();
                let reason = text.rsplit("query string: ").next().unwrap_or(&text);
                let reason: String = reason.chars().take(200).collect();
                Err(ApiError::new(
                    ErrorKind::Malformed,
                    "invalid_query",
                    format!("The query string is not valid: {reason}."),
                ))
            }
            Err(_) => Err(ApiError::new(
                ErrorKind::Malformed,
                "invalid_query",
                "The query string is not valid.",
            )),
        }
    }
}
