//! How the text of a setting becomes a value. Pure functions; `Err` holds what is wrong beyond "not allowed",
//! and is empty where the setting's own description says enough.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use kernel::Secret;

pub type Parsed<T> = Result<T, String>;

pub fn number_in<T: FromStr + PartialOrd>(text: &str, range: RangeInclusive<T>) -> Parsed<T> {
    let number = text.parse().map_err(|_| String::new())?;
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(String::new())
    }
}

pub fn boolean(text: &str) -> Parsed<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(String::new()),
    }
}

pub fn text(text: &str) -> Parsed<String> {
    Ok(text.to_owned())
}

pub fn secret(text: &str) -> Parsed<Secret> {
    Ok(Secret::new(text))
}

pub fn path(text: &str) -> Parsed<PathBuf> {
    Ok(text.into())
}

/// What a number without a unit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Milliseconds,
    Seconds,
}

/// `300`, `250ms`, `30s`, `15m`, `24h`, `7d`.
pub fn duration_in(text: &str, bare: Unit, range: RangeInclusive<Duration>) -> Parsed<Duration> {
    let digits = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| String::new())?;
    let milliseconds_each = match (unit.trim_start(), bare) {
        ("ms", _) | ("", Unit::Milliseconds) => 1,
        ("s", _) | ("", Unit::Seconds) => 1_000,
        ("m", _) => 60_000,
        ("h", _) => 3_600_000,
        ("d", _) => 86_400_000,
        _ => return Err("the units are ms, s, m, h and d".to_owned()),
    };
    let duration = number
        .checked_mul(milliseconds_each)
        .map(Duration::from_millis)
        .ok_or_else(String::new)?;
    if range.contains(&duration) {
        Ok(duration)
    } else {
        Err(String::new())
    }
}

/// A list as a person writes it (`a, b`) or as JSON (`["a", "b"]`, which is also what an array of the file becomes).
fn list(text: &str) -> Parsed<Vec<String>> {
    if text.trim_start().starts_with('[') && text.contains('"') {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    Ok(parts.map(str::to_owned).collect())
}

/// An absolute http or https address; a slash at its end is dropped.
pub fn web_address(text: &str) -> Parsed<String> {
    let uri: http::Uri = text.parse().map_err(|_| String::new())?;
    let good = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|host| !host.is_empty())
        && uri.query().is_none()
        && !text.contains(['#', '@']);
    if good {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(String::new())
    }
}

/// A list whose type reads it from text with commas.
pub fn listed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Parsed<T> {
    list(text)?
        .join(",")
        .parse()
        .map_err(|error: T::Err| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn durations_have_units() {
        let any = Duration::ZERO..=Duration::MAX;
        for (text, want) in [
            ("300", 300_000),
            ("250ms", 250),
            ("30s", 30_000),
            ("15m", 900_000),
            ("24h", 86_400_000),
            ("7d", 7 * 86_400_000),
            ("7 d", 7 * 86_400_000),
        ] {
            let got = duration_in(text, Unit::Seconds, any.clone());
            assert_eq!(got, Ok(Duration::from_millis(want)), "{text}");
        }
        assert_eq!(
            duration_in("300", Unit::Milliseconds, any.clone()),
            Ok(Duration::from_millis(300))
        );
        for text in [
            "",
            "m",
            "-1",
            "1.5h",
            "15 minutes",
            "1w",
            "99999999999999999999",
            "999999999999999999d",
        ] {
            assert!(
                duration_in(text, Unit::Seconds, any.clone()).is_err(),
                "{text}"
            );
        }
        assert!(duration_in("2d", Unit::Seconds, Duration::ZERO..=DAY).is_err());
        assert!(duration_in("24h", Unit::Seconds, Duration::ZERO..=DAY).is_ok());
    }

    #[test]
    fn booleans_are_what_people_write() {
        for (word, want) in [
            ("true", true),
            ("Yes", true),
            ("on", true),
            ("1", true),
            ("FALSE", false),
            ("0", false),
        ] {
            assert_eq!(boolean(word), Ok(want));
        }
        assert!(boolean("maybe").is_err());
    }

    #[test]
    fn lists_are_of_commas_or_json() {
        let want = Ok(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(list("a, b,"), want);
        assert_eq!(list(r#"["a","b"]"#), want);
        assert_eq!(list(""), Ok(Vec::new()));
        assert!(list(r#"["a","#).is_err());
    }

    #[test]
    fn addresses_are_absolute() {
        assert_eq!(
            web_address("https://play.example/a/"),
            Ok("https://play.example/a".to_owned())
        );
        for bad in [
            "play.example",
            "ftp://play.example",
            "https://",
            "https://a.example/?b",
            "https://u:p@a.example",
            "/a",
        ] {
            assert!(web_address(bad).is_err(), "{bad}");
        }
    }
}
