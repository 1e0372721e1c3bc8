use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;

use crate::Error;

/// How long a call may take in all, waits and retries included, unless it says otherwise.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);
const CAP: usize = 1024 * 1024;

/// A call that has not been made yet. What is wrong with it is said when it is sent.
#[derive(Debug)]
#[must_use = "a request does nothing until a client sends it"]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) timeout: Duration,
    pub(crate) wanted: Wanted,
    pub(crate) retries: Option<u32>,
    /// Whether doing it twice does no harm.
    pub(crate) repeatable: bool,
    /// Whether the address came from a user.
    pub(crate) foreign: bool,
    pub(crate) problem: Option<Error>,
}

/// How much of the answer's body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it; more bytes than these are an error.
    AtMost(usize),
    Nothing,
}

impl Request {
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            // RFC 9110 §9.2.2
            repeatable: method.is_idempotent(),
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: TOTAL_TIMEOUT,
            wanted: Wanted::AtMost(CAP),
            retries: None,
            foreign: false,
            problem: None,
        }
    }

    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        let header = name
            .parse::<HeaderName>()
            .ok()
            .zip(HeaderValue::from_str(value).ok());
        match header {
            Some((name, value)) => _ = self.headers.insert(name, value),
            None => self.problem = Some(Error::BadHeader),
        }
        self
    }

    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.body(body, "application/json"),
            Err(error) => {
                self.problem = Some(Error::NotJson(error));
                self
            }
        }
    }

    /// The body of a form, as a browser would send it.
    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.body(body, "application/x-www-form-urlencoded")
    }

    pub fn body(mut self, body: impl Into<Bytes>, content_type: &'static str) -> Self {
        self.body = body.into();
        let content_type = HeaderValue::from_static(content_type);
        self.headers.insert(header::CONTENT_TYPE, content_type);
        self
    }

    /// Until when there must be an answer, retries and waits included; [`TOTAL_TIMEOUT`] unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The most bytes of the answer's body; one megabyte unless set.
    pub fn cap(mut self, bytes: usize) -> Self {
        self.wanted = Wanted::AtMost(bytes);
        self
    }

    /// Reads the status and the headers only, however long or slow the rest may be.
    pub fn without_body(mut self) -> Self {
        self.wanted = Wanted::Nothing;
        self
    }

    /// How often at most it is tried again; as the client is configured unless set.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = Some(retries);
        self
    }

    /// Says that the other side does the same thing once, though it is told twice: by a key of idempotency, for one.
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// The address came from a user: it may only lead to the public internet, and to what the configuration allows.
    pub fn foreign(mut self) -> Self {
        self.foreign = true;
        self
    }
}
