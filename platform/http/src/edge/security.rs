//! Headers that tell browsers what not to do with our answers. What a handler set itself, such as the policy of a
//! web page, stays.

use http::header::{self, Entry};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Answers of an API are data: nothing in them is to be run, framed, or loaded by pages of others.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Two years, as the preload list asks for. Other names under the domain are their owners' affair.
const STRICT_TRANSPORT: &str = "max-age=63072000";

#[derive(Clone, Debug)]
pub(super) struct SecurityHeaders(Vec<(HeaderName, HeaderValue)>);

impl SecurityHeaders {
    /// `strict_transport` makes browsers insist on HTTPS from the first answer on.
    pub(super) fn new(strict_transport: bool) -> Self {
        let strict =
            strict_transport.then_some((header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT));
        let headers = ALWAYS.into_iter().chain(strict);
        Self(
            headers
                .map(|(name, value)| (name, HeaderValue::from_static(value)))
                .collect(),
        )
    }

    pub(super) fn write_to(&self, headers: &mut HeaderMap) {
        headers.reserve(self.0.len() + 1);
        for (name, value) in &self.0 {
            if let Entry::Vacant(entry) = headers.entry(name) {
                entry.insert(value.clone());
            }
        }
    }
}
