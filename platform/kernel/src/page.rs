use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, de};

/// How many entries of a list one answer holds: 1–100, 20 unless the caller says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit(u8);

impl PageLimit {
    pub const DEFAULT: Self = Self(20);
    pub const MAX: u8 = 100;

    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl<'de> Deserialize<'de> for PageLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Query strings are text, so that a flattened struct hands us text too.
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        match text.parse::<u8>() {
            Ok(limit @ 1..=Self::MAX) => Ok(Self(limit)),
            _ => Err(de::Error::custom(
                "limit must be a whole number from 1 to 100",
            )),
        }
    }
}

/// A place in a list, opaque to clients: what the last entry of a page was sorted by, tagged with the list it
/// belongs to, so that a cursor of one list is refused by every other. It grants nothing: whoever forges one
/// reads what they could have paged to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

/// A page's longest key is a name of 64 characters and a few numbers; anything longer isn't ours.
const MAX_CURSOR_LENGTH: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This cursor doesn't belong to this list. Start again without one, or use the nextCursor of the last page."
)]
pub struct CursorError;

impl Cursor {
    /// `list` names the list, with whatever narrows it: `entries:global`.
    pub fn new(list: &str, position: &impl Serialize) -> Self {
        let text = serde_json::to_vec(&(list, position)).unwrap_or_default();
        Self(URL_SAFE_NO_PAD.encode(text))
    }

    /// Takes a client's text for what it says it is, and says so if it isn't.
    pub fn read<P: DeserializeOwned>(text: &str, list: &str) -> Result<P, CursorError> {
        if text.len() > MAX_CURSOR_LENGTH {
            return Err(CursorError);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        let (of, position): (String, P) =
            serde_json::from_slice(&bytes).map_err(|_| CursorError)?;
        if of == list {
            Ok(position)
        } else {
            Err(CursorError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// One page of a list: what was found, and where the next page begins.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// From a query that asked for one more than `limit`, to learn whether there is a next page.
    pub fn from_overfetched(
        mut items: Vec<T>,
        limit: PageLimit,
        cursor: impl FnOnce(&T) -> Cursor,
    ) -> Self {
        let more = items.len() > limit.get();
        items.truncate(limit.get());
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }

    pub fn map<U>(self, transform: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(transform).collect(),
            next: self.next,
        }
    }
}

impl crate::Failure for CursorError {
    fn kind(&self) -> crate::ErrorKind {
        crate::ErrorKind::Malformed
    }

    fn code(&self) -> &'static str {
        "invalid_cursor"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_own_list_only() {
        let cursor = Cursor::new("entries:global", &(5_i64, "usr"));
        assert_eq!(
            Cursor::read(cursor.as_str(), "entries:global"),
            Ok((5_i64, "usr".to_owned()))
        );
        assert_eq!(
            Cursor::read::<(i64, String)>(cursor.as_str(), "entries:chess"),
            Err(CursorError)
        );
    }

    #[test]
    fn garbage_is_no_cursor() {
        for text in ["", "!", "bm9wZQ", "é", &"A".repeat(10_000)] {
            assert_eq!(
                Cursor::read::<i64>(text, "list"),
                Err(CursorError),
                "{text}"
            );
        }
    }
}
