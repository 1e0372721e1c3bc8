//! Where settings come from, lowest first: the file, `.env` (in development only), the environment, the command line.
//!
//! Invariant: an empty value counts as unset, so that `JWT_SECRET=` in a compose file means what it looks like.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::problem::Problem;

/// The setting that names the file.
pub const FILE_VARIABLE: &str = "GRANDSTAND_CONFIG";
const USUAL_FILE: &str = "grandstand.toml";
const DOT_ENV: &str = ".env";

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File(PathBuf),
    DotEnv,
    Environment,
    CommandLine,
    /// Set by an admin while servers ran.
    Database,
    /// Made by us at the first start, and kept in this file.
    Generated(PathBuf),
    /// Will be made at the first start.
    ToBeGenerated,
    Unset,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::DotEnv => formatter.write_str(".env"),
            Self::Environment => formatter.write_str("environment"),
            Self::CommandLine => formatter.write_str("command line"),
            Self::Database => formatter.write_str("database"),
            Self::Generated(path) => write!(formatter, "generated, in {}", path.display()),
            Self::ToBeGenerated => formatter.write_str("generated at the first start"),
            Self::Unset => formatter.write_str("not set"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

pub(super) struct Layer {
    pub(super) origin: Origin,
    pub(super) values: BTreeMap<String, String>,
}

/// All that was given, not yet understood. Not `Debug`: there are secrets in it.
#[derive(Default)]
pub struct Sources {
    /// Lowest first.
    pub(super) layers: Vec<Layer>,
    pub(super) problems: Vec<Problem>,
}

impl Sources {
    /// What this process was given: its environment, and the files in `folder`.
    pub fn of_process(folder: &Path) -> Self {
        Self::gather(folder, std::env::vars_os())
    }

    /// For tests and for servers inside another program: nothing but these pairs, as if from the environment.
    pub fn given<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut sources = Self::default();
        let pairs = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        sources.add(Origin::Environment, pairs);
        sources
    }

    /// What was said on the command line, above everything else.
    #[must_use]
    pub fn with_command_line(mut self, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        self.add(Origin::CommandLine, pairs);
        self
    }

    pub(super) fn gather(
        folder: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        let mut sources = Self::default();
        let environment: BTreeMap<String, String> = environment
            .into_iter()
            .filter_map(|(name, value)| {
                // Values that aren't text can't be ours; a lossy one would fail its setting's own check.
                let name = name.into_string().ok()?;
                Some((name, value.to_string_lossy().into_owned()))
            })
            .collect();
        sources.add_file(
            folder,
            environment
                .get(FILE_VARIABLE)
                .filter(|path| !path.is_empty()),
        );
        let in_file = sources.find("APP_ENV").map(|(value, _)| value.to_owned());
        let app_env = environment
            .get("APP_ENV")
            .filter(|value| !value.is_empty())
            .or(in_file.as_ref());
        if app_env.is_none_or(|value| value == "development") {
            sources.add_dot_env(folder);
        }
        sources.add(Origin::Environment, environment);
        sources
    }

    /// The value in force, and where it came from.
    pub(super) fn find(&self, name: &str) -> Option<(&str, &Origin)> {
        self.layers.iter().rev().find_map(|layer| {
            let value = layer.values.get(name)?;
            Some((value.as_str(), &layer.origin))
        })
    }

    pub(super) fn add(
        &mut self,
        origin: Origin,
        pairs: impl IntoIterator<Item = (String, String)>,
    ) {
        let values = pairs
            .into_iter()
            .map(|(name, value)| (name, value.trim().to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        self.layers.push(Layer { origin, values });
    }

    fn add_file(&mut self, folder: &Path, named: Option<&String>) {
        let path = named.map_or_else(|| folder.join(USUAL_FILE), |name| folder.join(name));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => return,
            Err(error) => {
                self.problems
                    .push(Problem::of_file(&path, format!("can't be read: {error}")));
                return;
            }
        };
        match text.parse::<toml::Table>() {
            Ok(table) => {
                let mut pairs = Vec::new();
                for (name, value) in table {
                    match plain(&value) {
                        Some(value) => pairs.push((name.to_ascii_uppercase(), value)),
                        None => self.problems.push(Problem::of_file(
                            &path,
                            format!("`{name}` is a section; settings stand in the file without sections, as `PORT = 3000`"),
                        )),
                    }
                }
                self.add(Origin::File(path), pairs);
            }
            Err(error) => {
                // The message alone: the library's Display prints the line, which may hold a secret.
                let line = error
                    .span()
                    .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
                self.problems.push(Problem::of_file(
                    &path,
                    format!("is not valid TOML, line {line}: {}", error.message()),
                ));
            }
        }
    }

    fn add_dot_env(&mut self, folder: &Path) {
        let path = folder.join(DOT_ENV);
        if !path.exists() {
            return;
        }
        let pairs = match dotenvy::from_path_iter(&path) {
            Ok(pairs) => pairs.collect::<Result<Vec<_>, _>>(),
            Err(error) => Err(error),
        };
        match pairs {
            Ok(pairs) => {
                if pairs
                    .iter()
                    .any(|(name, value)| name == "APP_ENV" && value == "production")
                {
                    self.problems.push(Problem::of_file(
                        &path,
                        "sets APP_ENV=production, but is read in development only; set that in the environment".to_owned(),
                    ));
                }
                self.add(Origin::DotEnv, pairs);
            }
            Err(error) => {
                // A parse error's own text repeats the line, which may hold a secret.
                let reason = match error {
                    dotenvy::Error::LineParse(..) => "has a line that isn't NAME=value".to_owned(),
                    dotenvy::Error::Io(error) => format!("can't be read: {error}"),
                    _ => "can't be understood".to_owned(),
                };
                self.problems.push(Problem::of_file(&path, reason));
            }
        }
    }
}

/// A value of the file as the environment would have it. None for a table.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Table(_) => None,
        toml::Value::Array(_) => serde_json::to_string(value).ok(),
        other => Some(other.to_string()),
    }
}
