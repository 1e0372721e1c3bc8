//! Heartbeats, players' pages, lists of followers, and changes of presence, each small against large.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kernel::UserId;
use rand::Rng;
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::Stage;
use super::growth::{self, CONNECTIONS, ask_often, small_against_large};
use super::live::{self, EACH_SECOND, WARM_UP};
use crate::numbers::median;
use crate::players::Players;
use crate::report::{Line, Report, Wanted};
use crate::requests::{self, Requests};
use crate::server::{Recipe, Server};
use crate::sign::Signer;
use crate::watch::{Changes, Watchers};

const DATABASE: &str = "social";
/// Of the player with many, and on a page of followers.
const GAMES: usize = 1000;
const PAGE: usize = 100;
/// Of the player with few.
const FEW_FOLLOWERS: usize = 10;
/// What each change of presence is told to.
const WATCHERS: usize = 1000;
const HEARTBEATS: usize = 200_000;

/// Who is looked at, and who looks.
struct Cast {
    /// Has played a thousand games; all followers follow them.
    star: UserId,
    /// Has played one game, and has ten followers.
    novice: UserId,
    /// The first thousand followers follow them.
    watched: UserId,
    followers: Vec<UserId>,
    signer: Signer,
}

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    // A page of the thousand for each that the whole scale has.
    let count = usize::try_from(stage.scale.players / 10)?;
    report.say(&format!("filling in {count} followers"));
    let players = Players::new((count + 3) as u64);
    stage.cluster.fill(Some(DATABASE), &players).await?;
    let mut all = players.all();
    let mut next = || all.next().context("there are players");
    let cast = Cast {
        star: next()?,
        novice: next()?,
        watched: next()?,
        followers: all.collect(),
        signer: Signer::new(),
    };
    befriend(stage, &cast).await?;
    let recipe = Recipe {
        database: Some(DATABASE),
        ..stage.recipe("warn")
    };
    let server = Server::start(&recipe, &stage.cluster).await?;
    server.settle().await?;
    heartbeats(stage, &cast, server.address(), report).await?;
    pages_of_players(stage, &cast, server.address(), report).await?;
    pages_of_followers(stage, &cast, server.address(), report).await?;
    changes(stage, &cast, server.address(), report).await?;
    server.stop().await
}

async fn befriend(stage: &Stage, cast: &Cast) -> Result<()> {
    let Cast {
        star,
        novice,
        watched,
        followers,
        ..
    } = cast;
    let [star, novice, watched] = [star, novice, watched].map(|user| user.uuid());
    let first = followers.first().context("there are followers")?.uuid();
    let count = followers.len();
    let statements = format!(
        "insert into follows (user_id, target_user_id, created_at)
             select id, '{star}'::uuid, now() from users where id >= '{first}'
             union all (select id, '{novice}', now() from users where id >= '{first}' order by id limit {FEW_FOLLOWERS})
             union all (select id, '{watched}', now() from users where id >= '{first}' order by id limit {WATCHERS});
         insert into follow_counts (user_id, following)
             select user_id, count(*) from follows group by user_id;
         insert into follow_counts (user_id, followers)
             select target_user_id, count(*) from follows group by target_user_id;
         insert into sessions (id, user_id, created_at, last_used_at, expires_at)
             select id, id, now(), now(), now() + interval '1 day'
             from users where id >= '{first}' order by id limit {WATCHERS};
         insert into leaderboards (id, game_id, title, score_order, operator, created_at)
             select 'game-' || number, 'game-' || number, 'Game ' || number, 'desc', 'sum', now()
             from generate_series(2, {GAMES}) as number;
         insert into scores (leaderboard_number, period, user_id, score, reached_at)
             select number, 0, '{star}', 100, now() from leaderboards where game_id like 'game-%';
         insert into user_game_stats (user_id, game_id, best, last, plays, last_played_at, latest_since)
             select '{star}', game_id, 100, 100, 1, at, at
             from (select game_id, now() - number * interval '1 minute' as at from leaderboards
                   where game_id like 'game-%') as played"
    );
    let mut connection = stage.cluster.connect(Some(DATABASE)).await?;
    connection.execute(AssertSqlSafe(statements)).await?;
    let followers: i64 =
        sqlx::query_scalar("select followers from follow_counts where user_id = $1")
            .bind(star)
            .fetch_one(&mut connection)
            .await?;
    ensure!(usize::try_from(followers)? == count, "all follow the star");
    // What autovacuum would do in the middle of the measurements.
    connection.execute("vacuum (freeze, analyze)").await?;
    connection.close().await?;
    Ok(())
}

