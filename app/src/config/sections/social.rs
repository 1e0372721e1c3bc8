use crate::config::reader::{Reader, Setting, Show};
use crate::config::value::Parsed;

const SOCIAL_STORE: Setting<SocialStoreKind> = Setting {
    name: "SOCIAL_STORE",
    default: Some("postgres"),
    allowed: "postgres, or dynamodb",
    show: Show::Plain,
    parse: |text| match text {
        "postgres" => Ok(SocialStoreKind::Postgres),
        "dynamodb" => Ok(SocialStoreKind::DynamoDb),
        _ => Err(String::new()),
    },
};
const TABLE_FOLLOWS: Setting<String> = table("TABLE_FOLLOWS", "follows");
const TABLE_PRESENCE: Setting<String> = table("TABLE_PRESENCE", "presence");
const TABLE_USER_GAME_STATS: Setting<String> = table("TABLE_USER_GAME_STATS", "userGameStats");

const fn table(name: &'static str, default: &'static str) -> Setting<String> {
    Setting {
        name,
        default: Some(default),
        allowed: "3 to 255 of the characters a–z, A–Z, 0–9, _, - and .",
        show: Show::Plain,
        parse: table_name,
    }
}

/// DynamoDB's own rule.
fn table_name(text: &str) -> Parsed<String> {
    let is_allowed =
        |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
    if (3..=255).contains(&text.len()) && text.chars().all(is_allowed) {
        Ok(text.to_owned())
    } else {
        Err(String::new())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocialStoreKind {
    Postgres,
    DynamoDb,
}

/// Where followers and presence are kept.
#[derive(Clone, Debug)]
pub struct SocialSection {
    pub store: SocialStoreKind,
    /// What DynamoDB's tables are called, whether they are used or only to be made.
    pub table_follows: String,
    pub table_presence: String,
    pub table_user_game_stats: String,
}

impl SocialSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        let store = reader.required(&SOCIAL_STORE);
        if store == SocialStoreKind::DynamoDb && cfg!(not(feature = "aws")) {
            let message = "can't be dynamodb in this build: build with --features aws";
            reader.problem(SOCIAL_STORE.name, message);
        }
        let mut names: Vec<String> = Vec::new();
        for setting in [&TABLE_FOLLOWS, &TABLE_PRESENCE, &TABLE_USER_GAME_STATS] {
            let name = reader.required(setting);
            if names.contains(&name) {
                reader.problem(setting.name, "is the name of another table already");
            }
            names.push(name);
        }
        let [table_follows, table_presence, table_user_game_stats] =
            names.try_into().unwrap_or_default();
        Self {
            store,
            table_follows,
            table_presence,
            table_user_game_stats,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_named_as_dynamodb_allows() {
        for good in ["follows", "prod.user-game_stats", "abc", &"x".repeat(255)] {
            assert!(table_name(good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "a b c", "größe", "a/b", &"x".repeat(256)] {
            assert!(table_name(bad).is_err(), "{bad}");
        }
    }
}
