//! The response: one connection's stream, from its first byte to its farewell.
//!
//! [`EventBody`] is a hand-written body of a few hundred bytes: no task, no queue, one timer. hyper polls
//! it only while the connection's write buffer has room, so a slow client holds at most a few shared
//! events and then simply isn't polled, while its topic moves on: memory is bounded by design. What this
//! can't do is to notice a socket that stalls for good, as a body that isn't polled can't end either:
//! cutting it off is left to the write timeout of the server (`platform/http`), which drops the body and
//! with it the permit and the subscription.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body::Frame;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::capacity::{Ending, Permit};
use crate::event::Event;
use crate::inbox::Inbox;
use crate::topic::Subscription;

/// The comment makes clients and proxies that wait for a first byte open at once; the `retry:` undoes a
/// longer one that an earlier stream ended with.
const OPENING: Bytes = Bytes::from_static(b": ok\n\nretry: 2000\n\n");
const PING: Bytes = Bytes::from_static(b": ping\n\n");

/// Wait before reconnecting, in milliseconds, after a normal end: soon, but not all at once.
const SOON: (u64, u64) = (2_000, 5_000);
/// The same when there is no room.
const LATER: (u64, u64) = (10_000, 20_000);

/// Bounds on the settings: no ping of zero that floods, no time that overflows.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How streams are kept. Both times are held between 10 ms and a week.
#[derive(Clone, Copy, Debug)]
pub struct StreamSettings {
    /// The longest silence: an idle stream gets a comment before, which keeps proxies from closing it
    /// and finds clients that are gone.
    pub ping_interval: Duration,
    /// How long a stream lives, and up to a tenth more. The client then reconnects, which spreads
    /// connections over servers and checks the session again.
    pub maximum_life: Duration,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(15),
            maximum_life: Duration::from_secs(30 * 60),
        }
    }
}

impl StreamSettings {
    /// The response that streams `source`. The body holds `permit`, and ends early where what allows to watch is good
    /// for less time.
    ///
    /// To be called within a tokio runtime.
    pub fn respond(
        &self,
        source: impl Into<Source>,
        permit: Permit,
        good_for: Option<Duration>,
    ) -> Response {
        response(Body::new(EventBody::new(
            self,
            source.into(),
            permit,
            good_for,
            rand::random(),
        )))
    }
}

/// The answer when there is no room: 200, since browsers never come back after a 429 or 503, with a long
/// `retry:`, and the end.
pub fn overloaded() -> Response {
    let retry = between(LATER, rand::random());
    response(Body::new(Farewell(Some(
        Event::new().comment("busy").retry(retry).encode(),
    ))))
}

fn response(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // nginx would collect events until its buffer is full.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The place in a range that `chance`, of all `u32` alike, stands for.
fn between((from, to): (u64, u64), chance: u32) -> u64 {
    from + (((to - from) * u64::from(chance)) >> 32)
}

/// Where a stream's events come from.
#[derive(Debug)]
pub enum Source {
    Topic(Subscription),
    Inbox(Inbox),
}

impl Source {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match self {
            Self::Topic(subscription) => subscription.poll_next(context),
            Self::Inbox(inbox) => inbox.poll_next(context),
        }
    }
}

impl From<Subscription> for Source {
    fn from(subscription: Subscription) -> Self {
        Self::Topic(subscription)
    }
}

impl From<Inbox> for Source {
    fn from(inbox: Inbox) -> Self {
        Self::Inbox(inbox)
    }
}

/// One connection's stream, as a response body.
pub struct EventBody {
    stage: Stage,
    /// Drawn once for each connection: its share of all that is jittered.
    chance: u32,
    source: Source,
    permit: Permit,
    ping_interval: Duration,
    ends_at: Instant,
    last_sent: Instant,
    /// Wakes for the next ping or the end. An event doesn't touch it, only `last_sent`: it is set anew
    /// once it has fired.
    timer: Pin<Box<Sleep>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Opening,
    Open,
    Ended,
}

impl EventBody {
    fn new(
        settings: &StreamSettings,
        source: Source,
        permit: Permit,
        good_for: Option<Duration>,
        chance: u32,
    ) -> Self {
        let share = f64::from(chance) / f64::from(u32::MAX);
        // Between 0.8 and 1 of the interval, since those who saw the same last event would otherwise all
        // be pinged in the same moment.
        let ping_interval = settings
            .ping_interval
            .clamp(SHORTEST, LONGEST)
            .mul_f64(0.8 + 0.2 * share);
        let life = settings.maximum_life.clamp(SHORTEST, LONGEST);
        let now = Instant::now();
        let life = life.mul_f64(1.0 + 0.1 * share);
        let ends_at = now + good_for.map_or(life, |good_for| good_for.min(life));
        Self {
            stage: Stage::Opening,
            chance,
            source,
            permit,
            ping_interval,
            ends_at,
            last_sent: now,
            timer: Box::pin(sleep_until(ends_at.min(now + ping_interval))),
        }
    }

    fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match self.stage {
            Stage::Opening => {
                self.stage = Stage::Open;
                return Poll::Ready(Some(OPENING));
            }
            Stage::Open => {}
            Stage::Ended => return Poll::Ready(None),
        }
        if let Poll::Ready(ending) = self.permit.poll_ending(context) {
            return self.end(match ending {
                // Sooner, it would displace the next one, and all of them in turn for ever.
                Ending::Displaced => LATER,
                Ending::Revoked | Ending::ShuttingDown => SOON,
            });
        }
        if let Poll::Ready(event) = self.source.poll_next(context) {
            let Some(event) = event else {
                return self.end(SOON);
            };
            self.last_sent = Instant::now();
            return Poll::Ready(Some(event));
        }
        self.poll_timer(context)
    }

    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            ready!(self.timer.as_mut().poll(context));
            let now = Instant::now();
            if now >= self.ends_at {
                return self.end(SOON);
            }
            let silent = now >= self.last_sent + self.ping_interval;
            if silent {
                self.last_sent = now;
            }
            let next = self.ends_at.min(self.last_sent + self.ping_interval);
            self.timer.as_mut().reset(next);
            if silent {
                return Poll::Ready(Some(PING));
            }
        }
    }

    fn end(&mut self, retry: (u64, u64)) -> Poll<Option<Bytes>> {
        self.stage = Stage::Ended;
        let retry = between(retry, self.chance);
        Poll::Ready(Some(Event::new().retry(retry).encode()))
    }
}

impl http_body::Body for EventBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll_bytes(context)
            .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.stage == Stage::Ended
    }
}

/// A body of one block, whose length isn't told: a stream like the others.
struct Farewell(Option<Bytes>);

impl http_body::Body for Farewell {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(test)]
mod tests;
