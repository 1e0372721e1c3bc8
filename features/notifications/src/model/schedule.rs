//! When a user may be disturbed, and when the day's digest is due: by the clock on the user's wall.
//!
//! Invariant: there is one digest to a local day, whatever the clocks do. Where they are put forward over its hour, it
//! comes with the first moment after the gap; where they are put back, the first time that the hour strikes.

use jiff::civil::{Date, Time};
use jiff::tz::{Disambiguation, TimeZone};
use jiff::{Timestamp, ToSpan};

/// Local times between which nothing may disturb; the end may be of the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    pub from: Time,
    pub until: Time,
}

impl QuietHours {
    fn covers(self, time: Time) -> bool {
        if self.from <= self.until {
            (self.from..self.until).contains(&time)
        } else {
            time >= self.from || time < self.until
        }
    }

    /// When the quiet of this moment ends; `None` if it isn't quiet.
    pub fn end(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = zone.to_datetime(now);
        if !self.covers(local.time()) {
            return None;
        }
        let today = local.date();
        let date = match local.time() < self.until {
            true => today,
            false => today.tomorrow().ok()?,
        };
        let end = date.to_datetime(self.until);
        // Where the clocks are put back, the end may strike twice, and the first may be past.
        [Disambiguation::Compatible, Disambiguation::Later]
            .into_iter()
            .filter_map(|which| zone.to_ambiguous_timestamp(end).disambiguate(which).ok())
            .find(|end| *end > now)
    }

    /// The first moment from this one on that isn't quiet.
    pub fn after(quiet: Option<Self>, now: Timestamp, zone: &TimeZone) -> Timestamp {
        quiet.and_then(|quiet| quiet.end(now, zone)).unwrap_or(now)
    }
}

/// When a user's digests come.
#[derive(Clone, Debug)]
pub struct DigestHour {
    /// 0–23.
    pub hour: i8,
    pub zone: TimeZone,
    pub quiet: Option<QuietHours>,
}

