use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer that was read to its end.
#[derive(Debug)]
pub struct Answer {
    /// `GET /api/v1/me`: what was asked, for messages.
    pub asked: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{}: not JSON ({error}): {}", self.asked, self.text()),
        }
    }

    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}: {}",
            self.asked,
            self.text()
        );
        self
    }

    /// 200, and the JSON.
    #[track_caller]
    pub fn assert_ok(&self) -> Value {
        self.assert_status(200).json()
    }

    /// 201, and the JSON.
    #[track_caller]
    pub fn assert_created(&self) -> Value {
        self.assert_status(201).json()
    }

    /// 204, without a body.
    #[track_caller]
    pub fn assert_gone(&self) {
        assert!(
            self.assert_status(204).body.is_empty(),
            "{}: {}",
            self.asked,
            self.text()
        );
    }

    /// The error with this status and code, in the shape that every error has.
    #[track_caller]
    pub fn assert_error(&self, status: u16, code: &str) -> Value {
        self.assert_status(status);
        let body = self.json();
        let asked = &self.asked;
        assert_eq!(body["code"], code, "{asked}: {body}");
        let sentence = body["error"].as_str().unwrap_or_default();
        assert!(
            sentence.ends_with('.') && sentence.len() > 10,
            "{asked}: no sentence: {body}"
        );
        assert_eq!(
            body["requestId"].as_str(),
            self.header("x-request-id"),
            "{asked}: {body}"
        );
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{asked}"
        );
        for name in body.as_object().into_iter().flat_map(|body| body.keys()) {
            assert!(
                ["error", "code", "requestId", "details"].contains(&name.as_str()),
                "{asked}: {body}"
            );
        }
        for detail in body["details"].as_array().into_iter().flatten() {
            assert!(
                detail["field"].is_string() && detail["message"].is_string(),
                "{asked}: {body}"
            );
        }
        if matches!(status, 429 | 503) {
            let wait: Option<u64> = self
                .header("retry-after")
                .and_then(|seconds| seconds.parse().ok());
            assert!(
                wait.is_some_and(|seconds| seconds > 0),
                "{asked}: no Retry-After: {body}"
            );
        }
        body
    }

    /// 422 that names this field.
    #[track_caller]
    pub fn assert_invalid(&self, field: &str) {
        let body = self.assert_error(422, "validation_failed");
        let named = body["details"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|detail| {
                let is_named = detail["field"] == field;
                // Where JSON has the wrong shape, the field may be told in the sentence alone.
                is_named
                    || detail["message"]
                        .as_str()
                        .is_some_and(|message| message.contains(field))
            });
        assert!(named, "{}: {field} isn't named: {body}", self.asked);
    }
}
