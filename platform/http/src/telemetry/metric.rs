//! The process's metrics, in Prometheus' text format.

use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// From half a millisecond, which a rank takes, to ten seconds, after which nobody waits.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// Of whatever isn't a time: rows in a batch, for one.
const SIZES: [f64; 12] = [
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0,
];

/// Samples of histograms are kept as they come until they are sorted into buckets: by rendering, or this often.
const UPKEEP: Duration = Duration::from_secs(5);

/// Renders what was measured.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Prometheus' text format, version 0.0.4.
    pub fn render(&self) -> String {
        self.0.render()
    }
}

/// Has everything measured from here on, and says how to render it. The first call counts; further ones answer the
/// same. It must come before the first request, since the edge keeps what it once found.
pub fn metrics_recorder() -> Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(install).clone()
}

fn install() -> Metrics {
    let builder = PrometheusBuilder::new();
    // Only an empty list of buckets is refused.
    let builder = builder
        .set_buckets(&SIZES)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        })
        .unwrap_or_default();
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("metrics go elsewhere: another recorder was there before");
    }
    describe();
    let upkeep = handle.clone();
    let started = thread::Builder::new()
        .name("metrics".to_owned())
        .spawn(move || {
            loop {
                thread::park_timeout(UPKEEP);
                upkeep.run_upkeep();
            }
        });
    if let Err(error) = started {
        tracing::error!(cause = %error, "metrics are only tidied when they are read");
    }
    Metrics(handle)
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!(
        "http_requests_total",
        "Requests answered, by method, route and status."
    );
    describe_histogram!(
        "http_request_duration_seconds",
        "Time until the head of the answer was made, by method and route."
    );
    describe_counter!(
        "rate_limit_hits_total",
        "Requests refused by a rate limit, by endpoint."
    );
    describe_gauge!("http_connections_active", "Connections that are open.");
    describe_counter!(
        "connections_stalled_total",
        "Connections cut off since the client took nothing of its answer for too long."
    );
}
