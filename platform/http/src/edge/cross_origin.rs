//! Which web pages of other origins may call the API. Nobody's, unless the configuration names them.

use std::str::FromStr;

use axum::body::Body;
use axum::response::Response;
use http::header::{self, Entry};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, last-event-id, x-api-key, x-request-id",
);
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static(
    "idempotent-replayed, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, x-request-id",
);
/// Seconds for which a browser needn't ask again; Chromium takes no more than two hours.
const MAXIMUM_AGE: HeaderValue = HeaderValue::from_static("7200");

/// `CORS_ORIGINS`: empty, `*`, or a list such as `https://example.org, http://localhost:5173`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrossOrigins(Allowed);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Allowed {
    #[default]
    Nobody,
    /// Without credentials, as the Fetch standard demands.
    Anybody,
    These(Vec<HeaderValue>),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an origin such as https://example.org, and not *")]
pub struct CrossOriginsError(String);

impl FromStr for CrossOrigins {
    type Err = CrossOriginsError;

    fn from_str(list: &str) -> Result<Self, CrossOriginsError> {
        let entries: Vec<&str> = list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .collect();
        Ok(Self(match entries.as_slice() {
            [] => Allowed::Nobody,
            ["*"] => Allowed::Anybody,
            entries => {
                let origin = |entry: &&str| {
                    origin(entry).ok_or_else(|| CrossOriginsError((*entry).to_owned()))
                };
                Allowed::These(entries.iter().map(origin).collect::<Result<_, _>>()?)
            }
        }))
    }
}

/// As browsers send it: lower case, without a path. A slash at the end is forgiven.
fn origin(entry: &str) -> Option<HeaderValue> {
    let entry = entry
        .strip_suffix('/')
        .unwrap_or(entry)
        .to_ascii_lowercase();
    let uri: Uri = entry.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| ["http", "https"].contains(scheme))?;
    let authority = uri
        .authority()
        .filter(|authority| !authority.as_str().contains('@'))?;
    let exact = format!("{scheme}://{authority}") == entry;
    exact.then(|| HeaderValue::try_from(entry).ok())?
}

impl CrossOrigins {
    /// What the answer to a request of this origin must be marked with; `None` where origins don't matter.
    pub(super) fn mark(&self, headers: &HeaderMap) -> Option<Mark> {
        let (origin, listed) = match &self.0 {
            Allowed::Nobody => return None,
            Allowed::Anybody => (Some(HeaderValue::from_static("*")), false),
            Allowed::These(origins) => {
                let sent = headers.get(header::ORIGIN);
                (sent.filter(|sent| origins.contains(sent)).cloned(), true)
            }
        };
        Some(Mark { origin, listed })
    }
}

/// What one answer says about origins.
#[derive(Debug)]
pub(super) struct Mark {
    /// The origin that may read the answer.
    origin: Option<HeaderValue>,
    /// Whether the answer depends on who asks.
    listed: bool,
}

impl Mark {
    /// The answer to a browser that asks before it sends the real request.
    pub(super) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let asks = method == Method::OPTIONS
            && headers.contains_key(header::ORIGIN)
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !asks || self.origin.is_none() {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAXIMUM_AGE);
        Some(response)
    }

    pub(super) fn write_to(self, headers: &mut HeaderMap) {
        if self.listed {
            // Or a cache would answer one origin with what was meant for another.
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        let Some(origin) = self.origin else { return };
        if let Entry::Vacant(entry) = headers.entry(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
            entry.insert(origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
            if self.listed {
                let credentials = HeaderValue::from_static("true");
                headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_checked() {
        for good in [
            "",
            " ",
            "*",
            "https://example.org",
            "http://localhost:5173,https://a.b/",
            "HTTPS://Example.org",
        ] {
            assert!(good.parse::<CrossOrigins>().is_ok(), "{good}");
        }
        for bad in [
            "example.org",
            "https://",
            "https://a.b/c",
            "*,https://a.b",
            "ftp://a.b",
            "https://u@a.b",
            "null",
            "https://a.b?c",
        ] {
            assert!(bad.parse::<CrossOrigins>().is_err(), "{bad}");
        }
    }
}
