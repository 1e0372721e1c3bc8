//! What boards are asked for most, against a bare axum handler.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use kernel::UserId;

use super::Stage;
use super::ceilings::start_handler;
use crate::bare::BODY_BYTES;
use crate::database::{SMALL_BOARD, SMALL_BOARD_PLAYERS};
use crate::load::{self, Load, Outcome};
use crate::numbers::median;
use crate::report::{Line, Report, Wanted};
use crate::requests::Requests;
use crate::server::Server;

const CONNECTIONS: usize = 64;
/// As many that no cache holds them all.
const ASKED_FOR: usize = 200_000;

/// One kind of request, and what came of it in each round.
struct Question {
    what: &'static str,
    /// Whether it goes to the server that logs every request.
    logged: bool,
    requests: Arc<Requests>,
    outcomes: Vec<Outcome>,
}

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    let bare = start_handler(stage).await?;
    report.say("starting two servers, one of which logs every request");
    let quiet = Server::start(&stage.recipe("warn"), &stage.cluster).await?;
    let logging = Server::start(&stage.recipe("info"), &stage.cluster).await?;
    quiet.settle().await?;
    logging.settle().await?;

    let body = Arc::new(Requests::get(["/".to_owned()]));
    let mut questions = questions(stage);
    let mut ceilings = Vec::new();
    let load = Load {
        connections: CONNECTIONS,
        warm_up: Duration::from_millis(500),
        time: stage.scale.time,
    };
    for round in 1..=stage.scale.rounds {
        report.say(&format!("reads, round {round}"));
        ceilings.push(load::run(bare.address, Arc::clone(&body), load).await?);
        for question in &mut questions {
            let address = if question.logged {
                logging.address()
            } else {
                quiet.address()
            };
            let outcome = load::run(address, Arc::clone(&question.requests), load).await?;
            question.outcomes.push(outcome);
        }
    }
    quiet.stop().await?;
    logging.stop().await?;
    tell(&questions, &ceilings, report);
    Ok(())
}

fn questions(stage: &Stage) -> Vec<Question> {
    let players = stage.players.some(ASKED_FOR);
    let small: Vec<UserId> = stage
        .players
        .all()
        .take(SMALL_BOARD_PLAYERS as usize)
        .collect();
    let of_each = |players: &[UserId], path: &dyn Fn(&UserId) -> String| {
        Requests::get(
            players
                .iter()
                .map(|player| format!("/api/v1/leaderboards/{}", path(player))),
        )
    };
    let top = || Requests::get(["/api/v1/leaderboards/global/entries?limit=10".to_owned()]);
    let question = |what, logged, requests| Question {
        what,
        logged,
        requests: Arc::new(requests),
        outcomes: Vec::new(),
    };
    vec![
        question("top 10", false, top()),
        question("top 10, every request logged to a file", true, top()),
        question(
            "around a random player, 10 entries",
            false,
            of_each(&players, &|player| {
                format!("global/around/{player}?limit=10")
            }),
        ),
        question(
            "around a random player, 20 entries",
            false,
            of_each(&players, &|player| format!("global/around/{player}")),
        ),
        question(
            "rank of a random player of few",
            false,
            of_each(&small, &|player| format!("{SMALL_BOARD}/entries/{player}")),
        ),
        question(
            "rank of a random player",
            false,
            of_each(&players, &|player| format!("global/entries/{player}")),
        ),
    ]
}

fn tell(questions: &[Question], ceilings: &[Outcome], report: &mut Report) {
    let rate = |outcomes: &[Outcome]| median(outcomes.iter().map(|outcome| outcome.rate));
    let latency =
        |outcomes: &[Outcome], share| median(outcomes.iter().map(|outcome| outcome.latency(share)));
    let bodies = |outcomes: &[Outcome]| outcomes.first().map_or(0, |outcome| outcome.body_bytes);
    report.add(
        Line::new("a bare axum handler", "requests/s")
            .ours(rate(ceilings))
            .note(&format!(
                "body of {BODY_BYTES} bytes, {CONNECTIONS} connections; p50 {:.2} ms, p99 {:.2} ms",
                latency(ceilings, 0.5),
                latency(ceilings, 0.99)
            )),
    );
    let wanted = [Some(0.7), Some(0.4), Some(0.5), None, None, None];
    for (question, wanted) in questions.iter().zip(wanted) {
        let ratios = question
            .outcomes
            .iter()
            .zip(ceilings)
            .map(|(ours, bare)| ours.rate / bare.rate);
        let mut line = Line::new(question.what, "requests/s")
            .ours(rate(&question.outcomes))
            .against(rate(ceilings), median(ratios))
            .note(&format!(
                "body of {} bytes; p50 {:.2} ms, p99 {:.2} ms",
                bodies(&question.outcomes),
                latency(&question.outcomes, 0.5),
                latency(&question.outcomes, 0.99)
            ));
        if let Some(least) = wanted {
            line = line.wanted(Wanted::AtLeast(least));
        }
        report.add(line);
    }
    if let [.., few, many] = questions {
        let growth = few
            .outcomes
            .iter()
            .zip(&many.outcomes)
            .map(|(few, many)| few.rate / many.rate);
        report.add(
            Line::new("rank of a random player: time as the board grows", "µs a request")
                .ours(1e6 / rate(&many.outcomes))
                .against(1e6 / rate(&few.outcomes), median(growth))
                .wanted(Wanted::AtMost(1.5))
                .note(&format!(
                    "the ceiling is the same on a board of {SMALL_BOARD_PLAYERS} players; the processor time of server and client together"
                )),
        );
    }
}
