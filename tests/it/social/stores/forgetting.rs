use kernel::UserId;
use social::Status;

use super::World;
use super::world::{at, present};

super::conformance! {
    who_is_forgotten_is_on_no_list_and_in_no_count
    two_who_are_forgotten_at_once_leave_nothing_of_each_other
    edges_of_many
}

async fn forget(world: &World, user: UserId) {
    while !world.store.forget(user).await.unwrap() {}
}

async fn nothing_is_left(world: &World, user: UserId) {
    assert!(world.following(user).await.is_empty());
    assert!(world.followers(user).await.is_empty());
    let page = world.store.page(user, None).await.unwrap();
    assert_eq!((page.counts.followers, page.counts.following), (0, 0));
    assert_eq!(page.presence, None);
}

async fn who_is_forgotten_is_on_no_list_and_in_no_count(world: World) {
    let [gone, fan, star, friend] = world.users().await;
    world.follow(fan, gone).await;
    world.follow(gone, star).await;
    world.follow(friend, gone).await;
    world.follow(gone, friend).await;
    world.follow(fan, star).await;
    let home = present(Status::Home, "2026-01-01T00:02:00Z");
    world.store.put_presence(&[(gone, home)]).await.unwrap();
    // Once more does no harm.
    for _ in 0..2 {
        forget(&world, gone).await;
        nothing_is_left(&world, gone).await;
        assert_eq!(world.counts(fan).await, (0, 1));
        assert_eq!(world.counts(star).await, (1, 0));
        assert_eq!(world.counts(friend).await, (0, 0));
        assert_eq!(world.following(fan).await, [star]);
    }
    let now = at("2026-01-01T00:00:00Z");
    assert!(world.store.presence(&[gone], now).await.unwrap().is_empty());
}

async fn two_who_are_forgotten_at_once_leave_nothing_of_each_other(world: World) {
    let [one, other, friend] = world.users().await;
    for (user, target) in [(one, other), (other, one), (friend, one), (other, friend)] {
        world.follow(user, target).await;
    }
    tokio::join!(forget(&world, one), forget(&world, other));
    nothing_is_left(&world, one).await;
    nothing_is_left(&world, other).await;
    assert_eq!(world.counts(friend).await, (0, 0));
}

async fn edges_of_many(world: World) {
    let star = world.user().await;
    let mut others = Vec::new();
    for number in 0..120 {
        let other = world.user().await;
        if number % 2 == 0 {
            world.follow(other, star).await;
        }
        if number % 3 == 0 {
            world.follow(star, other).await;
        }
        others.push(other);
    }
    forget(&world, star).await;
    nothing_is_left(&world, star).await;
    for other in others {
        assert_eq!(world.counts(other).await, (0, 0));
    }
}
