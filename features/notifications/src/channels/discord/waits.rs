//! What Discord said about when to come back: for one route, or for all. Limits are never known beforehand.
//! <https://discord.com/developers/docs/topics/rate-limits>

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use outbound::Answer;

/// After a 429 that says nothing else: it comes from in front of Discord, and means the address.
const BLIND: Duration = Duration::from_secs(60);
/// Beyond which those that are over are forgotten.
const MOST: usize = 1024;
const STOPPED: Duration = Duration::from_secs(60 * 60);

#[derive(Debug, Default)]
pub struct Waits {
    stopped: bool,
    all_until: Option<Timestamp>,
    /// By the opening of channels, or by the channel: the only routes that we call.
    until: HashMap<String, Timestamp>,
}

/// What an answer said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Nothing,
    Wait(Duration),
    AllWait(Duration),
}

impl Told {
    /// `retry_after` and `global` are the body's, which has fractions where the header has whole seconds.
    pub fn by(answer: &Answer, retry_after: Option<f64>, global: bool) -> Self {
        if answer.status.as_u16() != 429 {
            let spent = answer.header("x-ratelimit-remaining") == Some("0");
            let reset = answer
                .header("x-ratelimit-reset-after")
                .and_then(|text| seconds(text.parse().ok()?));
            return match reset {
                Some(wait) if spent => Self::Wait(wait),
                _ => Self::Nothing,
            };
        }
        let wait = answer.retry_after.max(retry_after.and_then(seconds));
        let known = retry_after.is_some() || answer.header("x-ratelimit-bucket").is_some();
        let all = global
            || answer.header("x-ratelimit-global").is_some()
            || answer.header("x-ratelimit-scope") == Some("global");
        match wait {
            Some(wait) if known && !all => Self::Wait(wait),
            wait => Self::AllWait(wait.unwrap_or(BLIND)),
        }
    }
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

impl Waits {
    /// How long this route has to wait, if at all.
    pub fn wait(&self, route: &str, now: Timestamp) -> Option<Duration> {
        if self.stopped {
            return Some(STOPPED);
        }
        let until = self.until.get(route).copied().max(self.all_until)?;
        Duration::try_from(until.duration_since(now))
            .ok()
            .filter(|wait| !wait.is_zero())
    }

    /// Gives the wait that was learnt.
    pub fn learn(&mut self, route: &str, told: Told, now: Timestamp) -> Option<Duration> {
        let after = |wait: Duration| now.checked_add(wait).unwrap_or(Timestamp::MAX);
        match told {
            Told::Nothing => None,
            Told::Wait(wait) => {
                if self.until.len() >= MOST {
                    self.until.retain(|_, until| *until > now);
                }
                self.until.insert(route.to_owned(), after(wait));
                Some(wait)
            }
            Told::AllWait(wait) => {
                self.all_until = self.all_until.max(Some(after(wait)));
                Some(wait)
            }
        }
    }

    /// Nothing more is sent.
    pub fn stop(&mut self) {
        self.stopped = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], retry_after: Option<u64>) -> Answer {
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            map.insert(name, value.parse().unwrap());
        }
        Answer {
            status: http::StatusCode::from_u16(status).unwrap(),
            headers: map,
            body: Default::default(),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn the_longer_of_header_and_body_counts() {
        let bucket = [("x-ratelimit-bucket", "abcd")];
        for (answer, body, global, want) in [
            (
                answer(429, &bucket, Some(65)),
                Some(64.57),
                false,
                Told::Wait(ms(65_000)),
            ),
            (
                answer(429, &bucket, Some(1)),
                Some(1.337),
                false,
                Told::Wait(ms(1_337)),
            ),
            (
                answer(429, &bucket, None),
                Some(0.5),
                true,
                Told::AllWait(ms(500)),
            ),
            (
                answer(429, &[("x-ratelimit-global", "true")], Some(2)),
                Some(1.5),
                false,
                Told::AllWait(ms(2_000)),
            ),
            (
                answer(429, &[("x-ratelimit-scope", "shared"), bucket[0]], Some(3)),
                None,
                false,
                Told::Wait(ms(3_000)),
            ),
            // From in front of Discord: it means the address.
            (
                answer(429, &[], Some(600)),
                None,
                false,
                Told::AllWait(ms(600_000)),
            ),
            (answer(429, &[], None), None, false, Told::AllWait(BLIND)),
            (
                answer(429, &bucket, None),
                Some(f64::NAN),
                false,
                Told::AllWait(BLIND),
            ),
            (
                answer(
                    200,
                    &[
                        ("x-ratelimit-remaining", "0"),
                        ("x-ratelimit-reset-after", "0.75"),
                    ],
                    None,
                ),
                None,
                false,
                Told::Wait(ms(750)),
            ),
            (
                answer(
                    200,
                    &[
                        ("x-ratelimit-remaining", "1"),
                        ("x-ratelimit-reset-after", "0.75"),
                    ],
                    None,
                ),
                None,
                false,
                Told::Nothing,
            ),
            (answer(200, &[], None), None, false, Told::Nothing),
        ] {
            assert_eq!(Told::by(&answer, body, global), want, "{answer:?}");
        }
    }

    #[test]
    fn one_route_waits_alone_and_all_wait_together() {
        let mut waits = Waits::default();
        let now = Timestamp::UNIX_EPOCH;
        waits.learn("1", Told::Wait(ms(5_000)), now);
        assert_eq!(waits.wait("1", now + ms(1_000)), Some(ms(4_000)));
        assert_eq!(waits.wait("2", now), None);
        assert_eq!(waits.wait("1", now + ms(5_000)), None);
        waits.learn("2", Told::AllWait(ms(9_000)), now);
        assert_eq!(waits.wait("1", now), Some(ms(9_000)));
        assert_eq!(waits.wait("3", now + ms(9_000)), None);
        waits.stop();
        assert!(waits.wait("3", now + ms(9_000)).is_some());
    }
}
