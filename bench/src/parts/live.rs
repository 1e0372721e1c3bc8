//! Thousands of streams on one board that changes ten times a second, against a bare axum fan-out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kernel::UserId;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::Stage;
use crate::database::{GAME, LIVE_DATABASE, SMALL_BOARD_PLAYERS};
use crate::load::ask;
use crate::machine::{processor_seconds, resident_bytes};
use crate::numbers::median;
use crate::players::Players;
use crate::process::{Process, free_address};
use crate::report::{Line, Report, Wanted};
use crate::requests;
use crate::response::Responses;
use crate::server::{Recipe, Server};
use crate::sign::Signer;
use crate::watch::{Changes, Seen, Watchers};

const EVENTS: &str = "/api/v1/leaderboards/global/events";
/// The first score in an event is that of the first entry.
const MARK: &str = "\"score\":";
pub(super) const EACH_SECOND: u64 = 10;
pub(super) const WARM_UP: usize = 10;
/// Above every score on the board, so that each change moves its top 10.
const LEAD: u64 = 1_000_000_000;

/// What one server did in one round.
struct Watched {
    seen: Seen,
    bytes_each: f64,
    /// Processor time by event and client, in microseconds.
    processor: f64,
}

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let signer = &mut Signer::new();
    for round in 1..=stage.scale.rounds {
        report.say(&format!("{} streams, round {round}", stage.scale.watchers));
        let watched = ours_round(stage, signer).await?;
        let event_bytes = watched.seen.event_bytes;
        ours.push(watched);
        bare.push(bare_round(stage, event_bytes).await?);
    }
    tell(stage, &ours, &bare, report);
    Ok(())
}

async fn ours_round(stage: &Stage, signer: &mut Signer) -> Result<Watched> {
    let recipe = Recipe {
        database: Some(LIVE_DATABASE),
        ..stage.recipe("warn")
    };
    let server = Server::start(&recipe, &stage.cluster).await?;
    let player = Players::new(SMALL_BOARD_PLAYERS)
        .all()
        .next()
        .context("there are players")?;
    let access_token = signer.access_token(player);
    let base = take_the_lead(server.address(), signer, player, &access_token).await?;
    server.settle().await?;
    let request = |_| signer.submission(GAME, player, &access_token, 1);
    let watched = round(
        stage,
        server.address(),
        server.process_id(),
        EVENTS,
        base,
        request,
    )
    .await?;
    server.stop().await?;
    Ok(watched)
}

/// Puts one player far ahead of all others, and says with which score.
async fn take_the_lead(
    address: SocketAddr,
    signer: &mut Signer,
    player: UserId,
    access_token: &str,
) -> Result<u64> {
    let (status, answer) = ask(
        address,
        signer
            .submission(GAME, player, access_token, LEAD)
            .as_bytes(),
    )
    .await?;
    ensure!(
        status == 200,
        "a score was answered {status}: {}",
        String::from_utf8_lossy(&answer)
    );
    let answer: serde_json::Value = serde_json::from_slice(&answer)?;
    answer["score"]
        .as_u64()
        .context("the answer holds no score")
}

async fn bare_round(stage: &Stage, event_bytes: usize) -> Result<Watched> {
    let address = free_address().await?;
    let arguments = [
        "fan-out".to_owned(),
        address.to_string(),
        event_bytes.to_string(),
    ];
    let server = Process::ourselves(&arguments, address, &stage.folder.join("fan-out.log")).await?;
    let request = |number| {
        format!(
            "POST /{} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n",
            number + 1
        )
    };
    let watched = round(stage, address, server.id, "/", 0, request).await?;
    server.stop().await?;
    Ok(watched)
}

