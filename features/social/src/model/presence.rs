//! Who is online, and what others see of it.

use std::time::Duration;

use jiff::Timestamp;
use kernel::{FieldError, Moment, Tag};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a user is there after a heartbeat. Clients send one each 30 s, so that three may be lost.
pub const LASTS: Duration = Duration::from_secs(120);
/// Of `context`, in characters.
pub const CONTEXT_LENGTH: usize = 80;

/// What a user says to be doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Home,
    GameLobby,
    Matchmaking,
    Playing,
    HighScores,
    Reviewing,
    Away,
    /// There, but offline to everybody else.
    Invisible,
}

impl Status {
    pub const ALL: [Self; 8] = [
        Self::Home,
        Self::GameLobby,
        Self::Matchmaking,
        Self::Playing,
        Self::HighScores,
        Self::Reviewing,
        Self::Away,
        Self::Invisible,
    ];

    /// Its word in the API and in the stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::GameLobby => "game_lobby",
            Self::Matchmaking => "matchmaking",
            Self::Playing => "playing",
            Self::HighScores => "high_scores",
            Self::Reviewing => "reviewing",
            Self::Away => "away",
            Self::Invisible => "invisible",
        }
    }

    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// What a heartbeat says, and how long it is good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    pub status: Status,
    pub game: Option<Tag>,
    /// Plain text of at most 80 characters.
    pub context: Option<String>,
    pub expires_at: Timestamp,
}

/// What can be seen of a presence: two that look the same are no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks<'a> {
    status: Status,
    game: Option<&'a Tag>,
    context: Option<&'a str>,
}

impl Presence {
    /// What others see at this moment: nothing if the user isn't there, or wants to seem so.
    pub fn looks(&self, now: Timestamp) -> Option<Looks<'_>> {
        let seen = self.expires_at > now && self.status != Status::Invisible;
        seen.then_some(Looks {
            status: self.status,
            game: self.game.as_ref(),
            context: self.context.as_deref(),
        })
    }

    /// Reads a heartbeat.
    ///
    /// # Errors
    /// With all fields that are at fault.
    pub fn read(
        status: &str,
        game: Option<Tag>,
        context: Option<String>,
        now: Timestamp,
    ) -> Result<Self, Vec<FieldError>> {
        let mut faults = Vec::new();
        let known = Status::find(status);
        if known.is_none() {
            let words: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
            let message = format!("must be one of {}", words.join(", "));
            faults.push(FieldError::new("status", message));
        }
        let context = context.map(|text| text.trim().to_owned());
        if let Some(text) = &context {
            if text.chars().count() > CONTEXT_LENGTH {
                faults.push(FieldError::new(
                    "context",
                    "must have at most 80 characters",
                ));
            }
            if text.chars().any(is_no_plain_text) {
                faults.push(FieldError::new(
                    "context",
                    "must be one line of plain text, without control characters",
                ));
            }
        }
        match known {
            Some(status) if faults.is_empty() => Ok(Self {
                status,
                game,
                context: context.filter(|text| !text.is_empty()),
                expires_at: now + LASTS,
            }),
            _ => Err(faults),
        }
    }
}

/// Control characters, and those that turn the direction of what follows on somebody else's page.
fn is_no_plain_text(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A user's presence, as whoever asks may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Presence)]
#[serde(rename_all = "camelCase")]
pub struct PresenceView {
    /// One of the words of `PUT /presence`, or `offline`.
    #[schema(example = "playing")]
    pub status: String,
    pub game_id: Option<Tag>,
    /// Plain text: it may hold what looks like markup.
    pub context: Option<String>,
    /// When the user is offline, should no heartbeat come. Null for `offline`.
    pub expires_at: Option<Moment>,
}

impl PresenceView {
    pub fn offline() -> Self {
        Self {
            status: "offline".to_owned(),
            game_id: None,
            context: None,
            expires_at: None,
        }
    }

    /// As others see it.
    pub fn of(presence: Option<&Presence>, now: Timestamp) -> Self {
        match presence.filter(|presence| presence.looks(now).is_some()) {
            Some(presence) => Self::whole(presence),
            None => Self::offline(),
        }
    }

    /// As the user's own.
    pub fn whole(presence: &Presence) -> Self {
        Self {
            status: presence.status.as_str().to_owned(),
            game_id: presence.game.clone(),
            context: presence.context.clone(),
            expires_at: Some(Moment(presence.expires_at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn read(status: &str, context: &str) -> Result<Presence, Vec<FieldError>> {
        Presence::read(status, None, Some(context.to_owned()), now())
    }

    #[test]
    fn a_heartbeat_is_good_for_two_minutes() {
        let presence = read("playing", "level 3").unwrap();
        let almost = now() + Duration::from_secs(119);
        assert!(presence.looks(almost).is_some());
        assert!(presence.looks(now() + LASTS).is_none());
    }

    #[test]
    fn the_invisible_are_offline_to_others() {
        let presence = read("invisible", "").unwrap();
        let view = PresenceView::of(Some(&presence), now());
        assert_eq!(view, PresenceView::offline());
        assert_eq!(PresenceView::whole(&presence).status, "invisible");
    }

    #[test]
    fn an_unknown_status_is_told_which_there_are() {
        let faults = read("dancing", "").unwrap_err();
        assert_eq!(faults[0].field, "status");
        for status in Status::ALL {
            assert!(faults[0].message.contains(status.as_str()));
        }
    }

    #[test]
    fn context_is_one_short_line_of_plain_text() {
        assert_eq!(
            read("home", "  <b>hi</b> ").unwrap().context.unwrap(),
            "<b>hi</b>"
        );
        assert_eq!(read("home", "   ").unwrap().context, None);
        assert!(read("home", &"é".repeat(80)).is_ok());
        for bad in ["a\nb", "a\u{0}", "a\u{202e}b", &"é".repeat(81)] {
            assert_eq!(
                read("home", bad).unwrap_err()[0].field,
                "context",
                "{bad:?}"
            );
        }
    }
}
