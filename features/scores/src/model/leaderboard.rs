use jiff::Timestamp;
use kernel::Tag;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The largest score: 2^53 − 1, the largest integer that every JSON reader holds exactly (RFC 8259 §6).
pub const MAX_SCORE: u64 = (1 << 53) - 1;

/// Which score is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScoreOrder {
    /// The highest, such as points.
    Desc,
    /// The lowest, such as lap times.
    Asc,
}

/// What a play does to the score that a player has on a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    /// Adds to it.
    Sum,
    /// Replaces it if better.
    Best,
    /// Replaces it.
    Last,
}

/// A named list of best players.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaderboard {
    /// What rows of `scores` point to.
    pub number: i32,
    pub id: Tag,
    /// The game whose plays count here; none for all games.
    pub game: Option<Tag>,
    pub title: String,
    pub order: ScoreOrder,
    pub operator: Operator,
    /// When a period ends: a cron line, in UTC.
    pub reset: Option<String>,
    pub next_reset_at: Option<Timestamp>,
    /// How many periods have ended.
    pub period: i32,
}

impl ScoreOrder {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desc => "desc",
            Self::Asc => "asc",
        }
    }

    pub fn is_better(self, score: u64, than: u64) -> bool {
        match self {
            Self::Desc => score > than,
            Self::Asc => score < than,
        }
    }

    /// The better of two.
    pub fn best(self, one: u64, other: u64) -> u64 {
        if self.is_better(other, one) {
            other
        } else {
            one
        }
    }
}

impl From<ScoreOrder> for rank::Order {
    fn from(order: ScoreOrder) -> Self {
        match order {
            ScoreOrder::Desc => Self::Descending,
            ScoreOrder::Asc => Self::Ascending,
        }
    }
}

impl Operator {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Best => "best",
            Self::Last => "last",
        }
    }

    /// The score after a play of `value`, capped at [`MAX_SCORE`].
    pub fn apply(self, order: ScoreOrder, current: Option<u64>, value: u64) -> u64 {
        let Some(current) = current else {
            return value.min(MAX_SCORE);
        };
        match self {
            Self::Sum => current.saturating_add(value).min(MAX_SCORE),
            Self::Best => order.best(current, value.min(MAX_SCORE)),
            Self::Last => value.min(MAX_SCORE),
        }
    }
}

/// A word of the database that isn't one of ours: somebody changed the schema under us.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word in the database: {0}")]
pub struct UnknownWord(String);

impl TryFrom<&str> for ScoreOrder {
    type Error = UnknownWord;

    fn try_from(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "desc" => Ok(Self::Desc),
            "asc" => Ok(Self::Asc),
            _ => Err(UnknownWord(word.to_owned())),
        }
    }
}

impl TryFrom<&str> for Operator {
    type Error = UnknownWord;

    fn try_from(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "sum" => Ok(Self::Sum),
            "best" => Ok(Self::Best),
            "last" => Ok(Self::Last),
            _ => Err(UnknownWord(word.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_add_and_stop_at_the_cap() {
        let sum = |current, value| Operator::Sum.apply(ScoreOrder::Desc, current, value);
        assert_eq!(sum(None, 5), 5);
        assert_eq!(sum(Some(5), 7), 12);
        assert_eq!(sum(Some(MAX_SCORE - 1), 1), MAX_SCORE);
        assert_eq!(sum(Some(MAX_SCORE), MAX_SCORE), MAX_SCORE);
    }

    #[test]
    fn best_follows_the_boards_order() {
        assert_eq!(Operator::Best.apply(ScoreOrder::Desc, Some(5), 7), 7);
        assert_eq!(Operator::Best.apply(ScoreOrder::Desc, Some(7), 5), 7);
        assert_eq!(Operator::Best.apply(ScoreOrder::Asc, Some(5), 7), 5);
        assert_eq!(Operator::Best.apply(ScoreOrder::Asc, Some(7), 5), 5);
        assert_eq!(Operator::Best.apply(ScoreOrder::Asc, None, 5), 5);
    }

    #[test]
    fn last_replaces() {
        assert_eq!(Operator::Last.apply(ScoreOrder::Desc, Some(9), 1), 1);
    }
}
