//! What is done beside the requests, for as long as the server runs.

use std::time::Duration;

use db::Database;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::edge::PerIp;
use crate::tasks::every;
use crate::wiring::Features;

const PURGE_SESSIONS: Duration = Duration::from_secs(10 * 60);
const SWEEP_LIMITS: Duration = Duration::from_secs(60);
const MEASURE: Duration = Duration::from_secs(5);

pub fn start(
    features: &Features,
    database: &Database,
    per_ip: PerIp,
    shutdown: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    let accounts = features.accounts.clone();
    let purge = every(
        "purge sessions",
        PURGE_SESSIONS,
        shutdown.clone(),
        move || {
            let accounts = accounts.clone();
            async move {
                match accounts.purge_expired_sessions().await {
                    Ok(0) => {}
                    Ok(count) => tracing::debug!(count, "expired sessions were removed"),
                    Err(error) => tracing::warn!(%error, "expired sessions could not be removed"),
                }
            }
        },
    );
    let scores = features.scores.clone();
    let sweep = every("sweep limits", SWEEP_LIMITS, shutdown.clone(), move || {
        scores.sweep();
        per_ip.sweep();
        std::future::ready(())
    });
    let database = database.clone();
    let measure = every("measure", MEASURE, shutdown.clone(), move || {
        let (size, idle) = (database.pool().size(), database.pool().num_idle());
        metrics::gauge!("db_pool_connections", "state" => "idle").set(idle as f64);
        metrics::gauge!("db_pool_connections", "state" => "busy")
            .set(f64::from(size) - idle as f64);
        std::future::ready(())
    });
    vec![purge, sweep, measure]
}
