//! When users are offline, should no heartbeat come: what this server has to look after.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use kernel::UserId;

/// Users that are looked after. Beyond that, those who watch go by `expiresAt` alone.
const CAPACITY: usize = 500_000;

/// Each user is in one second's list, and is moved when that second comes and a later heartbeat has been there: a
/// heartbeat costs one look-up.
#[derive(Debug, Default)]
pub struct Expiries {
    by_user: HashMap<UserId, Timestamp>,
    by_second: BTreeMap<i64, Vec<UserId>>,
}

/// The second by whose end it has expired.
fn second(expires_at: Timestamp) -> i64 {
    expires_at.as_second() + i64::from(expires_at.subsec_nanosecond() > 0)
}

impl Expiries {
    /// A heartbeat came.
    pub fn set(&mut self, user: UserId, expires_at: Timestamp) {
        if let Some(known) = self.by_user.get_mut(&user) {
            *known = expires_at;
            return;
        }
        if self.by_user.len() < CAPACITY {
            self.by_user.insert(user, expires_at);
            self.list(user, expires_at);
        }
    }

    fn list(&mut self, user: UserId, expires_at: Timestamp) {
        self.by_second
            .entry(second(expires_at))
            .or_default()
            .push(user);
    }

    /// Those whose time is over, who are forgotten.
    pub fn take_due(&mut self, now: Timestamp) -> Vec<UserId> {
        let mut due = Vec::new();
        while let Some(first) = self.by_second.first_entry() {
            if *first.key() > now.as_second() {
                break;
            }
            for user in first.remove() {
                match self.by_user.get(&user).copied() {
                    Some(later) if later > now => self.list(user, later),
                    Some(_) => {
                        self.by_user.remove(&user);
                        due.push(user);
                    }
                    None => {}
                }
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::UserId;
    use uuid::Uuid;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn user(number: u128) -> UserId {
        UserId::new(Uuid::from_u128(number))
    }

    #[test]
    fn who_sends_no_heartbeat_is_due_once() {
        let mut expiries = Expiries::default();
        expiries.set(user(1), at(120));
        assert!(expiries.take_due(at(119)).is_empty());
        assert_eq!(expiries.take_due(at(120)), [user(1)]);
        assert!(expiries.take_due(at(500)).is_empty());
    }

    #[test]
    fn a_heartbeat_puts_it_off() {
        let mut expiries = Expiries::default();
        expiries.set(user(1), at(120));
        expiries.set(user(1), at(150));
        assert!(expiries.take_due(at(149)).is_empty());
        assert_eq!(expiries.take_due(at(150)), [user(1)]);
    }

    #[test]
    fn nobody_is_due_within_the_second() {
        let mut expiries = Expiries::default();
        expiries.set(user(1), at(120) + Duration::from_millis(900));
        assert!(
            expiries
                .take_due(at(120) + Duration::from_millis(950))
                .is_empty()
        );
        assert_eq!(expiries.take_due(at(121)), [user(1)]);
    }
}
