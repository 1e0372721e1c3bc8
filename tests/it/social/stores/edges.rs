use std::collections::BTreeSet;

use futures_util::future::join_all;
use kernel::UserId;
use social::{Added, MOST_FOLLOWED};

use super::World;
use super::world::at;

super::conformance! {
    an_edge_is_there_once_and_since_when_it_began
    an_edge_goes_once
    lists_are_read_by_ids_page_by_page
    whoever_reads_sees_their_own_follow_at_once_wherever_it_stands
    edges_are_found_among_many
    who_has_followers_is_found_among_many
    who_follows_as_many_as_one_may_follows_nobody_more
    counts_stay_true_whatever_races
}

async fn an_edge_is_there_once_and_since_when_it_began(world: World) {
    let [ada, bob] = world.users().await;
    let first = "2026-01-01T10:00:00.123456Z";
    assert_eq!(world.follow_at(ada, bob, first).await, Added::Now);
    let again = world.follow_at(ada, bob, "2026-01-02T10:00:00Z").await;
    assert_eq!(again, Added::Before(at(first)));
    let listed = world.store.following(ada, None, 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].user, listed[0].target, listed[0].at),
        (ada, bob, at(first))
    );
    let listed = world.store.followers(bob, Some(bob), None, 10).await;
    assert_eq!(listed.unwrap()[0].at, at(first));
    assert_eq!(world.counts(ada).await, (0, 1));
    assert_eq!(world.counts(bob).await, (1, 0));
    assert!(world.following(bob).await.is_empty());
}

async fn an_edge_goes_once(world: World) {
    let [ada, bob] = world.users().await;
    assert!(!world.unfollow(ada, bob).await);
    world.follow(ada, bob).await;
    world.follow(bob, ada).await;
    assert!(world.unfollow(ada, bob).await);
    assert!(!world.unfollow(ada, bob).await);
    assert_eq!(world.counts(ada).await, (1, 0));
    assert_eq!(world.counts(bob).await, (0, 1));
    assert!(world.followers(bob).await.is_empty());
    assert_eq!(world.follow(ada, bob).await, Added::Now);
    assert_eq!(world.followers(bob).await, [ada]);
}

async fn lists_are_read_by_ids_page_by_page(world: World) {
    let star = world.user().await;
    let [a, b, c, d, e] = world.users().await;
    for fan in [d, a, e, c, b] {
        world.follow(fan, star).await;
        world.follow(star, fan).await;
    }
    let [stranger] = world.users().await;
    let followers = async |after, at_most| -> Vec<UserId> {
        let page = world
            .store
            .followers(star, Some(stranger), after, at_most)
            .await;
        page.unwrap().into_iter().map(|edge| edge.user).collect()
    };
    let following = async |after, at_most| -> Vec<UserId> {
        let page = world.store.following(star, after, at_most).await;
        page.unwrap().into_iter().map(|edge| edge.target).collect()
    };
    for (after, at_most, want) in [
        (None, 3, &[a, b, c][..]),
        (Some(c), 3, &[d, e]),
        (Some(e), 3, &[]),
        (Some(star), 5, &[a, b, c, d, e]),
    ] {
        assert_eq!(followers(after, at_most).await, want);
        assert_eq!(following(after, at_most).await, want);
    }
}

async fn whoever_reads_sees_their_own_follow_at_once_wherever_it_stands(world: World) {
    let star = world.user().await;
    let fans: [UserId; 4] = world.users().await;
    for fan in fans {
        world.follow(fan, star).await;
    }
    for reader in fans {
        let mut read = Vec::new();
        let mut after = None;
        loop {
            let page = world.store.followers(star, Some(reader), after, 2).await;
            let page = page.unwrap();
            assert!(page.len() <= 2);
            read.extend(page.iter().map(|edge| edge.user));
            after = page.last().map(|edge| edge.user);
            if page.len() < 2 {
                break;
            }
        }
        assert_eq!(read, fans);
        world.unfollow(reader, star).await;
        let without = world.store.followers(star, Some(reader), None, 9).await;
        assert!(without.unwrap().iter().all(|edge| edge.user != reader));
        world.follow(reader, star).await;
    }
}

async fn edges_are_found_among_many(world: World) {
    let (fans, stars): ([UserId; 12], [UserId; 12]) = (world.users().await, world.users().await);
    let mut edges = BTreeSet::new();
    for (number, fan) in fans.iter().enumerate() {
        for star in stars.iter().skip(number).step_by(5) {
            world.follow(*fan, *star).await;
            edges.insert((*fan, *star));
        }
    }
    world.follow(stars[0], fans[0]).await;
    let found = async |users: &[UserId], targets: &[UserId]| -> BTreeSet<_> {
        let found = world.store.edges_between(users, targets).await.unwrap();
        assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len());
        found.into_iter().collect()
    };
    assert_eq!(found(&fans, &stars).await, edges);
    // The same user twice is the same user.
    let twice: Vec<UserId> = stars.iter().chain(&stars).copied().collect();
    let of_first: BTreeSet<_> = edges
        .iter()
        .copied()
        .filter(|(fan, _)| *fan == fans[0])
        .collect();
    assert_eq!(found(&fans[..1], &twice).await, of_first);
    assert_eq!(found(&fans[..2], &[]).await, BTreeSet::new());
    assert_eq!(found(&[], &stars).await, BTreeSet::new());
}

async fn who_has_followers_is_found_among_many(world: World) {
    let [ada, bob, eve] = world.users().await;
    world.follow(ada, bob).await;
    world.follow(bob, eve).await;
    world.unfollow(bob, eve).await;
    let found = world.store.with_followers(&[eve, bob, ada]).await.unwrap();
    assert_eq!(found, [bob]);
    assert!(world.store.with_followers(&[]).await.unwrap().is_empty());
}

async fn who_follows_as_many_as_one_may_follows_nobody_more(world: World) {
    let [ada, bob, eve] = world.users().await;
    let almost = MOST_FOLLOWED as i64 - 1;
    world.tables.set_counts(&[(ada, 0, almost)]).await;
    assert_eq!(world.follow(ada, bob).await, Added::Now);
    assert_eq!(world.follow(ada, eve).await, Added::TooMany);
    // Whom she follows already is no further one.
    assert!(matches!(world.follow(ada, bob).await, Added::Before(_)));
    assert_eq!(world.counts(eve).await, (0, 0));
    assert!(world.followers(eve).await.is_empty());
    assert!(world.unfollow(ada, bob).await);
    assert_eq!(world.follow(ada, eve).await, Added::Now);
}

async fn counts_stay_true_whatever_races(world: World) {
    let users: [UserId; 4] = world.users().await;
    let world = &world;
    let mut turns = Vec::new();
    for round in 0..3 {
        for (place, user) in users.iter().enumerate() {
            for target in users.iter().filter(|target| *target != user) {
                turns.push(async move {
                    if (round + place) % 2 == 0 {
                        world.follow(*user, *target).await;
                    } else {
                        world.unfollow(*user, *target).await;
                    }
                });
            }
        }
    }
    join_all(turns).await;
    for user in users {
        let listed = (
            world.followers(user).await.len() as u64,
            world.following(user).await.len() as u64,
        );
        assert_eq!(world.counts(user).await, listed);
    }
}
