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
use crate::players::Players;
use crate::report::{Line, Report, Wanted};
use crate::requests::Requests;
use crate::server::{Recipe, Server};
use crate::sign::Signer;

const CONNECTIONS: usize = 64;
/// Where nobody stands on the boards but those who send scores.
const DATABASE: &str = "writes";
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
    let players = Players::new(scale.writers);
    stage.cluster.fill(Some(DATABASE), &players).await?;
    let mut boards = Boards::open(stage, Some(DATABASE), players).await?;
    let rates = boards.rates(report).await?;
    tell_rate(&boards, &rates, Some(Wanted::AtLeast(0.8)), report);
    tell_latency(&rates, report);
    measure_latency(&mut boards, report).await?;
    boards.close(report).await?;

    let mut boards = Boards::open(stage, None, stage.players.clone()).await?;
    let rates = boards.rates(report).await?;
    tell_rate(&boards, &rates, None, report);
    boards.close(report).await
}

/// A server with `global` and a game's board, and what was done to them.
struct Boards<'a> {
    stage: &'a Stage,
    database: Option<&'static str>,
    /// How many stand on each.
    players: u64,
    server: Server,
    writers: Writers,
    before: Sums,
}

/// What each round came to.
#[derive(Default)]
struct Rates {
    ceilings: Vec<f64>,
    outcomes: Vec<Outcome>,
    costs: Vec<Cost>,
}

impl<'a> Boards<'a> {
    async fn open(
        stage: &'a Stage,
        database: Option<&'static str>,
        players: Players,
    ) -> Result<Self> {
        let recipe = Recipe {
            database,
            ..stage.recipe("warn")
        };
        let server = Server::start(&recipe, &stage.cluster).await?;
        server.settle().await?;
        let before = Sums::read(stage, database).await?;
        let signer = Signer::new();
        let writers = players.all().take(usize::try_from(stage.scale.writers)?);
        let writers = writers
            .map(|user| (user, signer.access_token(user)))
            .collect();
        Ok(Self {
            stage,
            database,
            players: players.all().count() as u64,
            server,
            writers: Writers {
                players: writers,
                signer,
                answered: 0,
            },
            before,
        })
    }

    async fn rates(&mut self, report: &mut Report) -> Result<Rates> {
        let stage = self.stage;
        let scale = &stage.scale;
        let mut rates = Rates::default();
        let warm_up = Duration::from_secs(1);
        for round in 1..=scale.rounds {
            report.say(&format!("writes, round {round}"));
            let ceiling = pgbench::upserts_each_second(
                &stage.cluster,
                scale.writers,
                scale.time,
                &stage.folder,
            );
            rates.ceilings.push(ceiling.await?);
            let requests = self
                .writers
                .requests(MOST_EACH_SECOND, scale.time + warm_up);
            let load = Load {
                connections: CONNECTIONS,
                warm_up,
                time: scale.time,
            };
            let before = Cost::so_far(stage, &self.server)?;
            let outcome = load::run(self.server.address(), Arc::new(requests), load).await?;
            let cost = Cost::so_far(stage, &self.server)?.since(before, outcome.answered);
            rates.costs.push(cost);
            self.writers.answered += outcome.answered;
            rates.outcomes.push(outcome);
        }
        Ok(rates)
    }

    /// Compares what was answered with what was written.
    async fn close(self, report: &mut Report) -> Result<()> {
        let after = Sums::read(self.stage, self.database).await?;
        after.compare(&self.before, &self.writers, report)?;
        self.server.stop().await
    }
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

fn tell_rate(boards: &Boards<'_>, rates: &Rates, wanted: Option<Wanted>, report: &mut Report) {
    let ratios = rates
        .outcomes
        .iter()
        .zip(&rates.ceilings)
        .map(|(ours, ceiling)| ours.rate / ceiling);
    let name = format!(
        "durable score submissions, boards of {} players",
        boards.players
    );
    let mut line = Line::new(&name, "a second")
        .ours(median(rates.outcomes.iter().map(|outcome| outcome.rate)))
        .against(median(rates.ceilings.iter().copied()), median(ratios))
        .note(&format!(
            "{CONNECTIONS} connections, {} players who send, each score moves `global` and a game's board; {:.0} µs of processor a score in the server, {:.0} µs in PostgreSQL; the ceiling is one-row upserts by {}",
            boards.stage.scale.writers,
            median(rates.costs.iter().map(|cost| cost.server)),
            median(rates.costs.iter().map(|cost| cost.postgres)),
            pgbench::client(&boards.stage.cluster),
        ));
    if let Some(wanted) = wanted {
        line = line.wanted(wanted);
    }
    report.add(line);
}

fn tell_latency(rates: &Rates, report: &mut Report) {
    let latency = |share| median(rates.outcomes.iter().map(|outcome| outcome.latency(share)));
    report.add(
        Line::new("the same, p99", "ms")
            .ours(latency(0.99))
            .wanted(Wanted::AtMost(25.0))
            .note(&format!(
                "p50 {:.2} ms, p99.9 {:.2} ms",
                latency(0.5),
                latency(0.999),
            )),
    );
}

/// One connection at a time: what a score waits for beyond the disk.
async fn measure_latency(boards: &mut Boards<'_>, report: &mut Report) -> Result<()> {
    let Boards {
        stage,
        server,
        writers,
        ..
    } = boards;
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
    async fn read(stage: &Stage, database: Option<&str>) -> Result<Self> {
        let mut connection = stage.cluster.connect(database).await?;
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
    fn compare(&self, before: &Self, writers: &Writers, report: &mut Report) -> Result<()> {
        let answered = i64::try_from(writers.answered)?;
        let sum = self.of_events - before.of_events;
        let agree = self.events - before.events == answered
            && self.tokens - before.tokens == answered
            && self.plays - before.plays == answered
            && self.global - before.global == sum
            && self.game - before.game == sum;
        ensure!(
            agree,
            "what was answered ({answered}) and what was written don't agree: {before:?} before, {self:?} after"
        );
        report.say(&format!(
            "{answered} answered = audit events = consumed tokens = plays; their sum {sum} = the gain of `global` = that of the game's board"
        ));
        Ok(())
    }
}
