//! The load generator: a closed loop over keep-alive connections, on two threads of its own.
//!
//! Invariant: every request that is sent is answered before [`run`] returns, inside the measured time or not, so
//! that what was answered can be compared with what was written.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::requests::Requests;
use crate::response::Responses;

/// What a generator with one thread can't send, a server with two cores can answer.
const THREADS: usize = 2;

/// How hard to press, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub connections: usize,
    /// Sent but not counted: caches fill, processors wake.
    pub warm_up: Duration,
    pub time: Duration,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Answers in the measured time, by second.
    pub rate: f64,
    /// Of those, in microseconds.
    latencies: Histogram<u64>,
    /// Answers in all, with those outside the measured time.
    pub answered: u64,
    /// The length of the last body.
    pub body_bytes: usize,
}

impl Outcome {
    /// In milliseconds, the latency that this share of the answers had at the most.
    pub fn latency(&self, share: f64) -> f64 {
        self.latencies.value_at_quantile(share) as f64 / 1000.0
    }
}

/// One connection's share.
struct Tally {
    latencies: Histogram<u64>,
    answered: u64,
    body_bytes: usize,
    /// The last answer in the measured time.
    last: Option<Instant>,
}

/// Sends requests and waits for all answers. Ends early where requests run out.
pub async fn run(address: SocketAddr, requests: Arc<Requests>, load: Load) -> Result<Outcome> {
    let threads = THREADS.min(load.connections);
    let start = Instant::now() + load.warm_up;
    let mut waiting = Vec::new();
    for thread in 0..threads {
        let connections = (thread..load.connections).step_by(threads).count();
        let requests = Arc::clone(&requests);
        let (answer, result) = oneshot::channel();
        std::thread::Builder::new()
            .name("load".to_owned())
            .spawn(move || {
                // If nobody waits any more, nobody wants to know.
                let _ = answer.send(run_thread(
                    address,
                    connections,
                    &requests,
                    start,
                    load.time,
                ));
            })?;
        waiting.push(result);
    }
    let mut whole = Tally::new()?;
    for result in waiting {
        for tally in result
            .await
            .context("a thread of the load generator ended early")??
        {
            whole.latencies.add(&tally.latencies)?;
            whole.answered += tally.answered;
            whole.body_bytes = whole.body_bytes.max(tally.body_bytes);
            whole.last = whole.last.max(tally.last);
        }
    }
    let Some(last) = whole.last else {
        bail!("nothing was answered in the measured time");
    };
    Ok(Outcome {
        rate: whole.latencies.len() as f64 / (last - start).as_secs_f64(),
        latencies: whole.latencies,
        answered: whole.answered,
        body_bytes: whole.body_bytes,
    })
}

fn run_thread(
    address: SocketAddr,
    connections: usize,
    requests: &Arc<Requests>,
    start: Instant,
    time: Duration,
) -> Result<Vec<Tally>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Answers that come meanwhile are taken together. Sleeping at once would have the server wake us for each, which
        // costs it as much as the answer: on a virtual machine, waking another processor is an exit to the hypervisor.
        .on_thread_park(std::thread::yield_now)
        .build()?;
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(address)
                .await
                .context("could not connect to the server")?;
            stream.set_nodelay(true)?;
            let requests = Arc::clone(requests);
            tasks.spawn(async move { drive(stream, &requests, start, start + time).await });
        }
        let mut tallies = Vec::with_capacity(connections);
        while let Some(tally) = tasks.join_next().await {
            tallies.push(tally??);
        }
        Ok(tallies)
    })
}

async fn drive(
    mut stream: TcpStream,
    requests: &Requests,
    start: Instant,
    end: Instant,
) -> Result<Tally> {
    let mut tally = Tally::new()?;
    let mut responses = Responses::new();
    let mut sent = Instant::now();
    while sent < end
        && let Some(request) = requests.take()
    {
        stream.write_all(request).await?;
        let response = responses.read(&mut stream).await.map_err(describe)?;
        let answered = Instant::now();
        if response.status != 200 {
            let body = String::from_utf8_lossy(responses.body(response));
            bail!("a request was answered {}: {body}", response.status);
        }
        tally.answered += 1;
        tally.body_bytes = responses.body(response).len();
        if answered >= start && answered < end {
            let microseconds = (answered - sent).as_micros();
            tally
                .latencies
                .saturating_record(u64::try_from(microseconds).unwrap_or(u64::MAX));
            tally.last = Some(answered);
        }
        sent = answered;
    }
    Ok(tally)
}

fn describe(error: io::Error) -> anyhow::Error {
    anyhow::Error::new(error).context("the server hung up")
}

impl Tally {
    fn new() -> Result<Self> {
        Ok(Self {
            // Up to a minute, to three digits.
            latencies: Histogram::new_with_bounds(1, 60_000_000, 3)?,
            answered: 0,
            body_bytes: 0,
            last: None,
        })
    }
}

/// One request, and its answer's status and body.
pub async fn ask(address: SocketAddr, request: &[u8]) -> Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut responses = Responses::new();
    let response = responses.read(&mut stream).await?;
    Ok((response.status, responses.body(response).to_vec()))
}
