use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::Error;

/// What the other side said, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Empty where the request wanted none of it.
    pub body: Bytes,
    /// When we may come back, if it said so; at most a day.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// # Errors
    /// [`Error::Status`] unless it is 2xx, [`Error::NotJson`] if it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.status.is_success() {
            return Err(Error::Status(self.status.as_u16()));
        }
        serde_json::from_slice(&self.body).map_err(Error::NotJson)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The host is there, but can't serve now.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.status.as_u16(), 500 | 502 | 503 | 504)
    }

    /// The same request may fare better later.
    pub(crate) fn may_change(&self) -> bool {
        self.is_broken() || matches!(self.status.as_u16(), 408 | 429)
    }
}
