//! Reviews by a language model that takes its time: whether its limits are what the time goes by.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::routing::post;
use axum::{Json, Router};
use kernel::UserId;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::Stage;
use crate::load::ask;
use crate::players::Players;
use crate::process::free_address;
use crate::report::{Line, Report, Wanted};
use crate::server::{Recipe, Server};
use crate::sign::Signer;

const DATABASE: &str = "reviews";
const REVIEWS: u32 = 50;
/// What the model takes for an answer, and answers at a time.
const ANSWER: Duration = Duration::from_secs(3);
const AT_A_TIME: u32 = 5;
/// Until it is given up.
const PATIENCE: Duration = Duration::from_secs(180);

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    let players = Players::new(1);
    stage.cluster.fill(Some(DATABASE), &players).await?;
    let player = players.all().next().context("there is a player")?;
    play(stage, player).await?;
    let model = free_address().await?;
    let listener = tokio::net::TcpListener::bind(model).await?;
    let router = Router::new().route("/v1/chat/completions", post(answer));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let recipe = Recipe {
        database: Some(DATABASE),
        settings: vec![
            ("OPENAI_BASE_URL", format!("http://{model}/v1")),
            ("OPENAI_CONCURRENCY", AT_A_TIME.to_string()),
            // It knows no summary: the matches are old enough not to be waited for.
            ("AOE4WORLD_URL", format!("http://{model}")),
            ("AOE4WORLD_REQUESTS_PER_SECOND", "1000".to_owned()),
        ],
        ..stage.recipe("warn")
    };
    let server = Server::start(&recipe, &stage.cluster).await?;
    server.settle().await?;
    let token = Signer::new().access_token(player);
    let begun = Instant::now();
    for game in 1..=REVIEWS {
        request(server.address(), &token, game).await?;
    }
    let took = until_reviewed(stage, begun).await?.as_secs_f64();
    server.stop().await?;
    serving.abort();
    let at_best = (ANSWER * REVIEWS / AT_A_TIME).as_secs_f64();
    report.add(
        Line::new(
            &format!("{REVIEWS} queued reviews by a model that takes {} s", ANSWER.as_secs()),
            "s",
        )
        .ours(took)
        .against(at_best, took / at_best)
        .wanted(Wanted::AtMost(1.2))
        .note(&format!(
            "the ceiling is what {AT_A_TIME} answers at a time allow; from the first wish to the last review"
        )),
    );
    Ok(())
}

/// Matches that ended long ago.
async fn play(stage: &Stage, player: UserId) -> Result<()> {
    let player = player.uuid();
    let side = |profile: u32, result: &str| json!([{ "profile_id": profile, "name": "Somebody", "civilization": "english", "result": result, "rating": 1000 }]);
    let payload = json!({
        "game_id": 0, "started_at": "2026-01-01T00:00:00.000Z", "duration": 1200, "map": "Made-up Meadow",
        "kind": "rm_1v1", "ongoing": false, "teams": [side(1, "win"), side(2, "loss")],
    });
    let games = format!(
        "insert into games (user_id, id, profile_id, payload, played_at, map, kind, civilization, opponent_civilizations,
                            result, rating, duration)
         select '{player}', id, 1, jsonb_set('{payload}', '{{game_id}}', to_jsonb(id)), '2026-01-01', 'Made-up Meadow',
                'rm_1v1', 'english', array['english'], 'win', 1000, 1200
         from generate_series(1, {REVIEWS}) as id"
    );
    let mut connection = stage.cluster.connect(Some(DATABASE)).await?;
    connection.execute(AssertSqlSafe(games)).await?;
    connection.close().await?;
    Ok(())
}

async fn request(address: SocketAddr, token: &str, game: u32) -> Result<()> {
    let request = format!(
        "POST /api/v1/games/{game}/review HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-length: 0\r\n\r\n"
    );
    let (status, body) = ask(address, request.as_bytes()).await?;
    ensure!(
        status == 202,
        "a review was refused: {}",
        String::from_utf8_lossy(&body)
    );
    Ok(())
}

async fn until_reviewed(stage: &Stage, begun: Instant) -> Result<Duration> {
    let mut connection = stage.cluster.connect(Some(DATABASE)).await?;
    let written = "select count(*) from reviews where llm_model <> 'rules'";
    while begun.elapsed() < PATIENCE {
        let written: i64 = sqlx::query_scalar(written)
            .fetch_one(&mut connection)
            .await?;
        if written == i64::from(REVIEWS) {
            return Ok(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!(
        "the reviews weren't all there after {} s",
        PATIENCE.as_secs()
    )
}

/// A review that stands on the first fact that was given.
async fn answer(Json(request): Json<Value>) -> Json<Value> {
    tokio::time::sleep(ANSWER).await;
    let told = request["messages"][1]["content"]
        .as_str()
        .unwrap_or_default();
    let fact = told
        .split("\"id\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let evidence = json!([fact.unwrap_or_default()]);
    let claim = || json!({ "text": "You played well.", "evidence": evidence });
    let advice = || json!({ "title": "Scout", "text": "Scout earlier.", "evidence": evidence });
    let review = json!({
        "opening": claim(),
        "wentWell": [claim(), claim()],
        "decided": [claim(), claim()],
        "keyMoments": [],
        "advice": [advice(), advice(), advice()],
    });
    Json(json!({
        "model": "made-up", "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
        "choices": [{ "index": 0, "finish_reason": "stop",
                      "message": { "role": "assistant", "content": review.to_string(), "refusal": null } }],
    }))
}
