//! `/docs`, where the API can be browsed and tried out, and the document behind it.
//!
//! Invariant: nothing is loaded from elsewhere; the viewer is in the binary.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_api::ApiError;
use kernel::ErrorKind;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use crate::openapi;

/// The viewer sets styles on its elements; scripts are its own files only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document is written once.
///
/// # Errors
/// If it can't be written as JSON, which is a mistake in the code.
pub fn routes(document: &OpenApi) -> serde_json::Result<Router> {
    let json = Bytes::from(serde_json::to_vec(document)?);
    let config = Config::new([openapi::PATH])
        .display_request_duration(true)
        .try_it_out_enabled(true)
        .persist_authorization(false)
        .filter(true)
        // Without it, the page would send the document's address to a validator elsewhere.
        .validator_url("none");
    let config = Arc::new(config);
    let at_root = config.clone();
    Ok(Router::new()
        .route(
            openapi::PATH,
            get(move || {
                std::future::ready((
                    [
                        (header::CONTENT_TYPE, "application/json"),
                        (header::CACHE_CONTROL, "no-cache"),
                    ],
                    json.clone(),
                ))
            }),
        )
        .route("/docs", get(async || Redirect::to("/docs/")))
        .route(
            "/docs/",
            get(move || std::future::ready(file("", at_root.clone()))),
        )
        .route(
            "/docs/{*rest}",
            get(move |Path(rest): Path<String>| std::future::ready(file(&rest, config.clone()))),
        ))
}

fn file(path: &str, config: Arc<Config<'static>>) -> Response {
    match utoipa_swagger_ui::serve(path, config) {
        Ok(Some(file)) => {
            let head = [
                (header::CONTENT_TYPE, file.content_type.as_str()),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::CACHE_CONTROL, "max-age=3600"),
            ]
            .map(|(name, value)| (name, value.to_owned()));
            let mut response = (head, file.bytes.into_owned()).into_response();
            if file.gzpipped {
                response
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            response
        }
        Ok(None) => ApiError::new(
            ErrorKind::NotFound,
            "not_found",
            "There is nothing here. The API reference is at /docs/.",
        )
        .into_response(),
        Err(error) => {
            tracing::error!(%error, "the API reference could not be served");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
