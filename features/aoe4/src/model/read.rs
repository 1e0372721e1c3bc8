//! Reading fields of somebody else's JSON. What must be there and isn't, or is of the wrong kind, is an error that names
//! the field; what is only nice to have is absent instead.

use serde_json::{Map, Value};

/// The most characters of a text that are kept: names and the like are far shorter.
const MOST_CHARACTERS: usize = 200;

/// A field without which the whole can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct Malformed {
    /// Where it is, as in `teams[0][1].profile_id`.
    pub field: String,
    /// What is wrong with it, as the end of a sentence.
    pub problem: &'static str,
}

impl Malformed {
    pub(crate) fn new(field: impl Into<String>, problem: &'static str) -> Self {
        Self {
            field: field.into(),
            problem,
        }
    }

    /// The same, seen from the outside of `whole`.
    pub(crate) fn within(self, whole: &str) -> Self {
        Self {
            field: format!("{whole}.{}", self.field),
            problem: self.problem,
        }
    }
}

/// The fields of an object.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// `name` is what errors call the object.
    pub fn of(value: &'a Value, name: &str) -> Result<Self, Malformed> {
        value
            .as_object()
            .map(Self)
            .ok_or_else(|| Malformed::new(name, "is not an object"))
    }

    /// What is there, unless it is null.
    pub fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Whether it is told at all, be it as null.
    pub fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn id(self, name: &str) -> Result<u64, Malformed> {
        self.0
            .get(name)
            .and_then(id)
            .ok_or_else(|| Malformed::new(name, "is not a positive whole number"))
    }

    pub fn list(self, name: &str) -> Result<&'a [Value], Malformed> {
        self.0
            .get(name)
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .ok_or_else(|| Malformed::new(name, "is not a list"))
    }

    pub fn object(self, name: &str) -> Option<&'a Map<String, Value>> {
        self.0.get(name).and_then(Value::as_object)
    }

    pub fn text(self, name: &str) -> Option<String> {
        self.0.get(name).and_then(text)
    }

    pub fn flag(self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A number, rounded if it must be. What doesn't fit is absent.
    pub fn number<N: TryFrom<i64>>(self, name: &str) -> Option<N> {
        self.0
            .get(name)
            .and_then(whole)
            .and_then(|n| N::try_from(n).ok())
    }
}

/// Ids are kept in columns of 64 bits with a sign.
pub(crate) fn id(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .filter(|id| (1..=i64::MAX.unsigned_abs()).contains(id))
}

pub(crate) fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    Some(match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.to_owned(),
    })
}

/// A whole number, or one that is rounded to it. Far beyond what any game counts, nothing is.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is cast is whole and within ±2^53"
)]
pub(crate) fn whole(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| {
        let rounded = value.as_f64()?.round();
        (rounded.abs() <= EXACT).then_some(rounded as i64)
    })
}
