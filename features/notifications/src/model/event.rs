//! What can happen that a user may want to know. Adding a kind is adding a line to [`KINDS`].

use super::channel::{Channel, When};
use super::text;

/// How much it matters; what matters most comes first in a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Importance {
    Low,
    Normal,
    High,
}

impl Importance {
    /// As the table has it.
    pub fn number(self) -> i16 {
        match self {
            Self::Low => 0,
            Self::Normal => 1,
            Self::High => 2,
        }
    }

    pub fn as_str(number: i16) -> &'static str {
        match number {
            ..=0 => "low",
            1 => "normal",
            _ => "high",
        }
    }
}

/// A kind of event: a row of every user's grid.
#[derive(Debug)]
pub struct EventKind {
    /// Its name in the API and in the database, for ever.
    pub name: &'static str,
    /// What stands beside it in the preferences.
    pub label: &'static str,
    pub importance: Importance,
    /// By mail, unless the user says otherwise. Direct messages are for those who ask for them.
    email: When,
}

impl EventKind {
    pub fn by_default(&self, channel: Channel) -> When {
        match channel {
            Channel::Email => self.email,
            Channel::Discord => When::Off,
            // Whoever gives a webhook wants it called.
            Channel::InApp | Channel::Webhook => When::Immediate,
        }
    }

    pub fn find(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name).copied()
    }
}

impl PartialEq for EventKind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

const fn kind(
    name: &'static str,
    label: &'static str,
    importance: Importance,
    email: When,
) -> EventKind {
    EventKind {
        name,
        label,
        importance,
        email,
    }
}

/// A review that the user asked for is ready.
pub static REVIEW_READY: EventKind = kind(
    "review_ready",
    "A review of your match is ready",
    Importance::High,
    When::Immediate,
);
/// A review that the user asked for could not be made.
pub static REVIEW_FAILED: EventKind = kind(
    "review_failed",
    "A review of your match could not be made",
    Importance::Normal,
    When::Digest,
);
/// Somebody drove faster than the user's own place among the best.
pub static RECORD_LOST: EventKind = kind(
    "record_lost",
    "Somebody took your place among the best of a map",
    Importance::High,
    When::Immediate,
);
/// There is a new record on a map that the user follows.
pub static MAP_RECORD: EventKind = kind(
    "map_record",
    "A new record on a map that you follow",
    Importance::Normal,
    When::Digest,
);
/// Maps that the user wants to hear of could not be looked at today.
pub static CHECKS_MISSED: EventKind = kind(
    "checks_missed",
    "Some of your maps could not be checked",
    Importance::Low,
    When::Digest,
);
/// A board that the user stands on was reset.
pub static SEASON_ENDED: EventKind = kind(
    "season_ended",
    "A leaderboard's season has ended",
    Importance::Normal,
    When::Digest,
);
/// Somebody follows the user.
pub static NEW_FOLLOWER: EventKind = kind(
    "new_follower",
    "Somebody follows you",
    Importance::Low,
    When::Digest,
);
/// Somebody whom the user follows has played a game better than the user ever did.
pub static BEST_BEATEN: EventKind = kind(
    "best_beaten",
    "Somebody whom you follow beat your best",
    Importance::Normal,
    When::Digest,
);
/// A channel that the user chose takes no messages any more.
pub static CHANNEL_CLOSED: EventKind = kind(
    "channel_closed",
    "A channel takes no messages any more",
    Importance::High,
    When::Off,
);

/// All of them, in the order of the preferences.
pub static KINDS: [&EventKind; 9] = [
    &REVIEW_READY,
    &REVIEW_FAILED,
    &RECORD_LOST,
    &MAP_RECORD,
    &CHECKS_MISSED,
    &SEASON_ENDED,
    &NEW_FOLLOWER,
    &BEST_BEATEN,
    &CHANNEL_CLOSED,
];

/// Something that happened, in words for the user.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub kind: &'static EventKind,
    /// One line: names of others may be in it.
    pub title: String,
    pub body: String,
    /// A path of ours, such as `/reviews/rev_…`.
    pub link: Option<String>,
    /// What it is about, such as the review's id: the same told twice is one notification.
    pub fact: Option<String>,
}

impl Event {
    /// Longer text is cut; a title is made one line.
    pub fn new(kind: &'static EventKind, title: &str, body: &str) -> Self {
        Self {
            kind,
            title: text::one_line(title, text::TITLE),
            body: text::several_lines(body, text::BODY),
            link: None,
            fact: None,
        }
    }

    /// A path of this server. What isn't one is left out: mails link to nobody else.
    #[must_use]
    pub fn link(mut self, path: &str) -> Self {
        self.link = text::is_path(path).then(|| path.to_owned());
        self
    }

    #[must_use]
    pub fn about(mut self, fact: impl Into<String>) -> Self {
        self.fact = Some(fact.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_names_of_their_own() {
        for (index, kind) in KINDS.iter().enumerate() {
            assert_eq!(EventKind::find(kind.name), Some(*kind));
            assert!(
                KINDS[..index].iter().all(|other| other.name != kind.name),
                "{}",
                kind.name
            );
        }
        assert_eq!(EventKind::find("made_up"), None);
    }

    #[test]
    fn links_lead_to_us() {
        let linked = |path| Event::new(&MAP_RECORD, "a", "").link(path).link;
        assert_eq!(linked("/maps/x?y=1"), Some("/maps/x?y=1".to_owned()));
        for path in [
            "",
            "maps",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/a b",
        ] {
            assert_eq!(linked(path), None, "{path}");
        }
    }
}
