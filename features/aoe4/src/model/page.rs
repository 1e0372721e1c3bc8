//! A page of matches. Pages shift while matches finish, so whoever reads several drops by id what came before.

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::game::Game;
use super::read::{Fields, Malformed};

/// A page of a player's matches, or of everybody's.
#[derive(Clone, Debug, PartialEq)]
pub struct GamesPage {
    pub games: Vec<Fetched>,
    /// Left out, each with what is wrong with it.
    pub malformed: Vec<Malformed>,
    /// The most matches that a page of this reply holds, whatever was asked for.
    pub per_page: Option<u32>,
    /// All that there are, where it is told.
    pub total: Option<u64>,
    /// Whether nothing is behind it.
    pub last: bool,
}

/// A match, and what it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    pub game: Game,
    pub payload: Value,
}

/// Why a reply is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// In its own words, which come with status 200 too.
    #[error("AoE4World says: {0}")]
    Said(String),
    #[error("AoE4World's page of matches is not as it should be: {0}")]
    Malformed(#[from] Malformed),
}

impl GamesPage {
    /// # Errors
    /// If it says that it is an error, or holds no list of matches. Single matches that can't be read are left out.
    pub fn parse(value: Value) -> Result<Self, PageError> {
        let fields = Fields::of(&value, "page")?;
        if let Some(error) = said_error(&value) {
            return Err(PageError::Said(error));
        }
        let listed = fields.list("games")?.len();
        let last = is_last(fields, listed);
        let per_page = fields.number("per_page");
        let total = fields.number("total_count");

        let mut page = Self {
            games: Vec::with_capacity(listed),
            malformed: Vec::new(),
            per_page,
            total,
            last,
        };
        for (index, payload) in into_games(value).into_iter().enumerate() {
            match Game::parse(&payload) {
                Ok(game) => page.games.push(Fetched { game, payload }),
                Err(error) => page
                    .malformed
                    .push(error.within(&format!("games[{index}]"))),
            }
        }
        Ok(page)
    }
}

/// What a reply says under `error`, which may be there though the status be 200.
pub fn said_error(value: &Value) -> Option<String> {
    match value.get("error")? {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => Some(text.chars().take(200).collect()),
        other => Some(other.to_string().chars().take(200).collect()),
    }
}

/// Newer replies name the next page. Of older ones the counts tell: what was read is what is trusted, then the reply's own
/// numbers, never the ones that were asked for, since the size of a page is capped in silence.
fn is_last(fields: Fields, listed: usize) -> bool {
    let listed = u64::try_from(listed).unwrap_or(u64::MAX);
    if listed == 0 {
        return true;
    }
    if fields.has("next_page") {
        let page: Option<u64> = fields.number("page");
        return match fields.number::<u64>("next_page") {
            // A page that isn't further on would be read for ever.
            Some(next) => page.is_some_and(|page| next <= page),
            None => true,
        };
    }
    let count = fields.number("count").unwrap_or(listed).max(listed);
    let per_page: Option<u64> = fields.number("per_page");
    let offset: Option<u64> = fields.number("offset");
    let total: Option<u64> = fields.number("total_count");
    let short = per_page.is_some_and(|per_page| count < per_page);
    let through = offset
        .zip(total)
        .is_some_and(|(offset, total)| offset.saturating_add(count) >= total);
    short || through
}

fn into_games(value: Value) -> Vec<Value> {
    match value {
        Value::Object(mut fields) => match fields.remove("games") {
            Some(Value::Array(games)) => games,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
