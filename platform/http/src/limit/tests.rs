use axum::response::IntoResponse;

use super::*;

fn limiter(requests: u32, window: Duration, keys: usize) -> (RateLimiter<u64>, Clock) {
    let clock = Clock::manual("2026-01-01T00:00:00Z".parse().unwrap());
    let requests = NonZeroU32::new(requests).unwrap();
    (
        RateLimiter::with_capacity("/test", requests, window, clock.clone(), keys),
        clock,
    )
}

#[test]
fn a_whole_window_may_come_at_once_and_comes_back_evenly() {
    let (limiter, clock) = limiter(10, Duration::from_secs(60), 1000);
    for remaining in (0..10).rev() {
        let quota = limiter.check(&1).unwrap();
        assert_eq!((quota.limit, quota.remaining), (10, remaining));
    }
    let RateLimited(quota) = limiter.check(&1).unwrap_err();
    assert_eq!(
        quota,
        Quota {
            limit: 10,
            remaining: 0,
            reset: Duration::from_secs(6)
        }
    );
    assert!(limiter.check(&2).is_ok(), "others aren't held up");

    clock.advance(Duration::from_millis(5_999));
    assert!(limiter.check(&1).is_err());
    clock.advance(Duration::from_millis(1));
    assert!(limiter.check(&1).is_ok());
    assert!(limiter.check(&1).is_err());
    clock.advance(Duration::from_secs(60));
    assert_eq!(limiter.check(&1).unwrap().remaining, 9);
}

#[test]
fn sweeping_forgets_only_those_whose_quota_is_whole() {
    let (limiter, clock) = limiter(10, Duration::from_secs(60), 1000);
    for key in 0..100 {
        limiter.check(&key).unwrap();
    }
    for _ in 0..10 {
        let _ = limiter.check(&7);
    }
    clock.advance(Duration::from_secs(30));
    limiter.sweep();
    assert_eq!(limiter.len(), 1);
    assert_eq!(
        limiter.check(&7).unwrap().remaining,
        4,
        "still held to what it used"
    );
    clock.advance(Duration::from_secs(61));
    limiter.sweep();
    assert!(limiter.is_empty());
}

#[test]
fn a_crowd_is_bounded_and_still_limited() {
    let (limiter, _) = limiter(3, Duration::from_secs(60), 640);
    let admitted = (0..100_000)
        .filter(|key| limiter.check(key).is_ok())
        .count();
    assert!(limiter.len() <= 640);
    assert!(admitted <= 640 + 64 * 3, "{admitted}");
}

#[test]
fn the_answer_says_when_to_come_back() {
    let (limiter, _) = limiter(1, Duration::from_millis(90_500), 100);
    limiter.check(&1).unwrap();
    let response = ApiError::from(limiter.check(&1).unwrap_err()).into_response();
    assert_eq!(response.status(), 429);
    for (name, value) in [
        ("retry-after", "91"),
        ("ratelimit-limit", "1"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "91"),
    ] {
        assert_eq!(response.headers()[name], value, "{name}");
    }
}

#[test]
fn a_rate_can_be_changed_and_taken_away() {
    let clock = Clock::manual("2026-01-01T00:00:00Z".parse().unwrap());
    let limiter = AdjustableLimiter::new("/test", clock);
    let rate = |requests: u32| Rate {
        requests: NonZeroU32::new(requests).unwrap(),
        window: Duration::from_secs(60),
    };
    assert_eq!(limiter.check(&1), Ok(None), "no limit at first");
    limiter.set(Some(rate(2)));
    for remaining in [1, 0] {
        assert_eq!(limiter.check(&1).unwrap().unwrap().remaining, remaining);
    }
    limiter.set(Some(rate(2)));
    assert!(limiter.check(&1).is_err(), "nothing has changed");
    limiter.set(Some(rate(3)));
    assert_eq!(limiter.check(&1).unwrap().unwrap().remaining, 2);
    limiter.set(None);
    assert_eq!(limiter.check(&1), Ok(None));
}