impl DigestHour {
    /// The next digest: the first whose hour is after `now` and whose day is after `last_day`, and when it is due,
    /// which is after the quiet if the hour falls into it.
    pub fn next(&self, now: Timestamp, last_day: Option<Date>) -> Option<(Date, Timestamp)> {
        let hour = Time::new(self.hour, 0, 0, 0).ok()?;
        let today = self.zone.to_datetime(now).date();
        let mut day = match last_day.and_then(|day| day.tomorrow().ok()) {
            Some(earliest) => earliest.max(today),
            None => today,
        };
        loop {
            let strikes = self
                .zone
                .to_ambiguous_timestamp(day.to_datetime(hour))
                .compatible()
                .ok()?;
            if strikes > now {
                return Some((day, QuietHours::after(self.quiet, strikes, &self.zone)));
            }
            day = day.checked_add(1.day()).ok()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A change by half an hour, one at midnight, one over the date line, and those that everybody knows.
    const ZONES: [&str; 8] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Havana",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "America/Santiago",
    ];

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn digest(hour: i8, name: &str) -> DigestHour {
        DigestHour {
            hour,
            zone: zone(name),
            quiet: None,
        }
    }

    fn quiet(from: &str, until: &str) -> QuietHours {
        QuietHours {
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
        }
    }

    #[test]
    fn the_hour_is_the_users_own() {
        let berlin = digest(8, "Europe/Berlin");
        for (now, want) in [
            ("2026-11-21T06:59:59Z", "2026-11-21T07:00:00Z"),
            ("2026-11-21T07:00:00Z", "2026-11-22T07:00:00Z"),
            // Summer time begins on the 29th of March and ends on the 25th of October.
            ("2026-03-28T12:00:00Z", "2026-03-29T06:00:00Z"),
            ("2026-10-24T12:00:00Z", "2026-10-25T07:00:00Z"),
        ] {
            assert_eq!(berlin.next(at(now), None).unwrap().1, at(want), "{now}");
        }
    }

    #[test]
    fn an_hour_that_is_left_out_or_strikes_twice() {
        let berlin = digest(2, "Europe/Berlin");
        let next = berlin.next(at("2026-03-28T20:00:00Z"), None).unwrap();
        assert_eq!(
            next,
            ("2026-03-29".parse().unwrap(), at("2026-03-29T01:00:00Z"))
        );
        let next = berlin.next(at("2026-10-24T20:00:00Z"), None).unwrap();
        assert_eq!(
            next,
            ("2026-10-25".parse().unwrap(), at("2026-10-25T00:00:00Z"))
        );
        let next = berlin.next(at("2026-10-25T00:00:00Z"), None).unwrap();
        assert_eq!(next.0, "2026-10-26".parse().unwrap());
    }

    #[test]
    fn a_day_that_had_its_digest_has_no_other() {
        let moved = digest(20, "Europe/Berlin");
        let today = "2026-11-21".parse().unwrap();
        let next = moved.next(at("2026-11-21T08:00:00Z"), Some(today)).unwrap();
        assert_eq!(
            next,
            ("2026-11-22".parse().unwrap(), at("2026-11-22T19:00:00Z"))
        );
    }

    #[test]
    fn quiet_may_last_over_midnight() {
        let (night, berlin) = (quiet("22:00", "07:30"), zone("Europe/Berlin"));
        for (now, end) in [
            ("2026-11-21T20:59:59Z", None),
            ("2026-11-21T21:00:00Z", Some("2026-11-22T06:30:00Z")),
            ("2026-11-22T06:29:59Z", Some("2026-11-22T06:30:00Z")),
            ("2026-11-22T06:30:00Z", None),
            // The clocks are put forward in this night, and back in that one.
            ("2026-03-28T22:00:00Z", Some("2026-03-29T05:30:00Z")),
            ("2026-10-24T22:00:00Z", Some("2026-10-25T06:30:00Z")),
        ] {
            assert_eq!(night.end(at(now), &berlin), end.map(at), "{now}");
        }
        // The second half past two of that night.
        let early = quiet("02:00", "02:30");
        assert_eq!(
            early.end(at("2026-10-25T01:10:00Z"), &berlin),
            Some(at("2026-10-25T01:30:00Z"))
        );
    }

    #[test]
    fn a_digest_waits_for_the_quiet_to_end() {
        let early = DigestHour {
            quiet: Some(quiet("22:00", "07:30")),
            ..digest(6, "Europe/Berlin")
        };
        let next = early.next(at("2026-11-21T12:00:00Z"), None).unwrap();
        assert_eq!(
            next,
            ("2026-11-22".parse().unwrap(), at("2026-11-22T06:30:00Z"))
        );
    }

    proptest! {
        #[test]
        fn there_is_one_digest_to_a_day(zone_index in 0..ZONES.len(), hour in 0..24_i8, start in 1_262_304_000..1_893_456_000_i64) {
            let digest = digest(hour, ZONES[zone_index]);
            let (mut now, mut last) = (Timestamp::from_second(start).unwrap(), None);
            for _ in 0..400 {
                let (day, due) = digest.next(now, last).unwrap();
                prop_assert!(due > now);
                prop_assert!(last.is_none_or(|last| day > last));
                // A day at most lies between two, or two where a day was left out at the date line.
                if let Some(last) = last {
                    prop_assert!(day <= last.checked_add(2.days()).unwrap(), "{last} {day}");
                }
                let struck = digest.zone.to_datetime(due);
                // On its hour, but where that was left out.
                let late = struck.duration_since(day.at(hour, 0, 0, 0)).as_secs();
                prop_assert!((0..=24 * 3600).contains(&late), "{day} {struck}");
                (now, last) = (due, Some(day));
            }
        }

        #[test]
        fn after_the_quiet_it_is_not_quiet(
            zone_index in 0..ZONES.len(), from in 0..96_i8, length in 1..95_i8, now in 1_262_304_000..1_893_456_000_i64,
        ) {
            let zone = zone(ZONES[zone_index]);
            let quarter = |number: i8| Time::new(number % 96 / 4, number % 4 * 15, 0, 0).unwrap();
            let hours = QuietHours { from: quarter(from), until: quarter((from as i16 + length as i16).rem_euclid(96) as i8) };
            let now = Timestamp::from_second(now).unwrap();
            match hours.end(now, &zone) {
                Some(end) => {
                    prop_assert!(end > now);
                    prop_assert!(end.duration_since(now).as_hours() <= 49);
                    prop_assert!(hours.end(end, &zone).is_none_or(|again| again.duration_since(end).as_hours() <= 1));
                }
                None => prop_assert!(!hours.covers(zone.to_datetime(now).time())),
            }
        }
    }
}