/// Each of another player than the last, and every tenth a real change.
async fn heartbeats(
    stage: &Stage,
    cast: &Cast,
    address: SocketAddr,
    report: &mut Report,
) -> Result<()> {
    let mut random = rand::rng();
    let tokens: Vec<String> = cast
        .followers
        .iter()
        .map(|user| cast.signer.access_token(*user))
        .collect();
    let mut all = Requests::repeated();
    for number in 0..HEARTBEATS {
        let token = &tokens[random.random_range(0..tokens.len())];
        let status = if number % 10 == 0 { "playing" } else { "home" };
        let body = format!("{{\"status\":\"{status}\"}}");
        all.add(requests::put("/api/v1/presence", token, &body).as_bytes());
    }
    let all = Arc::new(all);
    let (mut rates, mut slowest) = (Vec::new(), Vec::new());
    for round in 1..=stage.scale.rounds {
        report.say(&format!("heartbeats, round {round}"));
        let outcome = ask_often(stage, address, &all).await?;
        rates.push(outcome.rate);
        slowest.push(outcome.latency(0.99));
    }
    report.add(
        Line::new("heartbeats of presence", "a second")
            .ours(median(rates))
            .wanted(Wanted::AtLeast(20_000.0))
            .note(&format!(
                "{CONNECTIONS} connections, {} players, every tenth a change; p99 {:.2} ms",
                tokens.len(),
                median(slowest)
            )),
    );
    Ok(())
}

async fn pages_of_players(
    stage: &Stage,
    cast: &Cast,
    address: SocketAddr,
    report: &mut Report,
) -> Result<()> {
    let viewer = cast.followers.first().context("there are followers")?;
    let token = cast.signer.access_token(*viewer);
    let page = |user| requests::get(&format!("/api/v1/users/{user}"), Some(&token));
    let what = format!(
        "page of a player with {GAMES} games and {} followers, against one with 1 and {FEW_FOLLOWERS}",
        cast.followers.len()
    );
    let requests = [page(cast.novice), page(cast.star)];
    small_against_large(stage, address, requests, &what, 1.5, report).await
}

async fn pages_of_followers(
    stage: &Stage,
    cast: &Cast,
    address: SocketAddr,
    report: &mut Report,
) -> Result<()> {
    let token = cast.signer.access_token(cast.star);
    let first = format!("/api/v1/followers?limit={PAGE}");
    let count = cast.followers.len() / PAGE;
    let last = growth::page(address, &token, &first, count).await?;
    let what = format!("page {count} of followers, against page 1");
    let requests = [first, last].map(|path| requests::get(&path, Some(&token)));
    small_against_large(stage, address, requests, &what, 1.2, report).await
}

async fn changes(
    stage: &Stage,
    cast: &Cast,
    address: SocketAddr,
    report: &mut Report,
) -> Result<()> {
    let token = cast.signer.access_token(cast.watched);
    let mut delays = Vec::new();
    let (mut missed, mut skipped) = (0, 0);
    for round in 0..u64::from(stage.scale.rounds) {
        report.say(&format!("changes of presence, round {}", round + 1));
        let base = (round + 1) * 1_000_000;
        let counted = usize::try_from(2 * stage.scale.time.as_secs().max(1) * EACH_SECOND)?;
        let changes = Arc::new(Changes::new("\"context\":\"", base, WARM_UP, counted));
        let streams = cast.followers.iter().take(WATCHERS).map(|user| {
            let token = cast.signer.access_token(*user);
            requests::get("/api/v1/events?topics=presence", Some(&token))
        });
        let watchers = Watchers::connect(address, streams.collect(), Arc::clone(&changes)).await?;
        live::send(address, &changes, |number| {
            let context = base + number as u64 + 1;
            let body = format!("{{\"status\":\"playing\",\"context\":\"{context}\"}}");
            requests::put("/api/v1/presence", &token, &body)
        })
        .await?;
        // What is on its way still arrives.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let seen = watchers.finish().await?;
        delays.push((seen.delay(0.5), seen.delay(0.99)));
        missed += seen.without_last;
        skipped += seen.skipped;
    }
    ensure!(missed == 0, "{missed} watchers never saw the last change");
    let middle = median(delays.iter().map(|(middle, _)| *middle));
    report.add(
        Line::new(
            &format!("a change of presence to {WATCHERS} watching followers, p99"),
            "ms",
        )
        .ours(median(delays.iter().map(|(_, slowest)| *slowest)))
        .wanted(Wanted::AtMost(200.0))
        .note(&format!(
            "p50 {middle:.1} ms; {EACH_SECOND} changes a second; {skipped} events were followed by a newer one before they were told"
        )),
    );
    Ok(())
}
