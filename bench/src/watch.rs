//! Thousands of clients of one event stream, on a thread of their own, and what reaches them when.
//!
//! A change is told by a number in its event, like the best score on a board, which only rises. The clock of a change
//! starts when its request is sent, and stops when a client has read the whole event; both are in this process.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use hdrhistogram::Histogram;
use memchr::memmem::find;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

/// The changes of one run, in order, and when each was sent.
#[derive(Debug)]
pub struct Changes {
    /// What the number comes after in an event.
    mark: &'static str,
    /// The number before the first of them.
    base: u64,
    sent: Vec<OnceLock<Instant>>,
    /// As many at the start aren't counted.
    warm_up: usize,
}

impl Changes {
    pub fn new(mark: &'static str, base: u64, warm_up: usize, counted: usize) -> Self {
        Self {
            mark,
            base,
            sent: (0..warm_up + counted).map(|_| OnceLock::new()).collect(),
            warm_up,
        }
    }

    pub fn len(&self) -> usize {
        self.sent.len()
    }

    pub fn counted(&self) -> usize {
        self.sent.len() - self.warm_up
    }

    /// The change of this number is sent now.
    pub fn send(&self, number: usize) {
        let _ = self.sent[number].set(Instant::now());
    }

    /// Which change an event tells, and when that was sent.
    fn told_by(&self, event: &[u8]) -> Option<(usize, Instant)> {
        let digits = &event[find(event, self.mark.as_bytes())? + self.mark.len()..];
        let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
        let told = digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        let number = usize::try_from(told.checked_sub(self.base + 1)?).ok()?;
        Some((number, *self.sent.get(number)?.get()?))
    }
}

/// What all clients have seen.
#[derive(Debug)]
pub struct Seen {
    /// Microseconds.
    delays: Histogram<u64>,
    /// Counted changes that didn't reach a client, over all clients.
    pub skipped: u64,
    /// Clients that didn't see the last change.
    pub without_last: u64,
    /// The length of the longest event.
    pub event_bytes: usize,
}

impl Seen {
    /// In milliseconds, the delay that this share of the events had at the most.
    pub fn delay(&self, share: f64) -> f64 {
        self.delays.value_at_quantile(share) as f64 / 1000.0
    }
}

/// One client's view.
struct View {
    delays: Histogram<u64>,
    received: usize,
    last: Option<usize>,
    event_bytes: usize,
}

/// Clients that are connected.
#[derive(Debug)]
pub struct Watchers {
    stop: watch::Sender<bool>,
    seen: oneshot::Receiver<Result<Seen>>,
}

impl Watchers {
    /// Connects a client with each of these requests, and returns when every one of them has had its first bytes.
    pub async fn connect(
        address: SocketAddr,
        requests: Vec<String>,
        changes: Arc<Changes>,
    ) -> Result<Self> {
        let count = requests.len();
        let (stop, stopped) = watch::channel(false);
        let (tell, seen) = oneshot::channel();
        let open = Arc::new(AtomicUsize::new(0));
        let opened = Arc::clone(&open);
        std::thread::Builder::new()
            .name("watchers".to_owned())
            .spawn(move || {
                // If nobody waits any more, nobody wants to know.
                let _ = tell.send(run(address, &requests, &changes, &opened, &stopped));
            })?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while open.load(Ordering::Relaxed) < count {
            if !seen.is_empty() {
                seen.await.context("the clients' thread ended early")??;
                bail!("the clients ended early");
            }
            if Instant::now() > deadline {
                bail!(
                    "only {} of {count} streams opened",
                    open.load(Ordering::Relaxed)
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { stop, seen })
    }

    /// Disconnects all of them.
    pub async fn finish(self) -> Result<Seen> {
        let _ = self.stop.send(true);
        self.seen.await.context("the clients' thread ended early")?
    }
}

fn run(
    address: SocketAddr,
    requests: &[String],
    changes: &Arc<Changes>,
    opened: &Arc<AtomicUsize>,
    stopped: &watch::Receiver<bool>,
) -> Result<Seen> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut clients = JoinSet::new();
        for request in requests {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(request.as_bytes()).await?;
            let (changes, opened, mut stopped) =
                (Arc::clone(changes), Arc::clone(opened), stopped.clone());
            clients.spawn(async move {
                let mut view = View::new()?;
                tokio::select! {
                    ended = view.follow(&mut stream, &changes, &opened) => ended?,
                    _ = stopped.wait_for(|stopped| *stopped) => {}
                }
                anyhow::Ok(view)
            });
        }
        let mut seen = Seen {
            delays: View::new()?.delays,
            skipped: 0,
            without_last: 0,
            event_bytes: 0,
        };
        while let Some(view) = clients.join_next().await {
            let view = view??;
            seen.delays.add(&view.delays)?;
            seen.skipped += (changes.counted() - view.received) as u64;
            seen.without_last += u64::from(view.last != changes.len().checked_sub(1));
            seen.event_bytes = seen.event_bytes.max(view.event_bytes);
        }
        Ok(seen)
    })
}

