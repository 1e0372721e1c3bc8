//! Durable score submissions, against one-row upserts that commit one by one.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use kernel::UserId;
use rand::Rng;

use super::Stage;
use crate::database::GAME;
use crate::load::{self, Load, Outcome};
use crate::machine::{family_processor_seconds, processor_seconds};
use crate::numbers::median;
use crate::pgbench;
use crate::report::{Line, Report, Wanted};
use crate::requests::Requests;
use crate::server::Server;
use crate::sign::Signer;

const CONNECTIONS: usize = 64;
/// More than these nobody writes in a second here; a round that runs out of requests ends early.
const MOST_EACH_SECOND: f64 = 60_000.0;
const HIGHEST_SCORE: u64 = 100;

/// Players who hand in scores.
struct Writers {
    /// With their access tokens.
    players: Vec<(UserId, String)>,
    signer: Signer,
    answered: u64,
}

impl Writers {
    /// As many requests as can be answered in this time, in random order of players.
    fn requests(&mut self, each_second: f64, time: Duration) -> Requests {
        let mut random = rand::rng();
        let mut requests = Requests::once();
        for _ in 0..(each_second * time.as_secs_f64()) as u64 {
            let (user, access_token) = &self.players[random.random_range(0..self.players.len())];
            let score = random.random_range(1..=HIGHEST_SCORE);
            requests.add(
                self.signer
                    .submission(GAME, *user, access_token, score)
                    .as_bytes(),
            );
        }
        requests
    }
}

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    let scale = &stage.scale;
    pgbench::prepare(&stage.cluster, scale.writers).await?;
    let server = Server::start(&stage.recipe("warn"), &stage.cluster).await?;
    server.settle().await?;
    let before = Sums::read(stage).await?;
    let signer = Signer::new();
    let players = stage.players.all().take(usize::try_from(scale.writers)?);
    let players = players
        .map(|user| (user, signer.access_token(user)))
        .collect();
    let mut writers = Writers {
        players,
        signer,
        answered: 0,
    };

    let mut ceilings = Vec::new();
    let mut outcomes = Vec::new();
    let mut costs = Vec::new();
    let warm_up = Duration::from_secs(1);
    for round in 1..=scale.rounds {
        report.say(&format!("writes, round {round}"));
        ceilings.push(
            pgbench::upserts_each_second(&stage.cluster, scale.writers, scale.time, &stage.folder)
                .await?,
        );
        let requests = writers.requests(MOST_EACH_SECOND, scale.time + warm_up);
        let load = Load {
            connections: CONNECTIONS,
            warm_up,
            time: scale.time,
        };
        let before = Cost::so_far(stage, &server)?;
        let outcome = load::run(server.address(), Arc::new(requests), load).await?;
        costs.push(Cost::so_far(stage, &server)?.since(before, outcome.answered));
        writers.answered += outcome.answered;
        outcomes.push(outcome);
    }
    tell_rate(stage, &ceilings, &outcomes, &costs, report);
    measure_latency(stage, &server, &mut writers, report).await?;
    compare_sums(stage, &before, &writers, report).await?;
    server.stop().await
}

/// Processor time, in seconds at first and then in microseconds a score.
#[derive(Clone, Copy, Debug)]
struct Cost {
    server: f64,
    postgres: f64,
}

impl Cost {
    fn so_far(stage: &Stage, server: &Server) -> Result<Self> {
        Ok(Self {
            server: processor_seconds(server.process_id())?,
            postgres: family_processor_seconds(stage.cluster.process_id()?)?,
        })
    }

    fn since(self, before: Self, answered: u64) -> Self {
        let each = |seconds: f64| seconds * 1e6 / answered as f64;
        Self {
            server: each(self.server - before.server),
            postgres: each(self.postgres - before.postgres),
        }
    }
}

