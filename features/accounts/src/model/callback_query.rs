//! The query that a browser comes back with from another side. Whoever made it up is hostile until proven otherwise, so a
//! parameter that is there twice, or holds what no text of ours would, refuses all of it: two readers of one query must
//! not see two things.

use super::link_refusal::Refusal;

/// Bytes. The other side's own are below half of it.
const MAX_LENGTH: usize = 4096;

pub struct CallbackQuery {
    length: usize,
    pairs: Vec<(String, String)>,
}

impl CallbackQuery {
    pub fn parse(raw: &str) -> Self {
        Self {
            length: raw.len(),
            pairs: form_urlencoded::parse(raw.as_bytes())
                .into_owned()
                .collect(),
        }
    }

    /// Read before everything else, and if nothing else can be: a state is used up whatever it came with.
    pub fn state(&self) -> Option<&str> {
        let mut states = self.pairs.iter().filter(|(name, _)| name == "state");
        let (_, state) = states.next()?;
        states.next().is_none().then_some(state)
    }

    /// All parameters, each of which is there once.
    pub fn checked(&self) -> Result<&[(String, String)], Refusal> {
        if self.length > MAX_LENGTH {
            return Err(Refusal::QueryTooLong);
        }
        let mut names: Vec<&str> = self.pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refusal::ParameterRepeated);
        }
        let is_odd = |text: &str| {
            text.contains(|letter: char| {
                letter.is_control() || letter == char::REPLACEMENT_CHARACTER
            })
        };
        if self
            .pairs
            .iter()
            .any(|(name, value)| is_odd(name) || is_odd(value))
        {
            return Err(Refusal::OddCharacters);
        }
        Ok(&self.pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_whole_or_not_at_all() {
        let long = format!("a={}", "x".repeat(MAX_LENGTH));
        for (raw, want) in [
            ("", Ok(())),
            ("a=1&b=%2F&c", Ok(())),
            ("a=1&a=1", Err(Refusal::ParameterRepeated)),
            ("a=1&b=2&%61=3", Err(Refusal::ParameterRepeated)),
            ("a=1%00", Err(Refusal::OddCharacters)),
            ("a%00=1", Err(Refusal::OddCharacters)),
            ("a=1%0A", Err(Refusal::OddCharacters)),
            ("a=%C2%85", Err(Refusal::OddCharacters)),
            ("a=%FF", Err(Refusal::OddCharacters)),
            (&long, Err(Refusal::QueryTooLong)),
        ] {
            assert_eq!(
                CallbackQuery::parse(raw).checked().map(|_| ()),
                want,
                "{raw}"
            );
        }
    }

    #[test]
    fn the_state_is_found_if_there_is_one() {
        for (raw, want) in [
            ("state=a", Some("a")),
            ("x=1&x=2&st%61te=a%00", Some("a\0")),
            ("state=a&state=b", None),
            ("State=a", None),
            ("", None),
        ] {
            assert_eq!(CallbackQuery::parse(raw).state(), want, "{raw}");
        }
    }
}
