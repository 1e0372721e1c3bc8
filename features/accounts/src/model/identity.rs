use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Broken;

/// Where else a user has an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    Steam,
    Discord,
    Trackmania,
}

impl Provider {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Steam => "steam",
            Self::Discord => "discord",
            Self::Trackmania => "trackmania",
        }
    }
}

/// What a user says about an account elsewhere. A claim reserves nothing: it is not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub provider: Provider,
    pub external_id: String,
    pub username: Option<String>,
}

impl Claim {
    pub fn steam(steam_id: SteamId) -> Self {
        Self {
            provider: Provider::Steam,
            external_id: steam_id.0,
            username: None,
        }
    }

    pub fn discord(discord_id: DiscordId, username: Username) -> Self {
        Self {
            provider: Provider::Discord,
            external_id: discord_id.0,
            username: Some(username.0),
        }
    }

    /// The id in lower case, as Nadeo writes it.
    pub fn trackmania(account: Uuid, username: Username) -> Self {
        Self {
            provider: Provider::Trackmania,
            external_id: account.hyphenated().to_string(),
            username: Some(username.0),
        }
    }
}

/// A SteamID64 of a person: universe 1, type 1, instance 1, and 32 bits for the account.
/// <https://developer.valvesoftware.com/wiki/SteamID>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SteamId(String);

impl SteamId {
    const FIRST: u64 = 0x0110_0001_0000_0000;
    const LAST: u64 = Self::FIRST + u32::MAX as u64;

    pub fn parse(text: &str) -> Result<Self, Broken> {
        // A number may also begin with a plus sign or with zeros.
        let digits = text.len() == 17 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u64>();
        if digits && number.is_ok_and(|number| (Self::FIRST..=Self::LAST).contains(&number)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Broken(
                "must be a SteamID64: 17 digits that begin with 7656119 or 7656120",
            ))
        }
    }

    #[cfg(test)]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A Discord snowflake. <https://discord.com/developers/docs/reference#snowflakes>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscordId(String);

impl DiscordId {
    pub fn parse(text: &str) -> Result<Self, Broken> {
        let digits =
            (17..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits && text.parse::<u64>().is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err(Broken("must be a Discord id: 17 to 20 digits"))
        }
    }

    #[cfg(test)]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A user's name elsewhere, under whatever rules they have there: 1–64 characters, none of them a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    pub const MAX_LENGTH: usize = 64;

    pub fn parse(text: &str) -> Result<Self, Broken> {
        const RULE: Broken =
            Broken("must have 1 to 64 characters, none of them a control character");
        let text = text.trim();
        if text.len() > 3 * 4 * Self::MAX_LENGTH {
            return Err(RULE);
        }
        let name: String = text.nfc().collect();
        let fits = (1..=Self::MAX_LENGTH).contains(&name.chars().count());
        if fits && !name.contains(char::is_control) {
            Ok(Self(name))
        } else {
            Err(RULE)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steam_ids_have_their_shape() {
        for text in [
            "76561197960265728",
            "76561197960287930",
            "76561202255233023",
        ] {
            assert!(SteamId::parse(text).is_ok(), "{text}");
        }
        for text in [
            "76561197960265727",
            "76561202255233024",
            "+6561197960287930",
            "",
            "7656119796028793",
            "765611979602879300",
            "86561197960287930",
            "7656119796028793x",
            "７６５６１１９７９６０２８７９３０",
        ] {
            assert!(SteamId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn discord_ids_have_their_shape() {
        assert!(DiscordId::parse("80351110224678912").is_ok());
        for text in [
            "",
            "8035111022467891",
            "99999999999999999999",
            "8035111022467891a",
            "-80351110224678912",
        ] {
            assert!(DiscordId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn usernames_are_bounded() {
        assert_eq!(Username::parse(" a ").unwrap(), Username("a".to_owned()));
        for text in ["", "  ", "a\u{0}b", &"x".repeat(65), &"x".repeat(100_000)] {
            assert!(Username::parse(text).is_err(), "{text}");
        }
    }
}