impl View {
    fn new() -> Result<Self> {
        Ok(Self {
            // Up to ten seconds, to two digits: there are thousands of these.
            delays: Histogram::new_with_bounds(1, 10_000_000, 2)?,
            received: 0,
            last: None,
            event_bytes: 0,
        })
    }

    /// Reads events until the stream ends, which it shouldn't.
    async fn follow(
        &mut self,
        stream: &mut TcpStream,
        changes: &Changes,
        opened: &AtomicUsize,
    ) -> Result<()> {
        let mut buffer = vec![0; 8192];
        let mut filled = 0;
        let mut first = true;
        loop {
            if filled == buffer.len() {
                buffer.resize(2 * filled, 0);
            }
            let count = stream.read(&mut buffer[filled..]).await?;
            if count == 0 {
                bail!(
                    "the server ended a stream: {}",
                    String::from_utf8_lossy(&buffer[..filled])
                );
            }
            if std::mem::take(&mut first) {
                let head = String::from_utf8_lossy(&buffer[..count]);
                ensure!(head.starts_with("HTTP/1.1 200"), "no stream: {head}");
                opened.fetch_add(1, Ordering::Relaxed);
            }
            filled += count;
            let now = Instant::now();
            let mut start = 0;
            while let Some(length) = find(&buffer[start..filled], b"\n\n") {
                self.take(&buffer[start..start + length + 2], now, changes)?;
                start += length + 2;
            }
            buffer.copy_within(start..filled, 0);
            filled -= start;
        }
    }

    fn take(&mut self, event: &[u8], now: Instant, changes: &Changes) -> Result<()> {
        let Some((number, sent)) = changes.told_by(event) else {
            return Ok(());
        };
        if self.last.is_some_and(|last| number <= last) {
            bail!("a stream went back, or repeated itself");
        }
        self.last = Some(number);
        if number >= changes.warm_up {
            self.received += 1;
            self.event_bytes = self.event_bytes.max(event.len());
            let delay = now.saturating_duration_since(sent).as_micros();
            self.delays
                .saturating_record(u64::try_from(delay).unwrap_or(u64::MAX));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_known_by_the_first_number_after_the_mark() {
        let changes = Changes::new("\"score\":", 100, 1, 2);
        changes.send(0);
        changes.send(2);
        let number = |event: &str| changes.told_by(event.as_bytes()).map(|(number, _)| number);
        let with = |score| format!(r#"{{"rank":1,"score":{score}}},{{"rank":2,"score":7}}"#);
        assert_eq!(
            [99, 100, 101, 102, 103, 104].map(|score| number(&with(score))),
            [None, None, Some(0), None, Some(2), None]
        );
        assert_eq!(number(": ok\n\n"), None);
    }

    #[test]
    fn delays_are_counted_after_the_warm_up_and_streams_never_go_back() {
        let changes = Changes::new("\"score\":", 0, 1, 2);
        (0..3).for_each(|number| changes.send(number));
        let mut view = View::new().unwrap();
        for score in 1..=3 {
            view.take(
                format!("{{\"score\":{score}}}\n\n").as_bytes(),
                Instant::now(),
                &changes,
            )
            .unwrap();
        }
        assert_eq!(
            (view.received, view.last, view.delays.len()),
            (2, Some(2), 2)
        );
        assert!(
            view.take(b"{\"score\":2}\n\n", Instant::now(), &changes)
                .is_err()
        );
    }
}
