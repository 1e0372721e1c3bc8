//! A screen name shows as what it is: no character that is invisible, turns the text around or has no picture.
//! Names aren't unique, and look-alikes are allowed: a user's id is the identity, never the name.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};

use super::Broken;

/// 1–32 characters, composed (NFC), trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenName(String);

const ZERO_WIDTH_JOINER: char = '\u{200D}';
const TEXT_STYLE: char = '\u{FE0E}';
const EMOJI_STYLE: char = '\u{FE0F}';
const BLACK_FLAG: char = '\u{1F3F4}';
const CANCEL_TAG: char = '\u{E007F}';
const SKIN_TONES: std::ops::RangeInclusive<char> = '\u{1F3FB}'..='\u{1F3FF}';
/// Letters and symbols that show as nothing: Hangul fillers, the empty braille pattern.
const BLANK: [char; 5] = ['\u{115F}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{FFA0}'];
/// More marks on one letter than any script needs would reach into the lines above and below.
const MAX_MARKS_IN_A_ROW: usize = 4;

impl ScreenName {
    pub const MAX_LENGTH: usize = 32;

    /// # Errors
    /// The rule that it breaks, worded to follow the field's name.
    pub fn new(text: &str) -> Result<Self, Broken> {
        const LENGTH: Broken = Broken("must have 1 to 32 characters");
        let text = text.trim();
        // Composing shortens a text to a third at the most; anything longer can't fit.
        if text.len() > 3 * 4 * Self::MAX_LENGTH {
            return Err(LENGTH);
        }
        let name: String = text.nfc().collect();
        let letters: Vec<char> = name.chars().collect();
        if !(1..=Self::MAX_LENGTH).contains(&letters.len()) {
            return Err(LENGTH);
        }
        let mut marks = 0;
        for (place, &letter) in letters.iter().enumerate() {
            let category = letter.general_category();
            let is_mark = matches!(
                category,
                GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark
            );
            marks = if is_mark { marks + 1 } else { 0 };
            if marks > MAX_MARKS_IN_A_ROW {
                return Err(Broken("must not pile marks on a letter"));
            }
            if !is_shown(&letters, place, category) {
                return Err(Broken(
                    "must not hold invisible, control or unknown characters",
                ));
            }
        }
        if letters.iter().all(|letter| !stands_alone(*letter)) {
            return Err(Broken("must hold something to see"));
        }
        Ok(Self(name))
    }

