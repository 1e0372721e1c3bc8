//! When to try again.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::Timestamp;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Whoever says to come back later than this is asked after a day all the same.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The pause after the `failed`-th attempt (from 1): twice as long each time, of which `chance` (0–1) decides one half,
/// so that those who failed together don't come back together.
pub fn backoff(failed: u32, chance: f64) -> Duration {
    let doubled = failed.saturating_sub(1).min(16);
    let whole = FIRST_PAUSE.saturating_mul(1 << doubled).min(LONGEST_PAUSE);
    whole / 2 + (whole / 2).mul_f64(chance.clamp(0.0, 1.0))
}

/// What the header `Retry-After` says (RFC 9110 §10.2.3): seconds, or a date, which may be past. Fractions of seconds
/// aren't in the RFC and are sent all the same.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if text.starts_with(|first: char| first.is_ascii_digit()) {
        Duration::try_from_secs_f64(text.parse().ok()?).unwrap_or(LONGEST_RETRY_AFTER)
    } else {
        let date = jiff::fmt::rfc2822::parse(text).ok()?;
        Duration::try_from(date.timestamp().duration_since(now)).unwrap_or_default()
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, text.parse().unwrap());
        let now = "1994-11-06T08:49:00Z".parse().unwrap();
        retry_after(&headers, now).map(|wait| wait.as_millis() as u64)
    }

    #[test]
    fn seconds_and_dates_are_understood_and_bounded() {
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("120"), Some(120_000));
        assert_eq!(read("64.57"), Some(64_570));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(37_000));
        assert_eq!(read("Sun, 06 Nov 1994 08:48:37 GMT"), Some(0));
        assert_eq!(read("Fri, 06 Nov 2093 08:49:37 GMT"), Some(86_400_000));
        assert_eq!(read("99999999999999999999999"), Some(86_400_000));
        for text in [
            "",
            "-1",
            "soon",
            "1 minute",
            "Sun, 32 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn pauses_grow_within_bounds(failed in 1..100_u32, chance in 0.0..1.0_f64) {
            let pause = backoff(failed, chance);
            prop_assert!(pause >= FIRST_PAUSE / 2 && pause <= LONGEST_PAUSE);
            prop_assert!(backoff(failed + 1, chance) >= pause);
        }

        #[test]
        fn any_header_is_read_without_a_panic(text in "[ -~]{0,40}") {
            read(&text);
        }
    }
}
