//! How long the server takes to bring a board into memory when it starts.

use anyhow::Result;

use super::Stage;
use crate::numbers::{median, readable};
use crate::report::{Line, Report, Wanted};
use crate::server::Server;

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    let mut times = Vec::new();
    for round in 1..=stage.scale.rounds {
        report.say(&format!("start of the server, round {round}"));
        let server = Server::start(&stage.recipe("info"), &stage.cluster).await?;
        times.push(server.load_time("global").await?);
        server.stop().await?;
    }
    let what = format!(
        "load of {} rows at the start",
        readable(stage.scale.players as f64)
    );
    report.add(
        Line::new(&what, "ms")
            .ours(median(times))
            .wanted(Wanted::AtMost(2000.0))
            .note("as the server's log tells for `global`: from PostgreSQL's first row to the finished index"),
    );
    Ok(())
}