async fn round(
    stage: &Stage,
    address: SocketAddr,
    process: u32,
    path: &str,
    base: u64,
    change: impl FnMut(usize) -> String,
) -> Result<Watched> {
    let count = stage.scale.watchers;
    let counted = usize::try_from(2 * stage.scale.time.as_secs().max(1) * EACH_SECOND)?;
    let changes = Arc::new(Changes::new(MARK, base, WARM_UP, counted));
    // What the first stream makes once isn't the streams'.
    let none = Arc::new(Changes::new(MARK, u64::MAX - 1, 0, 0));
    let request = requests::get(path, None);
    Watchers::connect(address, vec![request.clone()], none)
        .await?
        .finish()
        .await?;
    let memory_before = resident_bytes(process)?;
    let watchers = Watchers::connect(address, vec![request; count], Arc::clone(&changes)).await?;
    let processor_before = processor_seconds(process)?;
    send(address, &changes, change).await?;
    // What is on its way still arrives.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let processor = processor_seconds(process)? - processor_before;
    let memory = resident_bytes(process)?.saturating_sub(memory_before);
    Ok(Watched {
        seen: watchers.finish().await?,
        bytes_each: memory as f64 / count as f64,
        processor: processor * 1e6 / (changes.len() * count) as f64,
    })
}

/// Sends one change after the other. The next is sent a tenth of a second after the last was answered, not by
/// the clock: events are at least as far apart, and of one that is a moment late the next must not suffer.
pub(super) async fn send(
    address: SocketAddr,
    changes: &Changes,
    mut request: impl FnMut(usize) -> String,
) -> Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut responses = Responses::new();
    for number in 0..changes.len() {
        let request = request(number);
        tokio::time::sleep(Duration::from_millis(1000 / EACH_SECOND)).await;
        changes.send(number);
        stream.write_all(request.as_bytes()).await?;
        let response = responses.read(&mut stream).await?;
        ensure!(
            response.status == 200,
            "a change was answered {}",
            response.status
        );
    }
    Ok(())
}

fn tell(stage: &Stage, ours: &[Watched], bare: &[Watched], report: &mut Report) {
    let of = |all: &[Watched], figure: &dyn Fn(&Watched) -> f64| median(all.iter().map(figure));
    let ratio = |figure: &dyn Fn(&Watched) -> f64| {
        median(
            ours.iter()
                .zip(bare)
                .map(|(ours, bare)| figure(ours) / figure(bare)),
        )
    };
    let delay = |watched: &Watched| watched.seen.delay(0.99);
    let middle = |watched: &Watched| watched.seen.delay(0.5);
    let processor = |watched: &Watched| watched.processor;
    let bytes = |watched: &Watched| watched.bytes_each / 1024.0;
    let count = stage.scale.watchers;
    report.add(
        Line::new(&format!("{count} streams, delivery p99"), "ms")
            .ours(of(ours, &delay))
            .against(of(bare, &delay), ratio(&delay))
            .wanted(Wanted::AtMost(1.3))
            .note(&format!(
                "from sending the change to having read the event, of {} bytes; p50 {:.1} ms, where the bare fan-out has {:.1} ms; {:.1} µs of processor an event and client, where it has {:.1} µs",
                ours.first().map_or(0, |watched| watched.seen.event_bytes),
                of(ours, &middle),
                of(bare, &middle),
                of(ours, &processor),
                of(bare, &processor),
            )),
    );
    report.add(
        Line::new(&format!("{count} streams, memory"), "KiB each")
            .ours(of(ours, &bytes))
            .against(of(bare, &bytes), ratio(&bytes))
            .wanted(Wanted::AtMost(1.3)),
    );
    let sum = |all: &[Watched], figure: &dyn Fn(&Seen) -> u64| {
        all.iter().map(|watched| figure(&watched.seen)).sum::<u64>()
    };
    report.add(
        Line::new(
            &format!("{count} streams, clients that missed the last event"),
            "clients",
        )
        .ours(sum(ours, &|seen| seen.without_last) as f64)
        .wanted(Wanted::AtMost(0.0))
        .note(&format!(
            "events skipped on the way, over all clients and rounds: {}, of the bare fan-out {}",
            sum(ours, &|seen| seen.skipped),
            sum(bare, &|seen| seen.skipped),
        )),
    );
}
