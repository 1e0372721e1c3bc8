//! What this machine does without us, for whoever wants to know nothing else.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::Stage;
use crate::load::{self, Load};
use crate::pgbench;
use crate::process::{Process, free_address};
use crate::report::{Line, Report};
use crate::requests::Requests;

const CONNECTIONS: usize = 64;

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    let scale = &stage.scale;
    let bare = start_handler(stage).await?;
    pgbench::prepare(&stage.cluster, scale.writers).await?;
    let load = Load {
        connections: CONNECTIONS,
        warm_up: Duration::from_millis(500),
        time: scale.time,
    };
    for _ in 0..scale.rounds {
        let body = Arc::new(Requests::get(["/".to_owned()]));
        let outcome = load::run(bare.address, body, load).await?;
        let latency = format!(
            "p50 {:.2} ms, p99 {:.2} ms",
            outcome.latency(0.5),
            outcome.latency(0.99)
        );
        report.add(
            Line::new("a bare axum handler", "requests/s")
                .ours(outcome.rate)
                .note(&latency),
        );
        let upserts =
            pgbench::upserts_each_second(&stage.cluster, scale.writers, scale.time, &stage.folder);
        report.add(
            Line::new("one-row upserts, 64 connections", "a second")
                .ours(upserts.await?)
                .note(pgbench::client(&stage.cluster)),
        );
        let commit = pgbench::one_commit(&stage.cluster, scale.writers, scale.time).await?;
        report.add(Line::new("one upsert, 1 connection, p50", "ms").ours(commit));
    }
    Ok(())
}

/// The bare axum handler, in a process of its own.
pub(super) async fn start_handler(stage: &Stage) -> Result<Process> {
    let address = free_address().await?;
    let arguments = ["handler".to_owned(), address.to_string()];
    Process::ourselves(&arguments, address, &stage.folder.join("handler.log")).await
}
