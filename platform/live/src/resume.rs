//! Reads `Last-Event-ID`, which is untrusted input: anything that isn't plainly one of our ids is none,
//! never an error, so the worst that a bad one brings is a snapshot.

use http::HeaderMap;

/// Longer ids are refused unread.
const MAXIMUM_LENGTH: usize = 128;

/// The id in the request's `Last-Event-ID`.
pub fn last_event_id(headers: &HeaderMap) -> Option<u64> {
    parse_last_event_id(headers.get("last-event-id")?.to_str().ok()?)
}

/// An id of ours: decimal digits only.
pub fn parse_last_event_id(text: &str) -> Option<u64> {
    // The length and the digits are checked first, since `parse` would take a sign.
    if text.len() > MAXIMUM_LENGTH || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_digits_are_ids() {
        assert_eq!(parse_last_event_id("0"), Some(0));
        assert_eq!(parse_last_event_id("18446744073709551615"), Some(u64::MAX));
        let huge = "1".repeat(1_000_000);
        let zeros = "0".repeat(129);
        for none in [
            "",
            "+1",
            "-1",
            "1.0",
            " 1",
            "1\0",
            "0x1",
            "١",
            "18446744073709551616",
            "reset",
            &huge,
            &zeros,
        ] {
            assert_eq!(parse_last_event_id(none), None);
        }
    }

    #[test]
    fn headers_of_any_bytes_are_read() {
        let with = |bytes: &[u8]| {
            let value = HeaderValue::from_bytes(bytes).expect("a header value");
            last_event_id(&HeaderMap::from_iter([(
                http::HeaderName::from_static("last-event-id"),
                value,
            )]))
        };
        assert_eq!(with(b"42"), Some(42));
        assert_eq!(with(b"\xff\xfe"), None);
        assert_eq!(with(b""), None);
        assert_eq!(last_event_id(&HeaderMap::new()), None);
    }
}
