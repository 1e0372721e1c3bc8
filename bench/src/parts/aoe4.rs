//! Matches of Age of Empires IV: a summary as large as they come to facts, and pages of many matches.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use aoe4::model::facts::Facts;
use aoe4::model::summary::Summary;
use demo::aoe4world::{AoE4World, Kind};
use jiff::Timestamp;
use kernel::UserId;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::Stage;
use super::growth::{self, small_against_large};
use crate::numbers::median;
use crate::players::Players;
use crate::report::{Line, Report, Wanted};
use crate::requests;
use crate::server::{Recipe, Server};
use crate::sign::Signer;

const DATABASE: &str = "aoe4";
/// Of the player with many.
const GAMES: usize = 10_000;
const PAGE: usize = 25;
/// Summaries that are read in a round.
const SUMMARIES: usize = 500;
/// As large as the largest that are known.
const LEAST_BYTES: usize = 240_000;
const MOST_BYTES: usize = 300_000;
/// In which there are matches of all kinds.
const WHEN: &str = "2026-11-29T21:00:00Z";

/// Without a server.
pub fn measure_facts(rounds: u32, report: &mut Report) -> Result<()> {
    let (text, profiles) = large_summary()?;
    report.say(&format!("summaries of {} bytes", text.len()));
    let (mut middles, mut slowest) = (Vec::new(), 0.0_f64);
    for _ in 0..rounds {
        let mut times = Vec::with_capacity(SUMMARIES);
        for profile in profiles.iter().cycle().take(SUMMARIES) {
            let begun = Instant::now();
            let value: Value = serde_json::from_slice(&text)?;
            let facts = Facts::of(&Summary::parse(&value)?, *profile);
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
            ensure!(facts.facts.len() > 50, "there are facts of {profile}");
        }
        slowest = times.iter().copied().fold(slowest, f64::max);
        middles.push(median(times));
    }
    let what = format!("a summary of {} KB to facts", text.len() / 1000);
    report.add(
        Line::new(&what, "ms")
            .ours(median(middles))
            .wanted(Wanted::AtMost(10.0))
            .note("four against four, from the bytes that AoE4World sends, on one thread; p50"),
    );
    report.add(
        Line::new("the same, the slowest", "ms")
            .ours(slowest)
            .wanted(Wanted::AtMost(10.0))
            .note(&format!("of {SUMMARIES} in each of {rounds} rounds")),
    );
    Ok(())
}

/// The largest of a made-up world, and who is in it.
fn large_summary() -> Result<(Vec<u8>, Vec<u64>)> {
    let world = AoE4World::new(1);
    let now: Timestamp = WHEN.parse()?;
    let of_eight = world.matches(now).filter(|one| one.kind == Kind::Ranked(4));
    let mut longest: Vec<_> = of_eight.filter(|one| !one.is_running(now)).collect();
    longest.sort_by_key(|one| std::cmp::Reverse(one.length));
    let mut sizes = longest.iter().map(|one| {
        let text = world.summary(one).to_string().into_bytes();
        let seats = one.seats();
        let profiles = seats.map(|(_, seat)| world.players()[seat.player].profile_id);
        (text, profiles.collect())
    });
    sizes
        .find(|(text, _)| (LEAST_BYTES..MOST_BYTES).contains(&text.len()))
        .context("one of the summaries is as large as is wanted")
}

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    report.say(&format!("filling in {GAMES} matches"));
    let players = Players::new(1);
    stage.cluster.fill(Some(DATABASE), &players).await?;
    let player = players.all().next().context("there is a player")?;
    play(stage, player).await?;
    let recipe = Recipe {
        database: Some(DATABASE),
        ..stage.recipe("warn")
    };
    let server = Server::start(&recipe, &stage.cluster).await?;
    server.settle().await?;
    let token = Signer::new().access_token(player);
    let first = format!("/api/v1/games?limit={PAGE}");
    let count = GAMES / PAGE;
    let last = growth::page(server.address(), &token, &first, count).await?;
    let what = format!("page {count} of {GAMES} matches, against page 1");
    let requests = [first, last].map(|path| requests::get(&path, Some(&token)));
    small_against_large(stage, server.address(), requests, &what, 1.2, report).await?;
    server.stop().await
}

/// Matches an hour apart, each with all that AoE4World tells of one.
async fn play(stage: &Stage, player: UserId) -> Result<()> {
    let world = AoE4World::new(1);
    let now: Timestamp = WHEN.parse()?;
    let mut matches = world.matches(now);
    let one = matches
        .find(|one| one.kind == Kind::Ranked(1) && !one.is_running(now))
        .context("there are matches")?;
    let payload = world.listed(&one, now).to_string().replace('\'', "''");
    let statements = format!(
        "insert into games (user_id, id, profile_id, payload, played_at, map, kind, civilization,
                            opponent_civilizations, result, rating, rating_diff, duration)
         select '{}', id, 1, jsonb_set('{payload}', '{{game_id}}', to_jsonb(id)), now() - id * interval '1 hour',
                'Dry Arabia', 'rm_1v1', 'english', array['french'], 'win', 1000, 12, 1200
         from generate_series(1, {GAMES}) as id",
        player.uuid(),
    );
    let mut connection = stage.cluster.connect(Some(DATABASE)).await?;
    connection.execute(AssertSqlSafe(statements)).await?;
    // What autovacuum would do in the middle of the measurements.
    connection.execute("vacuum (freeze, analyze)").await?;
    connection.close().await?;
    Ok(())
}
