use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::harness::TestApp;

#[tokio::test]
async fn a_snapshot_comes_at_once_and_then_each_change() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.score(&service, "chess", 50).await;
    let mut events = app.events("chess").await;
    let snapshot = events.next().await;
    let page = app.board("chess").page("?limit=10").await.assert_ok();
    for name in ["leaderboard", "version", "total", "entries"] {
        assert_eq!(snapshot.data[name], page[name], "{name}");
    }
    assert_eq!(snapshot.name, "leaderboard");
    assert_eq!(snapshot.data["changes"], json!([]));
    assert_eq!(snapshot.id, snapshot.data["version"].to_string());

    bob.score(&service, "chess", 70).await;
    let event = events.next().await;
    assert_eq!(event.data["entries"][0]["screenName"], "Bob");
    let change = |id: &str, rank: u64, before: Value, score: u64| json!({ "userId": id, "rank": rank, "previousRank": before, "score": score });
    let changes = event.data["changes"].as_array().unwrap();
    assert!(
        changes.contains(&change(&bob.id, 1, Value::Null, 70)),
        "{changes:?}"
    );
    assert!(
        changes.contains(&change(&ada.id, 2, json!(1), 50)),
        "{changes:?}"
    );
    assert_eq!(changes.len(), 2);
    assert!(event.data["version"].as_u64() > snapshot.data["version"].as_u64());
    assert_eq!(event.id, event.data["version"].to_string());
}

#[tokio::test]
async fn the_headers_keep_every_hop_from_holding_events_back() {
    let app = TestApp::start().await;
    let mut events = app.events("global").await;
    let header = |name: &str| {
        events
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
    assert_eq!(
        (header("content-length"), header("content-encoding")),
        (None, None)
    );
    assert!(header("x-request-id").is_some());
    events.next().await;
    assert_eq!(events.retry(), Some(Duration::from_millis(2000)));
    app.get("/leaderboards/nothing/events")
        .await
        .assert_error(404, "leaderboard_not_found");
}

#[tokio::test]
async fn only_the_top_ten_makes_events() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    for number in 1..=10 {
        app.register(&format!("Player {number}"))
            .await
            .score(&service, "chess", 100 + number)
            .await;
    }
    let mut events = app.events("chess").await;
    let snapshot = events.next().await;
    let late = app.register("Late").await;
    late.score(&service, "chess", 50).await;
    assert!(
        events
            .next_within(Duration::from_millis(400))
            .await
            .is_none(),
        "rank 11 is nobody's business"
    );
    late.score(&service, "chess", 105).await;
    let event = events.next().await;
    assert_eq!(event.data["total"], 11);
    assert_eq!(event.data["entries"].as_array().unwrap().len(), 10);
    let left = snapshot.data["entries"][9]["userId"].clone();
    let changes = event.data["changes"].as_array().unwrap();
    let gone = changes
        .iter()
        .find(|change| change["userId"] == left)
        .unwrap();
    assert_eq!(
        (&gone["rank"], &gone["previousRank"]),
        (&json!(11), &json!(10))
    );
}

#[tokio::test]
async fn a_busy_board_makes_at_most_one_event_in_100_ms_and_the_last_state_always_comes() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 1).await;
    let mut events = app.events("global").await;
    events.next().await;
    let playing = async {
        for _ in 0..100 {
            ada.score(&service, "chess", 1).await;
        }
    };
    let began = Instant::now();
    let watching = async {
        let (mut count, mut last) = (0_u32, 1);
        while last < 101 {
            let event = events.next().await;
            let score = event.data["entries"][0]["score"].as_u64().unwrap();
            assert!(score > last, "never backwards, never the same twice");
            (count, last) = (count + 1, score);
        }
        count
    };
    let ((), count) = tokio::join!(playing, watching);
    // The first at once, then one each 100 ms; one more for where the ticks fall.
    let most = began.elapsed().as_millis() / 100 + 2;
    assert!(
        u128::from(count) <= most,
        "{count} events in {:?}",
        began.elapsed()
    );
    assert!(
        events
            .next_within(Duration::from_millis(300))
            .await
            .is_none(),
        "a quiet board is quiet"
    );
}

#[tokio::test]
async fn everybody_who_watches_hears_the_same() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 1).await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = app.events("chess").await;
        stream.next().await;
        streams.push(stream);
    }
    ada.score(&service, "chess", 2).await;
    let first = streams[0].next().await;
    for stream in &mut streams[1..] {
        let event = stream.next().await;
        assert_eq!(
            (event.id, event.data),
            (first.id.clone(), first.data.clone())
        );
    }
}

#[tokio::test]
async fn a_quiet_stream_is_kept_alive_by_comments() {
    let app = TestApp::builder()
        .setting("SSE_PING_INTERVAL", "1000")
        .start()
        .await;
    let mut events = app.events("global").await;
    events.next().await;
    let before = events.raw.len();
    events.until_raw(": ping").await;
    assert!(
        events.raw[before..].trim_start().starts_with(':'),
        "{}",
        events.raw
    );
}

#[tokio::test]
async fn a_stop_of_the_server_ends_streams_cleanly_and_says_when_to_come_back() {
    let app = TestApp::start().await;
    let mut streams = vec![app.events("global").await, app.events("global").await];
    for stream in &mut streams {
        stream.next().await;
    }
    let watching = async {
        for stream in &mut streams {
            stream.ended().await;
            let wait = stream.retry().unwrap();
            assert!(
                (Duration::from_millis(500)..=Duration::from_secs(20)).contains(&wait),
                "{wait:?}"
            );
            assert!(stream.raw.ends_with("\n\n"), "{:?}", stream.raw);
        }
    };
    tokio::join!(app.stop(), watching);
}

#[tokio::test]
async fn a_deleted_board_ends_its_streams() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin
        .make_board(json!({ "id": "brief", "title": "Brief" }))
        .await;
    let mut events = app.events("brief").await;
    events.next().await;
    admin
        .delete("/admin/leaderboards/brief")
        .await
        .assert_gone();
    events.ended().await;
}

#[tokio::test]
async fn names_with_line_breaks_of_their_own_kind_do_not_break_the_stream() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("data: x\u{301}").await;
    app.database
        .execute(&format!(
            "update users set screen_name = e'a\\r\\n\\ndata: evil\\u2028b' where id = '{}'",
            ada.uuid()
        ))
        .await;
    let next = app.neighbour().start().await;
    ada.at(next.api())
        .score(&service.at(next.api()), "chess", 5)
        .await;
    let mut events = next.events("chess").await;
    let event = events.next().await;
    assert_eq!(
        event.data["entries"][0]["screenName"],
        "a\r\n\ndata: evil\u{2028}b"
    );
}
