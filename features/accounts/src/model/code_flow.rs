//! OAuth 2.0 by the flow with a code (RFC 6749, section 4.1): what a browser comes back with.

use super::callback_query::CallbackQuery;
use super::link_refusal::Refusal;

/// Bytes. Some services put what they know of it into the code itself, encrypted.
const MAX_CODE_LENGTH: usize = 2048;

/// How the browser came back.
#[derive(Debug, PartialEq, Eq)]
pub enum Returned<'a> {
    /// The user turned back.
    Cancelled,
    /// To be exchanged for a token, once.
    Code(&'a str),
}

/// The state has been looked at already.
pub fn read_query(query: &CallbackQuery) -> Result<Returned<'_>, Refusal> {
    let all = query.checked()?;
    let get = |name: &str| {
        let found = all.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    };
    match (get("error"), get("code")) {
        (Some("access_denied"), None) => Ok(Returned::Cancelled),
        (Some(_), _) => Err(Refusal::OtherSide),
        (None, Some(code)) if (1..=MAX_CODE_LENGTH).contains(&code.len()) => {
            Ok(Returned::Code(code))
        }
        (None, _) => Err(Refusal::MissingParameter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_back_is_a_code_or_nothing() {
        let long = format!("code={}", "x".repeat(MAX_CODE_LENGTH + 1));
        for (raw, want) in [
            ("state=s&code=abc", Ok(Returned::Code("abc"))),
            ("state=s&code=abc&guild_id=1", Ok(Returned::Code("abc"))),
            (
                "error=access_denied&error_description=The+user+said+no&state=s",
                Ok(Returned::Cancelled),
            ),
            ("error=server_error", Err(Refusal::OtherSide)),
            ("error=access_denied&code=abc", Err(Refusal::OtherSide)),
            ("state=s&code=", Err(Refusal::MissingParameter)),
            ("state=s", Err(Refusal::MissingParameter)),
            ("code=a&code=b", Err(Refusal::ParameterRepeated)),
            ("code=a%00", Err(Refusal::OddCharacters)),
            (&long, Err(Refusal::MissingParameter)),
        ] {
            assert_eq!(read_query(&CallbackQuery::parse(raw)), want, "{raw}");
        }
    }
}
