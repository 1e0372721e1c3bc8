//! How the configuration shapes the edge: limits, proxies, origins, logs.

use std::io::IsTerminal;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http_api::telemetry::{self, LogConfig, LogError, LogGuard};
use http_api::{AdjustableLimiter, EdgeConfig, Rate, ServeConfig};
use kernel::Clock;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, LogFormat, LogsSection};
use crate::settings::Settings;
use crate::wiring::Features;

/// What RATE_LIMIT_PER_IP counts in.
const PER_IP_WINDOW: Duration = Duration::from_secs(60);
/// While the server starts there is nothing worth waiting for.
const EARLY_DRAIN: Duration = Duration::from_millis(200);

/// Connections beside streams.
const OTHER_CONNECTIONS: usize = 5_000;

pub type PerIp = Arc<AdjustableLimiter<IpAddr>>;

const UNSUBSCRIBE: &str = "/api/v1/unsubscribe/";

/// The limit by address, as the settings have it. Somebody has to sweep it.
pub fn per_ip(settings: &Settings, clock: &Clock) -> PerIp {
    let limiter = Arc::new(AdjustableLimiter::new("per_ip", clock.clone()));
    let limited = Arc::clone(&limiter);
    settings.follow(move |present| {
        let limits = &present.limits;
        limited.set(limits.enabled.then_some(Rate {
            requests: limits.per_ip,
            window: PER_IP_WINDOW,
        }));
    });
    limiter
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
    let behind_tls = config
        .server
        .public_url
        .as_ref()
        .is_some_and(|url| url.starts_with("https://"));
    let edge = EdgeConfig {
        strict_transport: config.is_production() && behind_tls,
        cross_origins: config.server.cors_origins.clone(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        per_ip: Some(per_ip),
        exempt: Some(Arc::new(move |path, headers| {
            // The mailboxes of a large provider unsubscribe from a few addresses.
            path.starts_with(UNSUBSCRIBE) || accounts.is_valid_api_key(headers)
        })),
        ..EdgeConfig::new(clock)
    };
    // Room for other requests while every stream is taken.
    let connections = ServeConfig {
        maximum_connections: config.events.max_connections + OTHER_CONNECTIONS,
        ..ServeConfig::default()
    };
    spawn(
        listener,
        http_api::apply(router, edge),
        connections,
        config.server.drain_timeout,
        shutdown,
    )
}

/// Serves what can be answered while the server starts.
pub fn serve_early(
    listener: TcpListener,
    router: Router,
    clock: Clock,
    stop: CancellationToken,
) -> JoinHandle<()> {
    spawn(
        listener,
        http_api::apply(router, EdgeConfig::new(clock)),
        ServeConfig::default(),
        EARLY_DRAIN,
        stop,
    )
}

fn spawn(
    listener: TcpListener,
    router: Router,
    config: ServeConfig,
    drain: Duration,
    stop: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(http_api::serve(listener, router, config, stop, drain))
}

/// Begins to log, for the whole process and until the guard is dropped. Says whether a person is meant to read it.
///
/// # Errors
/// If the log can't be started.
pub fn start_log(logs: &LogsSection, is_production: bool) -> Result<(LogGuard, bool), LogError> {
    let pretty = match logs.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => !is_production && std::io::stdout().is_terminal(),
    };
    let guard = telemetry::init(&LogConfig {
        // PostgreSQL's notices, such as "already exists, skipping", are for whoever debugs.
        level: if logs.level == "info" {
            "info,sqlx::postgres::notice=warn".to_owned()
        } else {
            logs.level.clone()
        },
        format: if pretty {
            telemetry::LogFormat::Pretty
        } else {
            telemetry::LogFormat::Json
        },
        service: "grandstand".to_owned(),
    })?;
    Ok((guard, pretty))
}
