//! What boards are asked for most, against a bare axum handler.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use kernel::UserId;

use super::Stage;
use super::ceilings::start_handler;
use crate::database::{SMALL_BOARD, SMALL_BOARD_PLAYERS};
use crate::load::{self, Load, Outcome};
use crate::machine::processor_seconds;
use crate::numbers::median;
use crate::report::{Line, Report, Wanted};
use crate::requests::Requests;
use crate::server::Server;

const CONNECTIONS: usize = 64;
/// As many that no cache holds them all.
const ASKED_FOR: usize = 200_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Bare,
    Quiet,
    /// The server that logs every request.
    Logging,
}

/// One kind of request, and what came of it in each round.
struct Question {
    what: &'static str,
    asked: Asked,
    /// The least share of the bare handler's rate.
    wanted: Option<f64>,
    requests: Arc<Requests>,
    outcomes: Vec<Outcome>,
    /// The server's processor time, in microseconds a request.
    costs: Vec<f64>,
}

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    let bare = start_handler(stage).await?;
    report.say("starting two servers, one of which logs every request");
    let quiet = Server::start(&stage.recipe("warn"), &stage.cluster).await?;
    let logging = Server::start(&stage.recipe("info"), &stage.cluster).await?;
    quiet.settle().await?;
    logging.settle().await?;

    let mut questions = questions(stage);
    for round in 1..=stage.scale.rounds {
        report.say(&format!("reads, round {round}"));
        for question in &mut questions {
            let (address, process) = match question.asked {
                Asked::Bare => (bare.address, bare.id),
                Asked::Quiet => (quiet.address(), quiet.process_id()),
                Asked::Logging => (logging.address(), logging.process_id()),
            };
            question.ask(address, process, stage.scale.time).await?;
        }
    }
    quiet.stop().await?;
    logging.stop().await?;
    tell(&questions, report);
    Ok(())
}

impl Question {
    async fn ask(&mut self, address: SocketAddr, process: u32, time: Duration) -> Result<()> {
        let load = Load {
            connections: CONNECTIONS,
            warm_up: Duration::from_millis(500),
            time,
        };
        let before = processor_seconds(process)?;
        let outcome = load::run(address, Arc::clone(&self.requests), load).await?;
        let cost = (processor_seconds(process)? - before) / outcome.answered as f64;
        self.costs.push(cost * 1e6);
        self.outcomes.push(outcome);
        Ok(())
    }

    fn rate(&self) -> f64 {
        median(self.outcomes.iter().map(|outcome| outcome.rate))
    }

    fn latency(&self, share: f64) -> f64 {
        median(self.outcomes.iter().map(|outcome| outcome.latency(share)))
    }

    /// Our rate by that of the other, round by round.
    fn ratio(&self, other: &Self) -> f64 {
        let rounds = self.outcomes.iter().zip(&other.outcomes);
        median(rounds.map(|(ours, theirs)| ours.rate / theirs.rate))
    }

    fn line(&self) -> Line {
        let body = self
            .outcomes
            .first()
            .map_or(0, |outcome| outcome.body_bytes);
        Line::new(self.what, "requests/s")
            .ours(self.rate())
            .note(&format!(
                "a body of {body} bytes; p50 {:.2} ms, p99 {:.2} ms; {:.1} µs of processor a request in the server",
                self.latency(0.5),
                self.latency(0.99),
                median(self.costs.iter().copied()),
            ))
    }
}

/// The bare handler first, the rank on a board of few and on the board of many last.
fn questions(stage: &Stage) -> Vec<Question> {
    let players = stage.players.some(ASKED_FOR);
    let few = usize::try_from(SMALL_BOARD_PLAYERS).unwrap_or(usize::MAX);
    let few: Vec<UserId> = stage.players.all().take(few).collect();
    let of_each = |players: &[UserId], path: &dyn Fn(&UserId) -> String| {
        let paths = players
            .iter()
            .map(|player| format!("/api/v1/leaderboards/{}", path(player)));
        Requests::get(paths)
    };
    let top = || Requests::get(["/api/v1/leaderboards/global/entries?limit=10".to_owned()]);
    let question = |what, asked, wanted, requests| Question {
        what,
        asked,
        wanted,
        requests: Arc::new(requests),
        outcomes: Vec::new(),
        costs: Vec::new(),
    };
    vec![
        question(
            "a bare axum handler",
            Asked::Bare,
            None,
            Requests::get(["/".to_owned()]),
        ),
        question("top 10", Asked::Quiet, Some(0.7), top()),
        question(
            "top 10, every request logged to a file",
            Asked::Logging,
            Some(0.4),
            top(),
        ),
        question(
            "around a random player, 10 entries",
            Asked::Quiet,
            Some(0.5),
            of_each(&players, &|player| {
                format!("global/around/{player}?limit=10")
            }),
        ),
        question(
            "around a random player, 20 entries",
            Asked::Quiet,
            None,
            of_each(&players, &|player| format!("global/around/{player}")),
        ),
        question(
            "rank of a random player of few",
            Asked::Quiet,
            None,
            of_each(&few, &|player| format!("{SMALL_BOARD}/entries/{player}")),
        ),
        question(
            "rank of a random player",
            Asked::Quiet,
            None,
            of_each(&players, &|player| format!("global/entries/{player}")),
        ),
    ]
}

fn tell(questions: &[Question], report: &mut Report) {
    let [bare, ours @ ..] = questions else {
        return;
    };
    report.add(bare.line());
    for question in ours {
        let mut line = question.line().against(bare.rate(), question.ratio(bare));
        if let Some(least) = question.wanted {
            line = line.wanted(Wanted::AtLeast(least));
        }
        report.add(line);
    }
    if let [.., few, many] = questions {
        report.add(
            Line::new("rank of a random player: time as the board grows", "µs a request")
                .ours(1e6 / many.rate())
                .against(1e6 / few.rate(), few.ratio(many))
                .wanted(Wanted::AtMost(1.5))
                .note(&format!(
                    "the ceiling is the same on a board of {SMALL_BOARD_PLAYERS} players; {CONNECTIONS} connections"
                )),
        );
    }
}
