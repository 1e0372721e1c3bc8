//! What is wrong with the configuration: always all of it at once, each with what was given, what is allowed and
//! where it came from. A secret's value is never shown.

use std::fmt;
use std::path::Path;

use super::source::Origin;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting; none where a file is at fault.
    pub name: Option<String>,
    /// `PORT = "abc" (environment)`, or a file.
    pub subject: String,
    /// What is allowed, or what to do.
    pub message: String,
}

impl Problem {
    pub(super) fn of_value(
        name: &str,
        value: Option<&str>,
        origin: &Origin,
        message: String,
    ) -> Self {
        let value = value.map_or_else(String::new, |value| {
            format!(" = {:?}", value.chars().take(80).collect::<String>())
        });
        Self {
            name: Some(name.to_owned()),
            subject: format!("{name}{value} ({origin})"),
            message,
        }
    }

    pub(super) fn of_file(path: &Path, message: String) -> Self {
        Self {
            name: None,
            subject: path.display().to_string(),
            message,
        }
    }
}

/// Why the server doesn't start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => writeln!(
                formatter,
                "The configuration has a problem; correct it and start again."
            )?,
            count => writeln!(
                formatter,
                "The configuration has {count} problems; correct them and start again."
            )?,
        }
        for problem in &self.problems {
            write!(
                formatter,
                "\n  {}\n      {}",
                problem.subject, problem.message
            )?;
        }
        Ok(())
    }
}
