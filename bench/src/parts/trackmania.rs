//! Records of Trackmania, asked of a made-up one that takes its time: whether its limits are what the time goes by.

mod night;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use demo::trackmania::{
    APPLICATION, Conduct, Kind, PROLIFIC, SERVICE_ACCOUNT, StandIn, Trackmania,
};
use kernel::Clock;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Stage;
use crate::load::ask;
use crate::players::Players;
use crate::report::{Line, Report, Wanted};
use crate::requests;
use crate::server::{Recipe, Server};
use crate::sign::Signer;

const DATABASE: &str = "trackmania";
/// Before each of its answers.
const LATENCY: Duration = Duration::from_millis(50);
/// Calls to Nadeo's services that a server makes at a time.
const AT_A_TIME: f64 = 4.0;
/// Of the mapper whose maps are searched.
const MAPS: u64 = 500;
/// Of another world, where alerts are checked.
const MAPPERS: usize = 200;
/// Until it is given up.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    let upstream = Upstream::start(Trackmania::new(1), Clock::system()).await?;
    search(stage, &upstream.stand_in, report).await?;
    upstream.stop().await?;
    let clock = Clock::manual(Clock::system().now());
    let world = Trackmania::with_mappers(1, MAPPERS);
    let upstream = Upstream::start(world, clock.clone()).await?;
    night::measure(stage, &upstream.stand_in, &clock, report).await?;
    upstream.stop().await
}

struct Upstream {
    stand_in: StandIn,
    shutdown: CancellationToken,
}

impl Upstream {
    async fn start(world: Trackmania, clock: Clock) -> Result<Self> {
        let shutdown = CancellationToken::new();
        let conduct = Conduct {
            latency: LATENCY,
            ..Conduct::default()
        };
        let stand_in = StandIn::start(world, conduct, clock, shutdown.clone()).await?;
        Ok(Self { stand_in, shutdown })
    }

    async fn stop(self) -> Result<()> {
        self.shutdown.cancel();
        Ok(self.stand_in.serving.await?)
    }
}

/// With limits that are none: what is measured is what we add to the calls.
fn recipe(stage: &Stage, url: &str) -> Recipe {
    let at = |name| (name, url.to_owned());
    let is = |name, value: &str| (name, value.to_owned());
    Recipe {
        database: Some(DATABASE),
        settings: vec![
            at("NADEO_CORE_URL"),
            at("NADEO_LIVE_URL"),
            at("TRACKMANIA_API_URL"),
            at("TMX_URL"),
            is("NADEO_LOGIN", SERVICE_ACCOUNT.0),
            is("NADEO_PASSWORD", SERVICE_ACCOUNT.1),
            is("TRACKMANIA_CLIENT_ID", APPLICATION.0),
            is("TRACKMANIA_CLIENT_SECRET", APPLICATION.1),
            is("NADEO_REQUESTS_PER_SECOND", "1000"),
            is("TMX_REQUESTS_PER_SECOND", "1000"),
        ],
        ..stage.recipe("warn")
    }
}

/// All maps of a mapper, each of whose leaderboards is read.
async fn search(stage: &Stage, upstream: &StandIn, report: &mut Report) -> Result<()> {
    let players = Players::new(1);
    stage.cluster.fill(Some(DATABASE), &players).await?;
    let player = players.all().next().context("there is a player")?;
    let token = Signer::new().access_token(player);
    let server = Server::start(&recipe(stage, &upstream.url), &stage.cluster).await?;
    server.settle().await?;
    let mapper = &upstream.world.mappers()[PROLIFIC];
    let mut ratios = Vec::new();
    for round in 0..stage.scale.rounds {
        // Leaderboards are good for a minute: each round is by itself.
        forget(stage).await?;
        // A question that was asked is not asked again while it is the same.
        let body = format!(
            "{{\"mapperId\":{},\"since\":\"2026-01-01T00:00:{round:02}Z\"}}",
            mapper.id
        );
        let (calls, boards) = (upstream.calls.total(), upstream.calls.of(Kind::Boards));
        let begun = Instant::now();
        let result = until_found(server.address(), &token, &body, begun).await?;
        let took = begun.elapsed().as_secs_f64();
        let calls = upstream.calls.total() - calls;
        let boards = upstream.calls.of(Kind::Boards) - boards;
        ensure!(result["complete"] == true, "something could not be seen");
        ensure!(
            result["maps"] == MAPS && boards == MAPS,
            "each map's leaderboard is asked for once: {boards} for {}",
            result["maps"]
        );
        let at_best = calls as f64 / AT_A_TIME * LATENCY.as_secs_f64();
        report.say(&format!(
            "{calls} calls in {took:.2} s, where {at_best:.2} are the least"
        ));
        ratios.push((took / at_best, took, at_best));
    }
    server.stop().await?;
    ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, took, at_best) = ratios[ratios.len() / 2];
    report.add(
        Line::new(&format!("an accurate search over {MAPS} maps"), "s")
            .ours(took)
            .against(at_best, ratio)
            .wanted(Wanted::AtMost(1.3))
            .note("the ceiling is what four calls of 50 ms at a time allow, names and tokens included; from the wish to the result"),
    );
    Ok(())
}

async fn forget(stage: &Stage) -> Result<()> {
    use sqlx::{Connection, Executor};
    let mut connection = stage.cluster.connect(Some(DATABASE)).await?;
    connection
        .execute("truncate map_boards, driver_names")
        .await?;
    connection.close().await?;
    Ok(())
}

async fn until_found(
    address: SocketAddr,
    token: &str,
    body: &str,
    begun: Instant,
) -> Result<Value> {
    let request = format!(
        "POST /api/v1/maps/search HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, answer) = ask(address, request.as_bytes()).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    ensure!(status == 202, "a search was refused: {answer}");
    let answer: Value = serde_json::from_str(&answer)?;
    let job = answer["jobId"].as_str().context("the search is a job")?;
    let request = requests::get(&format!("/api/v1/jobs/{job}"), Some(token));
    while begun.elapsed() < PATIENCE {
        let (status, answer) = ask(address, request.as_bytes()).await?;
        ensure!(status == 200, "a job was not told of: status {status}");
        let mut job: Value = serde_json::from_slice(&answer)?;
        match job["state"].as_str() {
            Some("succeeded") => return Ok(job["result"].take()),
            Some("queued" | "running") => {}
            _ => anyhow::bail!("the search failed: {job}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("the search took more than {} s", PATIENCE.as_secs())
}
