use social::{Counts, Status};

use super::World;
use super::world::present;

super::conformance! {
    a_page_shows_what_the_viewer_may_know
    of_whom_nothing_is_kept_there_is_an_empty_page
}

async fn a_page_shows_what_the_viewer_may_know(world: World) {
    let [ada, bob, eve] = world.users().await;
    world.follow(bob, ada).await;
    world.follow(eve, ada).await;
    world.follow(ada, eve).await;
    world.block(ada, eve).await;
    let home = present(Status::Home, "2026-01-01T00:02:00Z");
    let put = world.store.put_presence(&[(ada, home.clone())]).await;
    put.unwrap();

    let page = world.store.page(ada, Some(bob)).await.unwrap();
    let counts = Counts {
        followers: 2,
        following: 1,
    };
    assert_eq!(page.counts, counts);
    assert!(page.followed);
    assert!(!page.hides_from_viewer);
    assert_eq!(page.presence, Some(home.clone()));
    let page = world.store.page(ada, Some(eve)).await.unwrap();
    assert!(page.hides_from_viewer);
    // Who blocks isn't blocked.
    let page = world.store.page(eve, Some(ada)).await.unwrap();
    assert!(page.followed && !page.hides_from_viewer);
    for viewer in [None, Some(ada)] {
        let page = world.store.page(ada, viewer).await.unwrap();
        assert_eq!(page.counts, counts);
        assert!(!page.followed && !page.hides_from_viewer);
        assert_eq!(page.presence, Some(home.clone()));
    }
}

async fn of_whom_nothing_is_kept_there_is_an_empty_page(world: World) {
    let [ada, bob] = world.users().await;
    let page = world.store.page(ada, Some(bob)).await.unwrap();
    assert_eq!(page.counts, Counts::default());
    assert!(!page.followed && !page.hides_from_viewer);
    assert_eq!(page.presence, None);
}
