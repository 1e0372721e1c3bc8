//! Settings that may change while the server runs: those of the configuration with what the database says on top.
//!
//! Invariant: one more layer over the same reader, so that a value from the database is held to the rules of the
//! configuration, and read to the same types.

use std::collections::BTreeMap;

use super::problem::Problem;
use super::reader::{Entry, Reader};
use super::sections::{JobsSection, LimitsSection, ScheduleOverride};
use super::source::{Origin, Sources};
use super::{Config, ConfigError};

/// What may change, as it is in force.
#[derive(Clone, Debug)]
pub struct RunTime {
    pub limits: LimitsSection,
    pub schedules: Vec<ScheduleOverride>,
    pub entries: Vec<Entry>,
}

/// What is known of each of them.
#[derive(Clone, Debug)]
pub struct RunTimeSetting {
    pub name: &'static str,
    pub description: &'static str,
    pub default: Option<String>,
}

impl RunTime {
    /// All of what may change. Whoever adds to it describes its settings in [`describe`].
    fn read(sources: &Sources) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(sources);
        let limits = LimitsSection::read(&mut reader);
        let schedules = JobsSection::read_schedules(&mut reader);
        Ok(Self {
            limits,
            schedules,
            entries: reader.finish()?,
        })
    }

    /// Every setting that may change, with its default.
    pub fn known() -> Vec<RunTimeSetting> {
        let defaults = Self::read(&Sources::default());
        let entries = defaults
            .map(|defaults| defaults.entries)
            .unwrap_or_default();
        let entries = entries.into_iter();
        entries
            .map(|entry| RunTimeSetting {
                name: entry.name,
                description: describe(entry.name),
                default: entry.value,
            })
            .collect()
    }

    /// What is in force with these values of the database, by name, over a configuration.
    ///
    /// # Errors
    /// With everything that is wrong with those values.
    pub fn over(config: &Config, stored: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut sources = Sources::default();
        for setting in Self::known() {
            let configured = config.entries.iter();
            for entry in configured.filter(|entry| entry.name == setting.name) {
                let value = entry
                    .value
                    .clone()
                    .map(|value| (entry.name.to_owned(), value));
                sources.add(entry.source.clone(), value);
            }
        }
        sources.add(Origin::Database, stored.clone());
        let read = Self::read(&sources)?;
        let lost = stored.keys().filter(|name| {
            let mut entries = read.entries.iter();
            !entries.any(|entry| entry.name == **name && entry.source == Origin::Database)
        });
        let problems: Vec<Problem> = lost.map(|name| read.why_lost(name)).collect();
        if problems.is_empty() {
            Ok(read)
        } else {
            Err(ConfigError { problems })
        }
    }

    /// Those that the database sets, by name.
    pub fn stored(&self) -> BTreeMap<String, String> {
        let entries = self.entries.iter();
        entries
            .filter(|entry| entry.source == Origin::Database)
            .filter_map(|entry| Some((entry.name.to_owned(), entry.value.clone()?)))
            .collect()
    }

    fn why_lost(&self, name: &str) -> Problem {
        let is_known = self.entries.iter().any(|entry| entry.name == name);
        let message = if is_known {
            "must not be empty; null takes the configuration's value"
        } else {
            "is no setting that may change while the server runs"
        };
        Problem::of_value(name, None, &Origin::Database, message.to_owned())
    }
}

fn describe(name: &str) -> &'static str {
    match name {
        "RATE_LIMIT_ENABLED" => "Whether callers are limited at all, wrong passwords included",
        "RATE_LIMIT_SCORE_UPDATE" => "Scores that a player may send in RATE_LIMIT_WINDOW_MS",
        "RATE_LIMIT_WINDOW_MS" => "What RATE_LIMIT_SCORE_UPDATE counts in, in milliseconds",
        "RATE_LIMIT_PER_IP" => "Requests that an address may send in a minute",
        "DRIVER_CHECKS_AT" => {
            "When driver notifications are checked, such as `0 6 * * * Europe/Paris`, or `off`; SCHEDULES counts more"
        }
        "MAPPER_ALERTS_AT" => {
            "When mapper alerts are checked, such as `0 5 * * * Europe/Paris`, or `off`; SCHEDULES counts more"
        }
        "SCHEDULES" => {
            "Schedules that are off, or moved, such as `scores.purge=off; jobs.purge=0 3 * * * Europe/Berlin`"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(config: &[(&str, &str)], stored: &[(&str, &str)]) -> Result<RunTime, ConfigError> {
        let config = Config::load(&Sources::given(config.iter().copied())).unwrap();
        let stored = stored.iter().copied();
        let stored = stored.map(|(name, value)| (name.to_owned(), value.to_owned()));
        RunTime::over(&config, &stored.collect())
    }

    #[test]
    fn the_database_wins_over_the_configuration() {
        let configured = [("RATE_LIMIT_PER_IP", "7"), ("RATE_LIMIT_SCORE_UPDATE", "8")];
        let read = over(&configured, &[("RATE_LIMIT_PER_IP", "9")]).unwrap();
        assert_eq!(read.limits.per_ip.get(), 9);
        assert_eq!(read.limits.score_update.get(), 8);
        assert!(read.limits.enabled);
        let sources: Vec<_> = read.entries.iter().map(|entry| &entry.source).collect();
        assert_eq!(
            sources,
            [
                &Origin::Default,
                &Origin::Environment,
                &Origin::Default,
                &Origin::Database,
                &Origin::Default,
                &Origin::Default,
                &Origin::Default
            ]
        );
    }

    #[test]
    fn what_the_configuration_would_refuse_is_refused_and_all_of_it_is_told() {
        let stored = [
            ("RATE_LIMIT_PER_IP", "0"),
            ("RATE_LIMIT_WINDOW_MS", "soon"),
            ("RATE_LIMIT_ENABLED", "true"),
        ];
        let error = over(&[], &stored).unwrap_err();
        let mut names: Vec<_> = error
            .problems
            .iter()
            .filter_map(|p| p.name.as_deref())
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["RATE_LIMIT_PER_IP", "RATE_LIMIT_WINDOW_MS"]);
        for stored in [
            ("RATE_LIMIT_PER_IP", " "),
            ("JWT_SECRET", "x"),
            ("PORT", "1"),
        ] {
            assert_eq!(over(&[], &[stored]).unwrap_err().problems.len(), 1);
        }
    }

    #[test]
    fn every_setting_that_may_change_is_described_and_has_a_default() {
        let known = RunTime::known();
        assert!(known.len() >= 4);
        for setting in known {
            assert!(!setting.description.is_empty(), "{}", setting.name);
            assert!(setting.default.is_some(), "{}", setting.name);
        }
    }
}
