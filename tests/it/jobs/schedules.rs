//! What is done by the calendar, once over all servers.

use std::time::Duration;

use jobs::{Schedule, Timing};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::world::{Act, World, step};
use crate::harness::{TestApp, TestDatabase, TestProcess, eventually};

const HOUR: Duration = Duration::from_secs(3600);

/// Every ten minutes.
fn schedule() -> Schedule {
    Schedule::new("test", "*/10 * * * *", "UTC", || step("tick", Act::Succeed))
}

/// One more server that fires schedules, until it is dropped.
struct Server {
    schedules: watch::Sender<Vec<Schedule>>,
    _stop: DropGuard,
}

fn server(world: &World) -> Server {
    let stop = CancellationToken::new();
    let (schedules, known) = watch::channel(vec![schedule()]);
    let jobs = world.jobs.clone();
    tokio::spawn(jobs.run_schedules(known, HOUR, stop.clone()));
    Server {
        schedules,
        _stop: stop.drop_guard(),
    }
}

async fn firings(world: &World, what: &str) -> i64 {
    let count = format!("select count(*) from schedule_firings where {what}");
    world.database.count(&count).await
}

async fn until_next_is_later(world: &World) {
    eventually("the schedule looks ahead", async || {
        let now = world.clock.now();
        let ahead = format!("select count(*) from schedules where next_at > '{now}'");
        (world.database.count(&ahead).await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn each_time_fires_once_though_five_servers_run() {
    let world = World::start().await;
    let _servers: Vec<_> = (0..5).map(|_| server(&world)).collect();
    until_next_is_later(&world).await;
    assert_eq!(firings(&world, "true").await, 0, "not before its time");
    for round in 1..=3 {
        world.advance(600);
        until_next_is_later(&world).await;
        assert_eq!(firings(&world, "job_id is not null").await, round);
    }
    // While one waits, another would be in vain.
    assert_eq!(world.database.count("select count(*) from jobs").await, 1);
}

#[tokio::test]
async fn what_no_server_was_there_for_is_made_up_for_unless_it_is_too_late() {
    let world = World::start().await;
    let first = server(&world);
    until_next_is_later(&world).await;
    drop(first);
    world.advance(600);
    let second = server(&world);
    until_next_is_later(&world).await;
    assert_eq!(
        firings(&world, "job_id is not null").await,
        1,
        "late, not lost"
    );
    drop(second);
    // Six of these are within the hour; of those before, one line tells that they were skipped.
    world.advance(24 * 3600);
    let _third = server(&world);
    until_next_is_later(&world).await;
    let fired = firings(&world, "job_id is not null").await;
    assert!((6..=8).contains(&fired), "{fired}");
    assert_eq!(firings(&world, "job_id is null").await, 1);
}

/// In Berlin the clocks went from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October.
#[tokio::test]
async fn clocks_that_are_put_forward_or_back_lose_and_repeat_no_firing() {
    for (start, planned) in [
        (
            "2026-03-28T00:00:00Z",
            [
                "2026-03-28T01:30:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:30:00Z",
            ],
        ),
        (
            "2026-10-24T00:00:00Z",
            [
                "2026-10-24T00:30:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z",
            ],
        ),
    ] {
        let world = World::from(start.parse().unwrap()).await;
        let at_night = Timing::new("30 2 * * *", "Europe/Berlin").unwrap();
        let servers = [server(&world), server(&world)];
        for server in &servers {
            server
                .schedules
                .send_replace(vec![schedule().at(at_night.clone())]);
        }
        for (fired, planned) in planned.iter().enumerate() {
            let moment: jiff::Timestamp = planned.parse().unwrap();
            eventually("the schedule looks ahead", async || {
                let ahead = format!("select count(*) from schedules where next_at = '{planned}'");
                (world.database.count(&ahead).await == 1).then_some(())
            })
            .await;
            assert_eq!(firings(&world, "true").await, i64::try_from(fired).unwrap());
            let wait = moment.duration_since(world.clock.now());
            world.advance(u64::try_from(wait.as_secs()).unwrap());
            until_next_is_later(&world).await;
            assert_eq!(
                firings(&world, &format!("planned_at = '{planned}'")).await,
                1
            );
        }
        assert_eq!(firings(&world, "job_id is not null").await, 3);
    }
}

#[tokio::test]
async fn what_is_skipped_is_told_in_the_log() {
    let database = TestDatabase::create().await;
    database
        .execute(
            "insert into schedules (name, cron, zone, next_at)
             values ('jobs.purge', '0 3 1 * *', 'Europe/Berlin', now() - interval '3 days')",
        )
        .await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("SCHEDULES", "jobs.purge=0 3 1 * * Europe/Berlin")
        .start()
        .await;
    let line = eventually("it says so", async || {
        let mut log = server.log().into_iter();
        log.find(|line| {
            let message = line["message"].as_str().unwrap_or_default();
            message.contains("SCHEDULE_GRACE")
        })
    })
    .await;
    assert_eq!(line["level"], "warn", "{line}");
    assert_eq!(line["data"]["schedule"], "jobs.purge", "{line}");
    let skipped =
        "select count(*) from schedule_firings where name = 'jobs.purge' and job_id is null";
    eventually("it is noted", async || {
        (database.count(skipped).await == 1).then_some(())
    })
    .await;
    let ended = server.terminate().await;
    assert!(ended.status.success(), "{}", ended.stderr);
}

#[tokio::test]
async fn a_schedule_can_be_moved_and_fired_by_hand() {
    let world = World::start().await;
    let moved = schedule().at(Timing::new("30 8 * * *", "Europe/Berlin").unwrap());
    let enqueued = world.jobs.fire(&moved).await.unwrap();
    assert!(enqueued.is_new);
    assert_eq!(world.jobs.fire(&moved).await.unwrap().id, enqueued.id);
    let _worker = world.worker();
    assert_eq!(world.begun(1).await, ["tick"]);
    assert_eq!(moved.timing().unwrap().zone, "Europe/Berlin");
}

#[tokio::test]
async fn what_is_off_fires_on_no_server_and_is_not_made_up_for_once_it_is_on_again() {
    let world = World::start().await;
    let beside = Schedule::new("beside", "*/10 * * * *", "UTC", || {
        step("beside", Act::Succeed)
    });
    let (told, _untold) = (server(&world), server(&world));
    let tell = |schedule: Schedule| {
        told.schedules.send_replace(vec![schedule, beside.clone()]);
    };
    let row = async |what: &str| {
        eventually(what, async || {
            let now = world.clock.now();
            let rows = format!(
                "select count(*) from schedules where name = 'test' and next_at > '{now}' and {what}"
            );
            (world.database.count(&rows).await == 1).then_some(())
        })
        .await;
    };
    row("cron <> 'off'").await;
    tell(schedule().off());
    row("cron = 'off'").await;
    for round in 1..=2 {
        world.advance(600);
        eventually("the other one fires", async || {
            (firings(&world, "name = 'beside'").await == round).then_some(())
        })
        .await;
    }
    tell(schedule());
    row("cron <> 'off'").await;
    assert_eq!(firings(&world, "name = 'test'").await, 0);
    world.advance(600);
    eventually("it fires again", async || {
        (firings(&world, "name = 'test'").await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_admin_switches_a_schedule_off_and_on_while_servers_run() {
    let app = TestApp::builder()
        .setting("ROLE", "api")
        .setting("JWT_EXPIRY", "24h")
        .setting("REFRESH_TOKEN_EXPIRY", "7d")
        .start()
        .await;
    let _scheduler = app.neighbour().setting("ROLE", "scheduler").start().await;
    let admin = app.admin().await;
    let change = async |value: Value| {
        let changes = json!({ "SCHEDULES": value });
        admin.patch("/admin/config").json(&changes).await
    };
    let rows = async |what: &str, wanted: i64| {
        eventually(what, async || {
            let rows = format!("select count(*) from {what}");
            (app.database.count(&rows).await == wanted).then_some(())
        })
        .await;
    };
    rows("schedules where name = 'scores.purge'", 1).await;
    let answer = change(json!("scores.purge=off")).await.assert_ok();
    let mut settings = answer["settings"].as_array().unwrap().iter();
    let setting = settings.find(|setting| setting["name"] == "SCHEDULES");
    let setting = setting.unwrap();
    assert_eq!(
        (&setting["value"], &setting["changedBy"]),
        (&json!("scores.purge=off"), &json!(admin.id))
    );
    rows("schedules where name = 'scores.purge' and cron = 'off'", 1).await;
    let fired = |name: &str| format!("schedule_firings where name = '{name}'");
    for round in 1..=2 {
        app.advance(600);
        rows(&fired("accounts.purge"), round).await;
    }
    rows(&fired("scores.purge"), 0).await;
    for wrong in ["nothing=off", "scores.purge=never", "scores.purge"] {
        change(json!(wrong)).await.assert_invalid("SCHEDULES");
    }
    change(Value::Null).await.assert_ok();
    rows("schedules where name = 'scores.purge' and cron <> 'off'", 1).await;
    app.advance(300);
    rows(&fired("scores.purge"), 1).await;
    let log = admin.get("/admin/audit?action=setting.changed").await;
    let log = log.assert_ok();
    let acts: Vec<_> = log["entries"].as_array().unwrap().iter().collect();
    assert_eq!(acts.len(), 2);
    assert_eq!(
        (&acts[1]["subject"], &acts[1]["actorId"], &acts[1]["data"]),
        (
            &json!("SCHEDULES"),
            &json!(admin.id),
            &json!({ "from": "", "to": "scores.purge=off", "source": "database" })
        )
    );
}

#[tokio::test]
async fn the_command_line_lists_schedules_and_fires_one() {
    let database = TestDatabase::create().await;
    let command = || TestProcess::builder().database(&database);
    let listed = command()
        .setting(
            "SCHEDULES",
            "jobs.purge=0 3 * * * Europe/Berlin; scores.purge=off",
        )
        .run(&["schedules"])
        .await;
    let text = String::from_utf8(listed.stdout).unwrap();
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line("scores.purge").ends_with("off"), "{text}");
    assert!(
        line("jobs.purge").contains("0 3 * * *        Europe/Berlin        next 20"),
        "{text}"
    );
    // What admins have set outranks it.
    database
        .execute("insert into settings values ('SCHEDULES', '\"jobs.purge=off\"', now(), null)")
        .await;
    let listed = command()
        .setting("SCHEDULES", "scores.purge=off")
        .run(&["schedules"])
        .await;
    let text = String::from_utf8(listed.stdout).unwrap();
    let is_off = |name: &str| {
        let mut lines = text.lines();
        lines.any(|line| line.starts_with(name) && line.ends_with("off"))
    };
    assert!(is_off("jobs.purge") && !is_off("scores.purge"), "{text}");
    let fired = command().run(&["schedules", "run", "jobs.purge"]).await;
    assert!(fired.status.success(), "{fired:?}");
    let jobs = "select count(*) from jobs where kind = 'jobs.purge' and state = 'queued'";
    assert_eq!(database.count(jobs).await, 1);
    let unknown = command().run(&["schedules", "run", "nothing"]).await;
    assert_eq!(unknown.status.code(), Some(1));
    let wrong = command()
        .setting("SCHEDULES", "jobs.purge=daily")
        .run(&["schedules"])
        .await;
    assert_eq!(wrong.status.code(), Some(2));
}
