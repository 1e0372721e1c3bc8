//! A night's run over many alerts, which costs no more calls than it has to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use demo::trackmania::{Kind, Map, StandIn, Trackmania};
use jiff::Timestamp;
use kernel::Clock;
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::{PATIENCE, recipe};
use crate::load::ask;
use crate::parts::Stage;
use crate::players::Players;
use crate::report::{Line, Report, Wanted};
use crate::requests;
use crate::server::{self, Recipe, Server};

const DATABASE: &str = "alerts";
/// Alerts, on about so many maps of mappers.
const ALERTS: usize = 10_000;
const MAPS: usize = 3_000;
/// Alerts of a user.
const EACH: usize = 100;
/// Maps of one question for positions.
const POSITIONS: usize = 50;
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SCHEDULE: &str = "trackmania.mapper-alerts";

/// The first run takes stock; then a day passes for drivers and mappers, and the second one is counted.
pub(super) async fn measure(
    stage: &Stage,
    upstream: &StandIn,
    clock: &Clock,
    report: &mut Report,
) -> Result<()> {
    let players = Players::new((ALERTS / EACH) as u64);
    stage.cluster.fill(Some(DATABASE), &players).await?;
    let mappers = choose(&upstream.world, clock.now());
    follow(stage, &upstream.world, &mappers).await?;
    let recipe = Recipe {
        database: Some(DATABASE),
        ..recipe(stage, &upstream.url)
    };
    let server = Server::start(&recipe, &stage.cluster).await?;
    server.settle().await?;
    run(stage, &recipe, 1).await?;
    let before = clock.now();
    clock.advance(A_DAY);
    renew_tokens(&server, &upstream.world, clock.now()).await?;
    let asked = |kind| upstream.calls.of(kind);
    let counted = [Kind::Boards, Kind::Positions].map(asked);
    let begun = Instant::now();
    run(stage, &recipe, 2).await?;
    let took = begun.elapsed().as_secs_f64();
    let boards = asked(Kind::Boards) - counted[0];
    let positions = asked(Kind::Positions) - counted[1];
    let (checked, found) = outcome(stage).await?;
    server.stop().await?;
    ensure!(checked == ALERTS as i64, "{checked} alerts were checked");
    let maps = maps(&upstream.world, &mappers, clock.now());
    let moved = moved(&upstream.world, &maps, before, clock.now());
    ensure!(moved > 0 && found > 0, "something has happened");
    let what = format!("{ALERTS} fast alerts on {} maps, a day later", maps.len());
    let at_most = |most: usize| Wanted::AtMost(most as f64);
    let found =
        format!("{found} new records on {moved} maps, with those that were uploaded meanwhile");
    report.add(
        Line::new(&format!("{what}: leaderboards"), "calls")
            .ours(boards as f64)
            .wanted(at_most(moved))
            .note(&found),
    );
    report.add(
        Line::new("the same: questions for positions", "calls")
            .ours(positions as f64)
            .wanted(at_most(maps.len().div_ceil(POSITIONS))),
    );
    report.add(
        Line::new("the same, from its beginning to its end", "s")
            .ours(took)
            .note("at 50 ms a call, with no limit to calls a second"),
    );
    Ok(())
}

/// Places of mappers who have so many maps together.
fn choose(world: &Trackmania, now: Timestamp) -> Vec<usize> {
    let mut chosen = Vec::new();
    // All but the first, some of whose maps have more records than one call tells.
    for mapper in world.mappers().iter().skip(1) {
        chosen.push(mapper.place);
        if chosen.len() >= EACH && maps(world, &chosen, now).len() >= MAPS {
            break;
        }
    }
    chosen
}

/// Also those with which they helped.
fn maps(world: &Trackmania, mappers: &[usize], now: Timestamp) -> Vec<Arc<Map>> {
    let by = |map: &Arc<Map>| {
        let people = [Some(map.mapper), map.helper];
        people
            .into_iter()
            .flatten()
            .any(|one| mappers.contains(&one))
    };
    world.maps(now).into_iter().filter(by).collect()
}

/// Those on which another number of drivers has a record than before, and new ones on which anybody has.
fn moved(world: &Trackmania, maps: &[Arc<Map>], before: Timestamp, now: Timestamp) -> usize {
    let size = |map: &Map, at| world.board(map, at).len();
    let moved = maps.iter().filter(|map| match world.map(&map.uid, before) {
        Some(_) => size(map, before) != size(map, now),
        None => size(map, now) > 0,
    });
    moved.count()
}

async fn follow(stage: &Stage, world: &Trackmania, mappers: &[usize]) -> Result<()> {
    let ids: Vec<String> = mappers
        .iter()
        .map(|place| world.mappers()[*place].id.to_string())
        .collect();
    let statements = format!(
        "insert into alert_targets (mapper_id, name, touched_at)
         select id, 'Somebody', now() from unnest(array[{}]::bigint[]) as id;
         insert into map_alerts (id, user_id, target_id, mode, created_at)
         select gen_random_uuid(), follower.id, target.id, 'fast', now() - interval '1 minute'
         from (select id, row_number() over (order by id) as place from users) follower
         cross join generate_series(1, {EACH}) as number
         join (select id, row_number() over (order by id) - 1 as place, count(*) over () as all_of_them
               from alert_targets) target
             on target.place = (follower.place + number) % target.all_of_them",
        ids.join(",")
    );
    let mut connection = stage.cluster.connect(Some(DATABASE)).await?;
    connection.execute(AssertSqlSafe(statements)).await?;
    let count: i64 = sqlx::query_scalar("select count(*) from map_alerts")
        .fetch_one(&mut connection)
        .await?;
    ensure!(count == ALERTS as i64, "there are {count} alerts");
    connection.execute("vacuum (freeze, analyze)").await?;
    connection.close().await?;
    Ok(())
}

/// As an administrator does, and until so many are over.
async fn run(stage: &Stage, recipe: &Recipe, number: i64) -> Result<()> {
    let begun = Instant::now();
    server::command(recipe, &stage.cluster, &["schedules", "run", SCHEDULE]).await?;
    let mut connection = stage.cluster.connect(Some(DATABASE)).await?;
    let over =
        "select count(*) from check_runs where kind = 'mapper_alerts' and ended_at is not null";
    while begun.elapsed() < PATIENCE {
        let over: i64 = sqlx::query_scalar(over).fetch_one(&mut connection).await?;
        if over == number {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the run took more than {} s", PATIENCE.as_secs())
}

/// A day is over for them, too. What a call costs that finds out is not the run's.
async fn renew_tokens(server: &Server, world: &Trackmania, now: Timestamp) -> Result<()> {
    let maps = world.maps(now);
    let map = maps
        .iter()
        .find(|map| map.is_busy())
        .context("there are busy maps")?;
    let request = requests::get(&format!("/api/v1/maps/{}/records", map.uid), None);
    let (status, _) = ask(server.address(), request.as_bytes()).await?;
    ensure!(status == 200, "records were not told: status {status}");
    Ok(())
}

/// Alerts that were checked in the last run, and what it found.
async fn outcome(stage: &Stage) -> Result<(i64, i64)> {
    let mut connection = stage.cluster.connect(Some(DATABASE)).await?;
    let last = "select checked, found from check_runs where kind = 'mapper_alerts' order by started_at desc limit 1";
    let outcome = sqlx::query_as(last).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(outcome)
}
