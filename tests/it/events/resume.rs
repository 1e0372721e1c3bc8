use std::time::Duration;

use crate::harness::{EventStream, TestApp};

#[tokio::test]
async fn whoever_comes_back_with_the_current_id_gets_only_what_is_new() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 5).await;
    let id = app.events("chess").await.next().await.id;
    let mut by_header = EventStream::open(
        app.get("/leaderboards/chess/events")
            .header("Last-Event-ID", &id),
    )
    .await;
    let mut by_query =
        EventStream::open(app.get(&format!("/leaderboards/chess/events?lastEventId={id}"))).await;
    assert!(
        by_header
            .next_within(Duration::from_millis(300))
            .await
            .is_none()
    );
    ada.score(&service, "chess", 9).await;
    for stream in [&mut by_header, &mut by_query] {
        let event = stream.next().await;
        assert_eq!(event.data["entries"][0]["score"], 9);
        assert_ne!(event.id, id);
    }
}

#[tokio::test]
async fn whoever_comes_back_with_an_old_id_gets_the_present_state() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 5).await;
    let id = app.events("chess").await.next().await.id;
    ada.score(&service, "chess", 9).await;
    let mut events = EventStream::open(
        app.get("/leaderboards/chess/events")
            .header("Last-Event-ID", &id),
    )
    .await;
    assert_eq!(events.next().await.data["entries"][0]["score"], 9);
}

#[tokio::test]
async fn an_id_that_is_not_ours_brings_a_snapshot_and_no_error() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    app.register("Ada").await.score(&service, "chess", 5).await;
    let (huge, long) = ("9".repeat(10_000), "1".repeat(200));
    for id in [
        "",
        "0",
        "nonsense",
        "-1",
        "1.5",
        "18446744073709551615",
        "18446744073709551616",
        "1 2",
        &long,
        &huge,
    ] {
        let call = app
            .get("/leaderboards/global/events")
            .header("Last-Event-ID", id);
        let snapshot = EventStream::open(call).await.next().await;
        assert_eq!(snapshot.data["leaderboard"], "global", "{id}");
    }
    let bytes = app
        .get("/leaderboards/global/events")
        .header("Last-Event-ID", b"\xff\xfe\x80");
    EventStream::open(bytes).await.next().await;
    for id in ["%00", "1%002", "%ff", "x", ""] {
        let call = app.get(&format!("/leaderboards/global/events?lastEventId={id}"));
        EventStream::open(call).await.next().await;
    }
}

#[tokio::test]
async fn versions_survive_a_restart_so_that_clients_resume() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 5).await;
    let id = app.events("chess").await.next().await.id;
    let next = app.neighbour().start().await;
    app.stop().await;
    let call = next
        .get("/leaderboards/chess/events")
        .header("Last-Event-ID", &id);
    let mut events = EventStream::open(call).await;
    assert!(
        events
            .next_within(Duration::from_millis(300))
            .await
            .is_none(),
        "nothing has changed"
    );
    ada.at(next.api())
        .score(&service.at(next.api()), "chess", 9)
        .await;
    let event = events.next().await;
    assert!(event.id.parse::<u64>().unwrap() > id.parse().unwrap());
}