    /// The name of someone whose name we don't know.
    pub fn for_player(id: kernel::UserId) -> Self {
        let id = id.to_string();
        Self(format!("Player-{}", &id[id.len() - 5..]))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// Whether the character at `place` shows as itself, or is a part of an emoji that needs it.
fn is_shown(letters: &[char], place: usize, category: GeneralCategory) -> bool {
    let letter = letters[place];
    let before = place.checked_sub(1).map(|place| letters[place]);
    match letter {
        ' ' => true,
        ZERO_WIDTH_JOINER => {
            let joined = letters[..place]
                .iter()
                .rev()
                .find(|&&letter| letter != EMOJI_STYLE && !SKIN_TONES.contains(&letter));
            let next = letters.get(place + 1);
            joined.is_some_and(|letter| is_picture(*letter))
                && next.is_some_and(|letter| is_picture(*letter))
        }
        EMOJI_STYLE | TEXT_STYLE => before.is_some_and(UnicodeEmoji::is_emoji_char),
        '\u{E0020}'..=CANCEL_TAG => is_in_flag(letters, place),
        // The other variation selectors, and the combining grapheme joiner.
        '\u{FE00}'..='\u{FE0D}' | '\u{34F}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' => {
            false
        }
        _ if BLANK.contains(&letter) => false,
        _ => {
            !matches!(
                category,
                GeneralCategory::Control
                    | GeneralCategory::Format
                    | GeneralCategory::Surrogate
                    | GeneralCategory::PrivateUse
                    | GeneralCategory::Unassigned
                    | GeneralCategory::LineSeparator
                    | GeneralCategory::ParagraphSeparator
                    | GeneralCategory::SpaceSeparator
            ) && !('\u{E0100}'..='\u{E01EF}').contains(&letter)
        }
    }
}

/// An emoji, leaving out digits, `#` and `*`, which only become one with a keycap.
fn is_picture(letter: char) -> bool {
    letter.is_emoji_char() && !letter.is_ascii()
}

/// Flags such as Scotland's are a black flag, tags that spell the region, and an end tag.
fn is_in_flag(letters: &[char], place: usize) -> bool {
    let is_tag = |letter: &char| ('\u{E0020}'..CANCEL_TAG).contains(letter);
    let start = letters[..place].iter().rposition(|letter| !is_tag(letter));
    let after = letters[place..].iter().find(|letter| !is_tag(letter));
    start.is_some_and(|start| letters[start] == BLACK_FLAG) && after == Some(&CANCEL_TAG)
}

/// Whether a name of this character alone has something to see.
fn stands_alone(letter: char) -> bool {
    letter.is_emoji_char()
        || !matches!(
            letter.general_category(),
            GeneralCategory::NonspacingMark
                | GeneralCategory::EnclosingMark
                | GeneralCategory::SpacingMark
                | GeneralCategory::SpaceSeparator
                | GeneralCategory::Format
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Option<String> {
        ScreenName::new(text).ok().map(ScreenName::into_string)
    }

    #[test]
    fn takes_names_of_all_scripts_and_emoji() {
        for name in [
            "a",
            "Ann-Marie O'Neil",
            "Zoë",
            "李小龙",
            "ひらがな",
            "Дмитрий",
            "سارة",
            "नेहा",
            "ไทย",
            "שָׁלוֹם",
            "🦀",
            "👨‍👩‍👧‍👦",
            "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
            "👍🏽",
            "1️⃣",
            "🇩🇪",
            "❤️‍🔥",
            "♟",
            "👩🏽‍🚀",
            "x_X_x",
            "<script>",
            "'; drop table users --",
        ] {
            assert_eq!(parse(name).as_deref(), Some(name), "{name:?}");
        }
    }

    #[test]
    fn trims_and_composes() {
        assert_eq!(parse("  Zoe\u{308}\t"), Some("Zoë".to_owned()));
    }

    #[test]
    fn refuses_what_does_not_show() {
        for name in [
            "",
            "   ",
            "\u{a0}",
            "\u{3000}",
            "a\u{0}b",
            "a\nb",
            "a\u{7f}",
            "a\u{85}b",
            "\u{202E}evil",
            "a\u{2066}b",
            "a\u{200B}b",
            "a\u{200D}b",
            "a\u{200C}b",
            "\u{FEFF}a",
            "a\u{AD}b",
            "a\u{FE0F}",
            "\u{FE0F}",
            "🦀\u{200D}",
            "\u{200D}🦀",
            "1\u{200D}2",
            "\u{E000}",
            "\u{378}",
            "\u{3164}",
            "\u{2800}",
            "\u{301}",
            "a\u{2028}b",
            "a\u{E0067}",
            "🏴\u{E0067}",
            "a\u{34F}b",
            "a\u{E0101}",
            "a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
        ] {
            assert_eq!(parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn counts_characters() {
        assert!(parse(&"é".repeat(32)).is_some());
        assert!(parse(&"e\u{301}".repeat(32)).is_some());
        assert!(parse(&"é".repeat(33)).is_none());
        assert!(parse(&"x".repeat(10_000)).is_none());
        assert!(parse(&"🦀".repeat(32)).is_some());
    }

    #[test]
    fn a_player_without_a_name_gets_one() {
        let name = ScreenName::for_player(kernel::UserId::new(uuid::Uuid::max()));
        assert_eq!(parse(name.as_str()), Some("Player-zzzzz".to_owned()));
    }

    proptest! {
        #[test]
        fn what_is_taken_is_taken_again_unchanged(text in any::<String>()) {
            if let Some(name) = parse(&text) {
                prop_assert!(name.chars().count() <= ScreenName::MAX_LENGTH);
                prop_assert!(!name.contains(char::is_control));
                prop_assert_eq!(parse(&name), Some(name));
            }
        }
    }
}
