//! What the same costs where there is little and where there is much.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::Stage;
use crate::load::{self, Load, Outcome, ask};
use crate::numbers::median;
use crate::report::{Line, Report, Wanted};
use crate::requests::{self, Requests};

pub(super) const CONNECTIONS: usize = 64;

pub(super) async fn ask_often(
    stage: &Stage,
    address: SocketAddr,
    requests: &Arc<Requests>,
) -> Result<Outcome> {
    let load = Load {
        connections: CONNECTIONS,
        warm_up: Duration::from_millis(500),
        time: stage.scale.time,
    };
    load::run(address, Arc::clone(requests), load).await
}

/// By turns; the ratio is what is wanted of.
pub(super) async fn small_against_large(
    stage: &Stage,
    address: SocketAddr,
    requests: [String; 2],
    what: &str,
    at_most: f64,
    report: &mut Report,
) -> Result<()> {
    let [small, large] = requests.map(|request| {
        let mut repeated = Requests::repeated();
        repeated.add(request.as_bytes());
        Arc::new(repeated)
    });
    let (mut of_small, mut of_large, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut bytes = [0, 0];
    for round in 1..=stage.scale.rounds {
        report.say(&format!("{what}, round {round}"));
        let few = ask_often(stage, address, &small).await?;
        let many = ask_often(stage, address, &large).await?;
        of_small.push(1e6 / few.rate);
        of_large.push(1e6 / many.rate);
        ratios.push(few.rate / many.rate);
        bytes = [few.body_bytes, many.body_bytes];
    }
    report.add(
        Line::new(what, "µs a request")
            .ours(median(of_large))
            .against(median(of_small), median(ratios))
            .wanted(Wanted::AtMost(at_most))
            .note(&format!(
                "the ceiling is the small one; bodies of {} and {} bytes, {CONNECTIONS} connections",
                bytes[0], bytes[1]
            )),
    );
    Ok(())
}

/// The path of a page, counted from 1, which is only reached over those before it.
pub(super) async fn page(
    address: SocketAddr,
    token: &str,
    first: &str,
    number: usize,
) -> Result<String> {
    let mut path = first.to_owned();
    for _ in 1..number {
        let (status, body) = ask(address, requests::get(&path, Some(token)).as_bytes()).await?;
        ensure!(status == 200, "a page was answered {status}");
        let body: serde_json::Value = serde_json::from_slice(&body)?;
        let cursor = body["nextCursor"]
            .as_str()
            .context("there is another page")?;
        path = format!("{first}&cursor={cursor}");
    }
    Ok(path)
}
