use std::collections::BTreeSet;

use kernel::{Tag, UserId};
use social::{Presence, Status};

use super::World;
use super::world::{at, present};

super::conformance! {
    a_heartbeat_is_read_as_it_was_written_and_gives_what_was_before
    what_has_expired_is_read_by_nobody_though_nobody_sweeps
    each_that_has_expired_is_taken_once
    of_whom_there_is_no_user_nothing_is_kept
    more_users_than_one_call_holds
}

async fn a_heartbeat_is_read_as_it_was_written_and_gives_what_was_before(world: World) {
    let [ada, bob] = world.users().await;
    let playing = Presence {
        status: Status::Playing,
        game: Some(Tag::new("chess").unwrap()),
        context: Some("<b>Level 3</b> “é”".to_owned()),
        expires_at: at("2026-01-01T00:02:00.123456Z"),
    };
    let invisible = present(Status::Invisible, "2026-01-01T00:02:30Z");
    let written = [(bob, invisible.clone()), (ada, playing.clone())];
    let before = world.store.put_presence(&written).await.unwrap();
    assert_eq!(before, [None, None]);
    let now = at("2026-01-01T00:00:00Z");
    let read = async || -> BTreeSet<_> {
        let read = world.store.presence(&[ada, bob, ada], now).await.unwrap();
        read.into_iter()
            .map(|(user, presence)| (user, format!("{presence:?}")))
            .collect()
    };
    let want = |of_ada: &Presence| {
        BTreeSet::from([
            (ada, format!("{of_ada:?}")),
            (bob, format!("{invisible:?}")),
        ])
    };
    assert_eq!(read().await, want(&playing));
    // What the newer one doesn't say is not left from the older one.
    let home = present(Status::Home, "2026-01-01T00:03:00Z");
    let before = world.store.put_presence(&[(ada, home.clone())]).await;
    assert_eq!(before.unwrap(), [Some(playing)]);
    assert_eq!(read().await, want(&home));
}

async fn what_has_expired_is_read_by_nobody_though_nobody_sweeps(world: World) {
    let ada = world.user().await;
    let home = present(Status::Home, "2026-01-01T00:02:00Z");
    world
        .store
        .put_presence(&[(ada, home.clone())])
        .await
        .unwrap();
    for (now, is_there) in [
        ("00:01:59.999", true),
        ("00:02:00", false),
        ("23:00:00", false),
    ] {
        let now = at(&format!("2026-01-01T{now}Z"));
        let read = world.store.presence(&[ada], now).await.unwrap();
        assert_eq!(!read.is_empty(), is_there, "{now}");
    }
    // A later heartbeat sees it all the same: what has expired is no reason to tell of a change twice.
    let later = present(Status::Home, "2026-01-01T00:09:00Z");
    let before = world.store.put_presence(&[(ada, later)]).await.unwrap();
    assert_eq!(before, [Some(home)]);
}

async fn each_that_has_expired_is_taken_once(world: World) {
    let [ada, bob, eve] = world.users().await;
    let (old, new) = (
        present(Status::Away, "2026-01-01T00:02:00Z"),
        present(Status::Home, "2026-01-01T00:02:01Z"),
    );
    let written = [(ada, old.clone()), (bob, new)];
    world.store.put_presence(&written).await.unwrap();
    let now = at("2026-01-01T00:02:00Z");
    let users = [ada, bob, eve];
    let (one, other) = tokio::join!(
        world.store.take_expired(&users, now),
        world.store.take_expired(&users, now)
    );
    let taken: Vec<_> = one.unwrap().into_iter().chain(other.unwrap()).collect();
    assert_eq!(taken, [(ada, old)]);
    let left = world.store.presence(&users, now).await.unwrap();
    assert_eq!(left.len(), 1);
}

async fn of_whom_there_is_no_user_nothing_is_kept(world: World) {
    let ada = world.user().await;
    let nobody = UserId::new(uuid::Uuid::from_u128(1));
    let home = present(Status::Home, "2026-01-01T00:02:00Z");
    let written = [(nobody, home.clone()), (ada, home)];
    let before = world.store.put_presence(&written).await.unwrap();
    assert_eq!(before, [None, None]);
    let now = at("2026-01-01T00:00:00Z");
    let there = world.store.presence(&[nobody, ada], now).await.unwrap();
    let there: Vec<UserId> = there.into_iter().map(|(user, _)| user).collect();
    assert_eq!(there, [ada]);
}

async fn more_users_than_one_call_holds(world: World) {
    let mut written = Vec::new();
    for _ in 0..130 {
        let home = present(Status::Home, "2026-01-01T00:02:00Z");
        written.push((world.user().await, home));
    }
    world.store.put_presence(&written).await.unwrap();
    let users: Vec<UserId> = written.iter().map(|(user, _)| *user).collect();
    let now = at("2026-01-01T00:00:00Z");
    let read = world.store.presence(&users, now).await.unwrap();
    assert_eq!(read.len(), users.len());
    let later = at("2026-01-01T00:02:00Z");
    let taken = world.store.take_expired(&users, later).await.unwrap();
    assert_eq!(taken.len(), users.len());
}
