//! Two servers here are two pools with nothing in common but the database.

use std::num::NonZeroU32;
use std::time::Duration;

use db::{Database, DatabaseConfig};
use outbound::{Error, Shared, SharedLimits, Turn};

use crate::harness::{TestDatabase, eventually};

const LONG: Duration = Duration::from_secs(60);
/// As good as none.
const SHORT: Duration = Duration::from_millis(1);

async fn server(database: &TestDatabase, per_second: u32, at_a_time: u32) -> Shared {
    let config = DatabaseConfig {
        options: database.url().parse().unwrap(),
        max_connections: 4,
    };
    let pool = Database::open(&config).await.unwrap();
    let limits = SharedLimits {
        per_second: NonZeroU32::new(per_second).unwrap(),
        at_a_time: NonZeroU32::new(at_a_time).unwrap(),
    };
    Shared::new(pool, "upstream", limits)
}

async fn turns(server: &Shared, count: usize) -> Vec<Turn> {
    let mut turns = Vec::new();
    for _ in 0..count {
        turns.push(server.turn(LONG, LONG).await.unwrap());
    }
    turns
}

fn is_crowded(turn: &Result<Turn, Error>) -> bool {
    matches!(turn, Err(Error::Crowded { .. }))
}

#[tokio::test]
async fn all_servers_share_the_places() {
    let database = TestDatabase::create().await;
    let (first, second) = (
        server(&database, 10_000, 3).await,
        server(&database, 10_000, 3).await,
    );
    let mut held = turns(&first, 2).await;
    held.extend(turns(&second, 1).await);
    for server in [&first, &second] {
        assert!(is_crowded(&server.turn(SHORT, LONG).await));
    }
    // Who waits goes on as soon as somebody is done, wherever that is.
    let (waiting, ()) = tokio::join!(second.turn(LONG, LONG), held.swap_remove(0).end());
    held.push(waiting.unwrap());
    assert!(is_crowded(&first.turn(SHORT, LONG).await));
    // A call that is broken off gives its place back too.
    drop(held.pop());
    held.push(first.turn(LONG, LONG).await.unwrap());
}

#[tokio::test]
async fn a_server_that_died_holds_its_places_no_longer_than_its_calls_may_last() {
    let database = TestDatabase::create().await;
    let (dead, alive) = (
        server(&database, 10_000, 1).await,
        server(&database, 10_000, 1).await,
    );
    std::mem::forget(turns(&dead, 1).await);
    assert!(is_crowded(&alive.turn(SHORT, LONG).await));
    database
        .execute("update call_slots set held_until = clock_timestamp()")
        .await;
    let turn = alive.turn(LONG, LONG).await.unwrap();
    // Nor does it take away from somebody else what was its own.
    database
        .execute("update call_slots set holder = gen_random_uuid()")
        .await;
    turn.end().await;
    assert!(is_crowded(&alive.turn(SHORT, LONG).await));
}

#[tokio::test]
async fn calls_of_all_servers_begin_one_after_the_other() {
    let database = TestDatabase::create().await;
    let (first, second) = (
        server(&database, 20, 100).await,
        server(&database, 20, 100).await,
    );
    let next = async || {
        let next = "select (extract(epoch from next_at) * 1000)::int8 from call_paces";
        database.count(next).await
    };
    let began = std::time::Instant::now();
    first.turn(LONG, LONG).await.unwrap().end().await;
    let begun = next().await;
    for server in [&second, &first] {
        server.turn(LONG, LONG).await.unwrap().end().await;
    }
    assert!(
        next().await - begun >= 100,
        "two calls, of which each waited"
    );
    assert!(began.elapsed() >= Duration::from_millis(90));
}

#[tokio::test]
async fn who_asks_in_the_background_leaves_a_place_to_others() {
    let database = TestDatabase::create().await;
    let first = server(&database, 10_000, 3).await;
    let second = server(&database, 10_000, 3).await;
    let mut held = turns(&first.in_background(), 2).await;
    for server in [&first, &second] {
        assert!(is_crowded(&server.in_background().turn(SHORT, LONG).await));
    }
    held.push(second.turn(LONG, LONG).await.unwrap());
    assert!(is_crowded(&first.turn(SHORT, LONG).await));
    drop(held);
    // Where there is but one place, nobody would ever come to ask in the background without it.
    let database = TestDatabase::create().await;
    let alone = server(&database, 10_000, 1).await;
    turns(&alone.in_background(), 1).await;
}

#[tokio::test]
async fn whoever_somebody_waits_for_goes_before_the_background() {
    let database = TestDatabase::create().await;
    let (busy, other) = (server(&database, 2, 4).await, server(&database, 2, 4).await);
    busy.turn(LONG, LONG).await.unwrap().end().await;
    let order = std::sync::Mutex::new(Vec::new());
    let turn = async |server: Shared, who| {
        let turn = server.turn(LONG, LONG).await.unwrap();
        order.lock().unwrap().push(who);
        turn.end().await;
    };
    tokio::join!(
        turn(busy.in_background(), "background"),
        turn(other.clone(), "a person"),
        turn(other, "a person"),
    );
    assert_eq!(
        *order.lock().unwrap(),
        ["a person", "a person", "background"]
    );
}

#[tokio::test]
async fn whoever_cannot_wait_as_long_as_the_service_asks_for_makes_nobody_wait_longer() {
    let database = TestDatabase::create().await;
    let server = server(&database, 1, 100).await;
    server.turn(LONG, LONG).await.unwrap().end().await;
    server.hold_off(Duration::from_secs(3600)).await.unwrap();
    let next = "select (extract(epoch from next_at) * 1000)::int8 from call_paces";
    let asked_for = database.count(next).await;
    for _ in 0..3 {
        match server.turn(SHORT, LONG).await {
            Err(Error::Crowded { wait }) => assert!(wait > LONG, "{wait:?}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(database.count(next).await, asked_for);
}

#[tokio::test]
async fn what_a_crash_of_postgresql_empties_is_made_again() {
    let database = TestDatabase::create().await;
    let server = server(&database, 10_000, 2).await;
    turns(&server, 2).await;
    database.execute("truncate call_slots, call_paces").await;
    let held = turns(&server, 2).await;
    assert!(is_crowded(&server.turn(SHORT, LONG).await));
    drop(held);
    eventually("both places are free", async || {
        let held = "select count(*) from call_slots where held_until > clock_timestamp()";
        (database.count(held).await == 0).then_some(())
    })
    .await;
}
