use jiff::Timestamp;
use jiff::tz::TimeZone;
use kernel::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Broken;
use super::alert_type::AlertType;
use super::screen_name::ScreenName;

const MAX_BAN_REASON: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    User,
    Admin,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }
}

impl From<String> for Role {
    /// From the column `role`, whose check constraint knows no third.
    fn from(text: String) -> Self {
        if text == "admin" {
            Self::Admin
        } else {
            Self::User
        }
    }
}

/// A user as the user sees it.
#[derive(Clone)]
pub struct User {
    pub id: UserId,
    pub email: Option<String>,
    /// Whether the user has proven that mail to it reaches them.
    pub email_confirmed: bool,
    pub screen_name: String,
    pub avatar: i16,
    pub role: Role,
    pub time_zone: String,
    pub alert_type: AlertType,
    pub created_at: Timestamp,
}

/// What an admin changes about a user; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    pub role: Option<Role>,
    pub alert_type: Option<AlertType>,
    pub ban: Option<BanChange>,
}

#[derive(Clone, Debug)]
pub enum BanChange {
    Impose(BanReason),
    Lift,
}

/// What a user changes about themselves; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub screen_name: Option<ScreenName>,
    pub avatar: Option<Avatar>,
    pub time_zone: Option<ZoneName>,
    pub alert_type: Option<AlertType>,
}

/// 0–999; clients map it to pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avatar(i16);

impl Avatar {
    pub fn new(number: i64) -> Result<Self, Broken> {
        match i16::try_from(number) {
            Ok(number @ 0..=999) => Ok(Self(number)),
            _ => Err(Broken("must be a whole number from 0 to 999")),
        }
    }

    pub fn get(self) -> i16 {
        self.0
    }
}

/// Why somebody is banned, as they will be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BanReason(String);

impl BanReason {
    pub fn parse(text: &str) -> Result<Self, Broken> {
        let text = text.trim();
        if !(1..=MAX_BAN_REASON).contains(&text.chars().count()) {
            return Err(Broken("must have 1 to 500 characters"));
        }
        if text.contains(char::is_control) {
            return Err(Broken("must be one line, without control characters"));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a time zone in the IANA database, as it is spelled there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneName(String);

impl ZoneName {
    pub fn parse(text: &str) -> Result<Self, Broken> {
        const RULE: Broken = Broken("must be a time zone such as Europe/Berlin");
        // The longest name of the database has 32 characters.
        if text.len() > 64 {
            return Err(RULE);
        }
        let zone = TimeZone::get(text).map_err(|_| RULE)?;
        zone.iana_name()
            .map(|name| Self(name.to_owned()))
            .ok_or(RULE)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avatars_are_bounded() {
        assert_eq!(Avatar::new(0).map(Avatar::get), Ok(0));
        assert_eq!(Avatar::new(999).map(Avatar::get), Ok(999));
        for number in [-1, 1000, i64::MIN, i64::MAX] {
            assert!(Avatar::new(number).is_err(), "{number}");
        }
    }

    #[test]
    fn a_ban_has_a_reason_of_one_line() {
        assert_eq!(
            BanReason::parse("  Cheated in round 7. ").unwrap().as_str(),
            "Cheated in round 7."
        );
        assert!(BanReason::parse(&"é".repeat(500)).is_ok());
        for text in ["", " ", "a\nb", "a\0", &"x".repeat(501)] {
            assert!(BanReason::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn time_zones_are_those_of_the_database() {
        assert_eq!(
            ZoneName::parse("europe/berlin").unwrap().as_str(),
            "Europe/Berlin"
        );
        assert!(ZoneName::parse("UTC").is_ok());
        for text in [
            "",
            "Mars/Olympus",
            "+02:00",
            "../../etc/passwd",
            "/etc/passwd",
            &"x".repeat(1000),
        ] {
            assert!(ZoneName::parse(text).is_err(), "{text}");
        }
    }
}
