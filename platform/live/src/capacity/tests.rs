use std::future::poll_fn;

use futures_util::FutureExt;
use uuid::Uuid;

use super::*;

fn user(number: u128) -> Holder {
    Holder::User(UserId::new(Uuid::from_u128(number)))
}

fn ending(permit: &Permit) -> Option<Ending> {
    poll_fn(|context| permit.poll_ending(context)).now_or_never()
}

#[test]
fn the_total_is_a_hard_cap_that_frees_on_drop() {
    let capacity = Capacity::new(2, 8);
    let first = capacity.try_enter(user(1), None);
    let second = capacity.try_enter(user(2), None);
    assert!(first.is_some() && second.is_some());
    assert!(capacity.try_enter(user(3), None).is_none());
    drop(first);
    assert_eq!(capacity.active(), 1);
    let third = capacity.try_enter(user(3), None);
    assert!(third.is_some());
    drop((second, third));
    assert_eq!(capacity.active(), 0);
    assert!(capacity.0.state.lock().holders.is_empty());
}

#[test]
fn over_its_cap_a_holder_loses_its_oldest() {
    let capacity = Capacity::new(100, 2);
    let mine = || capacity.try_enter(user(1), None).expect("room");
    let other = capacity.try_enter(user(2), None).expect("room");
    let (first, second, third) = (mine(), mine(), mine());
    assert_eq!(ending(&first), Some(Ending::Displaced));
    assert_eq!(ending(&second), None);
    let fourth = mine();
    assert_eq!(ending(&second), Some(Ending::Displaced));
    assert!(
        capacity.try_enter(user(1), None).is_none(),
        "two are displaced and still there"
    );
    drop(first);
    let fifth = mine();
    assert_eq!(ending(&third), Some(Ending::Displaced));
    assert_eq!(
        (ending(&fourth), ending(&fifth), ending(&other)),
        (None, None, None)
    );
    drop((second, third, fourth, fifth, other));
    assert!(capacity.0.state.lock().holders.is_empty());
}

#[test]
fn no_room_for_anybody() {
    assert!(Capacity::new(0, 8).try_enter(user(1), None).is_none());
    assert!(Capacity::new(8, 0).try_enter(user(1), None).is_none());
}

#[test]
fn only_the_holders_own_streams_are_ended() {
    let capacity = Capacity::new(8, 8);
    let gone = capacity.try_enter(user(1), None).expect("room");
    let stays = capacity.try_enter(user(2), None).expect("room");
    capacity.end_all_of(user(1));
    capacity.end_all_of(user(3));
    assert_eq!(ending(&gone), Some(Ending::Revoked));
    assert_eq!(ending(&stays), None);
}

#[test]
fn a_sessions_streams_end_with_it_and_no_others() {
    let capacity = Capacity::new(8, 8);
    let session = |number| SessionId::new(Uuid::from_u128(number));
    let enter = |holder, session| capacity.try_enter(holder, session).expect("room");
    let gone = [
        enter(user(1), Some(session(1))),
        enter(user(1), Some(session(1))),
    ];
    let stay = [
        enter(user(1), Some(session(2))),
        enter(user(1), None),
        enter(user(2), Some(session(1))),
    ];
    let Holder::User(first) = user(1) else {
        panic!("a user")
    };
    assert_eq!(capacity.signed_in().len(), 4);
    capacity.end_session(first, session(1));
    for permit in &gone {
        assert_eq!(ending(permit), Some(Ending::Revoked));
    }
    for permit in &stay {
        assert_eq!(ending(permit), None);
    }
}

#[tokio::test]
async fn shutdown_ends_all_and_lets_none_in() {
    let capacity = Capacity::new(8, 8);
    let permit = capacity.try_enter(user(1), None).expect("room");
    let shutdown = CancellationToken::new();
    let waiting = tokio::spawn(async move { poll_fn(|context| permit.poll_ending(context)).await });
    tokio::task::yield_now().await;
    shutdown.cancel();
    capacity.clone().shut_down_on(shutdown).await;
    assert_eq!(waiting.await.expect("no panic"), Ending::ShuttingDown);
    assert!(capacity.try_enter(user(2), None).is_none());
}

#[test]
fn addresses_of_one_customer_are_one_holder() {
    let holder = |address: &str| Holder::address(address.parse().expect("an address"));
    assert_eq!(holder("2001:db8::1"), holder("2001:db8::ffff:2"));
    assert_ne!(holder("2001:db8::1"), holder("2001:db8:0:1::1"));
    assert_eq!(holder("::ffff:192.0.2.1"), holder("192.0.2.1"));
    assert_ne!(holder("192.0.2.1"), holder("192.0.2.2"));
}
