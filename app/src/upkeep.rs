//! What each server does for itself beside the requests, for as long as it runs.

use std::time::Duration;

use db::Database;
use jobs::every;
use kernel::Clock;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::edge::PerIp;
use crate::wiring::Features;

const SWEEP_LIMITS: Duration = Duration::from_secs(60);
const PURGE_MAIL_FILES: Duration = Duration::from_secs(60 * 60);
const MEASURE: Duration = Duration::from_secs(5);
/// News is no hurry, but nobody should wonder.
const PASS_ON_NEWS: Duration = Duration::from_millis(500);
const MEASURE_QUEUES: Duration = Duration::from_secs(15);

pub fn start(
    features: &Features,
    database: &Database,
    per_ip: PerIp,
    shutdown: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    let (scores, notifications) = (features.scores.clone(), features.notifications.clone());
    let sweep = every("sweep limits", SWEEP_LIMITS, move || {
        scores.sweep();
        notifications.sweep();
        per_ip.sweep();
        std::future::ready(())
    });
    let notifications = features.notifications.clone();
    let purge = every("purge mail files", PURGE_MAIL_FILES, move || {
        let notifications = notifications.clone();
        async move { notifications.purge_mail_files().await }
    });
    let database = database.clone();
    let measure = every("measure", MEASURE, move || {
        let (size, idle) = (database.pool().size(), database.pool().num_idle());
        metrics::gauge!("db_pool_connections", "state" => "idle").set(idle as f64);
        metrics::gauge!("db_pool_connections", "state" => "busy")
            .set(f64::from(size) - idle as f64);
        std::future::ready(())
    });
    vec![
        until_end(shutdown, sweep),
        until_end(shutdown, purge),
        until_end(shutdown, measure),
    ]
}

/// Depth and age of every queue, for as long as the server runs.
pub fn measure_queues(
    features: &Features,
    clock: &Clock,
    shutdown: &CancellationToken,
) -> JoinHandle<()> {
    let (jobs, clock) = (features.jobs.clone(), clock.clone());
    let measure = every("measure queues", MEASURE_QUEUES, move || {
        let (jobs, clock) = (jobs.clone(), clock.clone());
        async move {
            // While the database is away, the last numbers stand.
            let Ok(queues) = jobs.queues().await else {
                return;
            };
            let now = clock.now();
            for queue in queues {
                let age = queue
                    .oldest
                    .map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64());
                let name = queue.name;
                metrics::gauge!("job_queue_paused", "queue" => name.clone())
                    .set(f64::from(u8::from(queue.paused)));
                metrics::gauge!("job_queue_dead", "queue" => name.clone()).set(queue.dead as f64);
                metrics::gauge!("job_queue_depth", "queue" => name.clone()).set(queue.depth as f64);
                metrics::gauge!("job_queue_oldest_seconds", "queue" => name).set(age);
            }
        }
    });
    until_end(shutdown, measure)
}

/// Takes news of scores out, wherever jobs are done, and passes it on.
pub fn pass_on_news(features: &Features, shutdown: &CancellationToken) -> JoinHandle<()> {
    let features = features.clone();
    let rounds = every("pass on news", PASS_ON_NEWS, move || {
        let features = features.clone();
        async move {
            loop {
                match features.pass_on_news().await {
                    Ok(true) => {}
                    Ok(false) => break,
                    // It waits where it is.
                    Err(error) => {
                        tracing::error!(%error, "news of scores could not be passed on");
                        break;
                    }
                }
            }
        }
    });
    until_end(shutdown, rounds)
}

fn until_end(
    shutdown: &CancellationToken,
    rounds: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        shutdown.run_until_cancelled(rounds).await;
    })
}
