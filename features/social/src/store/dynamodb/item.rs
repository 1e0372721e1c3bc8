//! Items as they are kept: the names of attributes, and how they are written and read.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use kernel::UserId;

pub type Item = HashMap<String, AttributeValue>;

pub const USER: &str = "userId";
pub const TARGET: &str = "targetUserId";
pub const GAME: &str = "gameId";
pub const CREATED_AT: &str = "createdAt";
pub const FOLLOWERS: &str = "followers";
pub const FOLLOWING: &str = "following";
pub const STATUS: &str = "status";
pub const CONTEXT: &str = "context";
/// Whole epoch seconds, as a number: what DynamoDB removes items by.
pub const EXPIRES_AT: &str = "expiresAt";
/// The same to the microsecond, as a text.
pub const GOOD_UNTIL: &str = "goodUntil";

pub fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// To the microsecond and always as long, so that texts are in the order of time.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

pub fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    let named = attributes.map(|(name, value)| (name.to_owned(), value));
    Item::from(named)
}

/// None where it is missing or nothing of the kind.
pub fn read<T: FromStr>(item: &Item, name: &str) -> Option<T> {
    match item.get(name)? {
        AttributeValue::S(text) | AttributeValue::N(text) => text.parse().ok(),
        _ => None,
    }
}

pub fn user(item: &Item) -> Option<UserId> {
    read(item, USER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_in_the_order_of_time_as_texts() {
        let early: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let late: Timestamp = "2026-01-01T00:00:00.00001Z".parse().unwrap();
        assert_eq!(moment(early), "2026-01-01T00:00:00.000000Z");
        assert!(moment(early) < moment(late));
        assert_eq!(moment(late).parse::<Timestamp>().unwrap(), late);
    }
}
