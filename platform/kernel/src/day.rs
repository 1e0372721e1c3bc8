use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type};

/// A day in UTC, from midnight to midnight, written `2026-11-21`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a day such as 2026-11-21")]
pub struct DayError;

impl Day {
    /// The day on which `at` lies.
    pub fn of(at: Timestamp) -> Self {
        Self(Offset::UTC.to_datetime(at).date())
    }

    pub fn date(self) -> Date {
        self.0
    }

    /// Its first moment.
    pub fn start(self) -> Timestamp {
        Offset::UTC
            .to_timestamp(self.0.at(0, 0, 0, 0))
            .unwrap_or(Timestamp::MAX)
    }

    /// The first moment after it.
    pub fn end(self) -> Timestamp {
        self.start()
            .saturating_add(SignedDuration::from_hours(24))
            .unwrap_or(Timestamp::MAX)
    }
}

impl FromStr for Day {
    type Err = DayError;

    /// Only in the one form, and only of years that PostgreSQL and ids can hold: 1970 to 9998.
    fn from_str(text: &str) -> Result<Self, DayError> {
        let is_shape = text.len() == 10
            && text.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !is_shape {
            return Err(DayError);
        }
        let date: Date = text.parse().map_err(|_| DayError)?;
        match date.year() {
            1970..=9998 => Ok(Self(date)),
            _ => Err(DayError),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|error| de::Error::custom(format!("the day {error}")))
    }
}

impl utoipa::PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .examples(["2026-11-21"])
            .build()
            .into()
    }
}

impl utoipa::ToSchema for Day {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_from_midnight_to_midnight_in_utc() {
        let day = Day::of("2024-02-29T23:59:59.999Z".parse().unwrap());
        assert_eq!(day.to_string(), "2024-02-29");
        assert_eq!(day.start(), "2024-02-29T00:00:00Z".parse().unwrap());
        assert_eq!(day.end(), "2024-03-01T00:00:00Z".parse().unwrap());
        assert_eq!(Day::of(day.start()), day);
        assert_ne!(Day::of(day.end()), day);
    }

    #[test]
    fn it_is_read_in_one_form() {
        assert_eq!(
            "2024-02-29".parse().map(|day: Day| day.to_string()),
            Ok("2024-02-29".to_owned())
        );
        for text in [
            "",
            "2023-02-29",
            "2024-2-29",
            "20240229",
            "2024-02-29T00:00:00Z",
            "+024-02-29",
            "1969-12-31",
            "9999-12-31",
            "today",
        ] {
            assert_eq!(text.parse::<Day>(), Err(DayError), "{text}");
        }
    }
}
