use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Serialize, Serializer};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type};

/// A time as answers carry it: RFC 3339 in UTC with milliseconds and `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339_milliseconds(self.0))
    }
}

impl utoipa::PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-11-21T08:54:59.123Z"])
            .build()
            .into()
    }
}

impl utoipa::ToSchema for Moment {}

/// Length of `2026-11-21T08:54:59.123Z`.
const RFC3339_MILLISECONDS: usize = 24;

/// RFC 3339 in UTC with milliseconds and `Z`: how the API writes every time.
pub fn rfc3339_milliseconds(at: Timestamp) -> String {
    let mut out = Vec::with_capacity(RFC3339_MILLISECONDS);
    write_rfc3339_milliseconds(at, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// The same, written to the end of `out`: pages of a leaderboard hold a hundred of them.
pub fn write_rfc3339_milliseconds(at: Timestamp, out: &mut Vec<u8>) {
    let time = Offset::UTC.to_datetime(at);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |place: usize, length: usize, value: i16| {
        let mut rest = value.unsigned_abs();
        for digit in text[place..place + length].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
    };
    put(0, 4, time.year());
    put(5, 2, time.month().into());
    put(8, 2, time.day().into());
    put(11, 2, time.hour().into());
    put(14, 2, time.minute().into());
    put(17, 2, time.second().into());
    put(20, 3, time.millisecond());
    out.extend_from_slice(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_milliseconds_and_z() {
        for (text, want) in [
            ("2026-11-21T08:54:59.123999Z", "2026-11-21T08:54:59.123Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
            ("2024-02-29T23:59:59.005Z", "2024-02-29T23:59:59.005Z"),
        ] {
            assert_eq!(rfc3339_milliseconds(text.parse().unwrap()), want);
        }
    }
}
