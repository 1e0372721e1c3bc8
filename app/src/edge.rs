//! How the configuration shapes the edge: limits, proxies, origins, logs.

use std::io::IsTerminal;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http_api::{EdgeConfig, RateLimiter};
use kernel::Clock;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, LogFormat, LogsSection};
use crate::wiring::Features;

/// What RATE_LIMIT_PER_IP counts in.
const PER_IP_WINDOW: Duration = Duration::from_secs(60);
/// While the server starts there is nothing worth waiting for.
const EARLY_DRAIN: Duration = Duration::from_millis(200);

pub type PerIp = Option<Arc<RateLimiter<IpAddr>>>;

/// The limit by address, which somebody has to sweep.
pub fn per_ip(config: &Config, clock: &Clock) -> PerIp {
    let limits = &config.limits;
    let limiter = || RateLimiter::new("per_ip", limits.per_ip, PER_IP_WINDOW, clock.clone());
    limits.enabled.then(|| Arc::new(limiter()))
}

/// Serves all routes until `shutdown`, and then what has begun, for DRAIN_TIMEOUT at the most.
pub fn serve(
    config: &Config,
    clock: Clock,
    listener: TcpListener,
    router: Router,
    features: &Features,
    per_ip: PerIp,
    shutdown: CancellationToken,
) -> JoinHandle<()> {
    let accounts = features.accounts.clone();
    let behind_tls = config.server.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    let edge = EdgeConfig {
        strict_transport: config.is_production() && behind_tls,
        cross_origins: config.server.cors_origins.clone(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        per_ip,
        exempt: Some(Arc::new(move |headers| accounts.is_valid_api_key(headers))),
        ..EdgeConfig::new(clock)
    };
    spawn(listener, http_api::apply(router, edge), config.server.drain_timeout, shutdown)
}

/// Serves what can be answered while the server starts.
pub fn serve_early(listener: TcpListener, router: Router, clock: Clock, stop: CancellationToken) -> JoinHandle<()> {
    spawn(listener, http_api::apply(router, EdgeConfig::new(clock)), EARLY_DRAIN, stop)
}

fn spawn(listener: TcpListener, router: Router, drain: Duration, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        http_api::serve(listener, router, drain, stop).await;
    })
}

/// Begins to log, for the whole process. Returns whether a person is meant to read it.
pub fn start_logs(logs: &LogsSection, is_production: bool) -> bool {
    let pretty = match logs.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => !is_production && std::io::stdout().is_terminal(),
    };
    http_api::telemetry::start(&logs.level, pretty);
    pretty
}
