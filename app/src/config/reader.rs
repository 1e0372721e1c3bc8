//! Reads settings one by one and remembers each: with its value, where it came from, and all that is wrong.
//!
//! Invariant: what is read here is all there is. So the settings that were read are the names that are known, and
//! `grandstand config` can't forget one.

use serde::Serialize;

use super::problem::{ConfigError, Problem};
use super::source::{FILE_VARIABLE, Origin, Sources};
use super::value::Parsed;

/// How a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    Plain,
    /// As `***`.
    Masked,
    /// An address, with `***` for its password.
    MaskedPassword,
}

/// One setting: its name, its default, and what it may be.
#[derive(Debug)]
pub struct Setting<T> {
    pub name: &'static str,
    pub default: Option<&'static str>,
    /// Follows "must be".
    pub allowed: &'static str,
    pub show: Show,
    pub parse: fn(&str) -> Parsed<T>,
}

/// A setting as it is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub name: &'static str,
    /// None where it isn't set. Masked where it is secret.
    pub value: Option<String>,
    pub source: Origin,
}

pub struct Reader<'a> {
    sources: &'a Sources,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            entries: Vec::new(),
            problems: sources.problems.clone(),
        }
    }

    /// A setting that may be unset. None also if it can't be understood, which is then a problem.
    pub fn optional<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        let found = self.sources.find(setting.name);
        let (text, origin) = match (found, setting.default) {
            (Some((text, origin)), _) => (Some(text), origin.clone()),
            (None, Some(default)) => (Some(default), Origin::Default),
            (None, None) => (None, Origin::Unset),
        };
        let shown = text.map(|text| masked(text, setting.show));
        let parsed = text.map(setting.parse);
        if let Some(Err(why)) = &parsed {
            let more = if why.is_empty() {
                String::new()
            } else {
                format!(" ({why})")
            };
            self.problems.push(Problem::of_value(
                setting.name,
                shown.as_deref(),
                &origin,
                format!("must be {}{more}", setting.allowed),
            ));
        }
        self.entries.push(Entry {
            name: setting.name,
            value: shown,
            source: origin,
        });
        parsed?.ok()
    }

    /// A setting that has a default.
    pub fn required<T>(&mut self, setting: &Setting<T>) -> T {
        self.optional(setting).unwrap_or_else(|| {
            // What was given is a problem already; the default lets the rest be read.
            let default = setting.default.map(setting.parse);
            default
                .and_then(Result::ok)
                .expect("each default is a valid value; a test reads them all")
        })
    }

    /// A default that depends on other settings, or that is made rather than given.
    pub fn set_default(&mut self, name: &str, value: Option<String>, source: Origin) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) {
            (entry.value, entry.source) = (value, source);
        }
    }

    pub fn is_set(&self, name: &str) -> bool {
        self.sources.find(name).is_some()
    }

    /// Where the value in force came from.
    pub fn source(&self, name: &str) -> Origin {
        let found = self.sources.find(name);
        found.map_or(Origin::Unset, |(_, origin)| origin.clone())
    }

    /// A rule broken that more than one value or more than its form decides.
    pub fn problem(&mut self, name: &str, message: impl Into<String>) {
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let problem = match entry {
            Some(entry) => {
                Problem::of_value(name, entry.value.as_deref(), &entry.source, message.into())
            }
            None => Problem::of_value(name, None, &Origin::Unset, message.into()),
        };
        self.problems.push(problem);
    }

    /// All settings as they are in force.
    ///
    /// # Errors
    /// With everything that was wrong.
    pub fn finish(mut self) -> Result<Vec<Entry>, ConfigError> {
        self.find_unknown();
        if self.problems.is_empty() {
            Ok(self.entries)
        } else {
            Err(ConfigError {
                problems: self.problems,
            })
        }
    }

    /// Every unknown name in the file is a mistake. In `.env` and the environment, which others use too, it is one
    /// that looks like one of ours.
    fn find_unknown(&mut self) {
        for layer in &self.sources.layers {
            let strict = matches!(layer.origin, Origin::File(_));
            for name in layer.values.keys() {
                if name == FILE_VARIABLE || self.entries.iter().any(|entry| entry.name == name) {
                    continue;
                }
                let meant = self.nearest(name);
                if !strict && meant.is_none() && !name.starts_with("GRANDSTAND_") {
                    continue;
                }
                let message = match meant {
                    Some(meant) => format!("is no setting; did you mean {meant}?"),
                    None => "is no setting; `grandstand config` lists them all".to_owned(),
                };
                self.problems
                    .push(Problem::of_value(name, None, &layer.origin, message));
            }
        }
    }

    /// The setting that `name` is probably a slip of. Short names are too near to too much.
    fn nearest(&self, name: &str) -> Option<&'static str> {
        if name.len() < 8 {
            return None;
        }
        let distances = self
            .entries
            .iter()
            .map(|entry| (distance(name, entry.name), entry.name));
        let (distance, nearest) = distances.min()?;
        (distance <= 2).then_some(nearest)
    }
}

fn masked(text: &str, show: Show) -> String {
    match show {
        Show::Plain => text.to_owned(),
        Show::Masked => "***".to_owned(),
        Show::MaskedPassword => without_password(text).unwrap_or_else(|| "***".to_owned()),
    }
}

/// `postgres://user:***@host/database`. None if it doesn't have that form: then nothing of it is shown.
fn without_password(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    // A password may stand among the parameters too.
    let (rest, parameters) = rest
        .split_once('?')
        .map_or((rest, ""), |(rest, _)| (rest, "?***"));
    // A password may hold an @ that ought to have been escaped.
    let Some((user, host)) = rest.rsplit_once('@') else {
        return Some(format!("{scheme}://{rest}{parameters}"));
    };
    let user = user.split(':').next().unwrap_or_default();
    let password = if rest.contains(':') && rest[..rest.len() - host.len()].contains(':') {
        ":***"
    } else {
        ""
    };
    Some(format!("{scheme}://{user}{password}@{host}{parameters}"))
}

/// How many characters must be inserted, dropped or replaced, or neighbours swapped (Damerau–Levenshtein with
/// adjacent swaps).
fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (row, cells) in rows.iter_mut().enumerate() {
        cells[0] = row;
    }
    for (column, cell) in rows[0].iter_mut().enumerate() {
        *cell = column;
    }
    for row in 1..=left.len() {
        for column in 1..=right.len() {
            let replaced =
                rows[row - 1][column - 1] + usize::from(left[row - 1] != right[column - 1]);
            let mut best = replaced
                .min(rows[row - 1][column] + 1)
                .min(rows[row][column - 1] + 1);
            if row > 1
                && column > 1
                && left[row - 1] == right[column - 2]
                && left[row - 2] == right[column - 1]
            {
                best = best.min(rows[row - 2][column - 2] + 1);
            }
            rows[row][column] = best;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_are_masked() {
        for (text, want) in [
            (
                "postgres://me:p@ss@db.example:5432/x",
                Some("postgres://me:***@db.example:5432/x"),
            ),
            (
                "postgres://me@db.example/x",
                Some("postgres://me@db.example/x"),
            ),
            ("postgres://db.example/x", Some("postgres://db.example/x")),
            (
                "postgres:///x?host=/run&password=p",
                Some("postgres:///x?***"),
            ),
            ("me:password", None),
        ] {
            assert_eq!(without_password(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn slips_are_near() {
        assert_eq!(distance("JWT_SECERT", "JWT_SECRET"), 1);
        assert_eq!(distance("DATABASE_URI", "DATABASE_URL"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert!(distance("CHECK_DATABASE_URL", "DATABASE_URL") > 2);
    }
}