fn tell_rate(
    stage: &Stage,
    ceilings: &[f64],
    outcomes: &[Outcome],
    costs: &[Cost],
    report: &mut Report,
) {
    let ratios = outcomes
        .iter()
        .zip(ceilings)
        .map(|(ours, ceiling)| ours.rate / ceiling);
    let latency = |share| median(outcomes.iter().map(|outcome| outcome.latency(share)));
    report.add(
        Line::new("durable score submissions", "a second")
            .ours(median(outcomes.iter().map(|outcome| outcome.rate)))
            .against(median(ceilings.iter().copied()), median(ratios))
            .wanted(Wanted::AtLeast(0.8))
            .note(&format!(
                "{CONNECTIONS} connections, {} players of {}, each score moves `global` and a game's board; the ceiling is one-row upserts by {}",
                stage.scale.writers,
                stage.scale.players,
                pgbench::client(&stage.cluster),
            )),
    );
    report.add(
        Line::new("the same, p99", "ms")
            .ours(latency(0.99))
            .wanted(Wanted::AtMost(25.0))
            .note(&format!(
                "p50 {:.2} ms, p99.9 {:.2} ms; {:.0} µs of processor a score in the server, {:.0} µs in PostgreSQL",
                latency(0.5),
                latency(0.999),
                median(costs.iter().map(|cost| cost.server)),
                median(costs.iter().map(|cost| cost.postgres)),
            )),
    );
}

/// One connection at a time: what a score waits for beyond the disk.
async fn measure_latency(
    stage: &Stage,
    server: &Server,
    writers: &mut Writers,
    report: &mut Report,
) -> Result<()> {
    let scale = &stage.scale;
    let (mut bare, mut ours, mut added) = (Vec::new(), Vec::new(), Vec::new());
    let warm_up = Duration::from_millis(200);
    for round in 1..=scale.rounds {
        report.say(&format!("one connection, round {round}"));
        let commit = pgbench::one_commit(&stage.cluster, scale.writers, scale.time).await?;
        let requests = writers.requests(5_000.0, scale.time + warm_up);
        let load = Load {
            connections: 1,
            warm_up,
            time: scale.time,
        };
        let outcome = load::run(server.address(), Arc::new(requests), load).await?;
        writers.answered += outcome.answered;
        let median = outcome.latency(0.5);
        bare.push(commit);
        ours.push(median);
        added.push(median - commit);
    }
    report.add(
        Line::new("from 1 connection, added to one bare commit at p50", "ms")
            .ours(median(added))
            .wanted(Wanted::AtMost(2.0))
            .note(&format!(
                "{:.2} ms, where a bare commit takes {:.2} ms",
                median(ours),
                median(bare)
            )),
    );
    Ok(())
}

/// What must agree, whatever happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sums {
    events: i64,
    of_events: i64,
    global: i64,
    game: i64,
    tokens: i64,
    plays: i64,
}

impl Sums {
    async fn read(stage: &Stage) -> Result<Self> {
        let mut connection = stage.cluster.connect(None).await?;
        let (events, of_events, global, game, tokens, plays) = sqlx::query_as(
            "select (select count(*) from score_events),
                    (select coalesce(sum(score_delta), 0)::bigint from score_events),
                    (select sum(score)::bigint from scores join leaderboards on number = leaderboard_number where id = 'global'),
                    (select sum(score)::bigint from scores join leaderboards on number = leaderboard_number where id = $1),
                    (select count(*) from consumed_tokens),
                    (select sum(plays)::bigint from user_game_stats)",
        )
        .bind(GAME)
        .fetch_one(&mut connection)
        .await?;
        Ok(Self {
            events,
            of_events,
            global,
            game,
            tokens,
            plays,
        })
    }
}

async fn compare_sums(
    stage: &Stage,
    before: &Sums,
    writers: &Writers,
    report: &mut Report,
) -> Result<()> {
    let after = Sums::read(stage).await?;
    let answered = i64::try_from(writers.answered)?;
    let sum = after.of_events - before.of_events;
    let agree = after.events - before.events == answered
        && after.tokens - before.tokens == answered
        && after.plays - before.plays == answered
        && after.global - before.global == sum
        && after.game - before.game == sum;
    ensure!(
        agree,
        "what was answered ({answered}) and what was written don't agree: {before:?} before, {after:?} after"
    );
    report.say(&format!(
        "{answered} answered = audit events = consumed tokens = plays; their sum {sum} = the gain of `global` = that of the game's board"
    ));
    Ok(())
}
