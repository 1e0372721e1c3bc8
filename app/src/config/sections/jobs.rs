use std::num::NonZeroUsize;
use std::time::Duration;

use jobs::Timing;

use super::DAY;
use crate::chores;
use crate::config::reader::{Reader, Setting, Show};
use crate::config::value::{self, Parsed, Unit};

const ROLE: Setting<Roles> = Setting {
    name: "ROLE",
    default: Some("all"),
    allowed: "all, or one of api, worker and scheduler",
    show: Show::Plain,
    parse: Roles::parse,
};
const WORKER_CONCURRENCY: Setting<NonZeroUsize> = Setting {
    name: "WORKER_CONCURRENCY",
    default: Some("5"),
    allowed: "a number from 1 to 1000",
    show: Show::Plain,
    parse: |text| {
        let number = value::number_in(text, 1..=1000)?;
        NonZeroUsize::new(number).ok_or_else(String::new)
    },
};
const JOB_TRANSPORT: Setting<&'static str> = Setting {
    name: "JOB_TRANSPORT",
    default: Some("postgres"),
    allowed: "postgres, or sqs",
    show: Show::Plain,
    parse: |text| match text {
        "postgres" => Ok("postgres"),
        "sqs" => Ok("sqs"),
        _ => Err(String::new()),
    },
};
const SQS_QUEUE_URL_PREFIX: Setting<String> = Setting {
    name: "SQS_QUEUE_URL_PREFIX",
    default: None,
    allowed: "an address; the name of each queue is put behind it",
    show: Show::Plain,
    parse: |text| {
        if text.starts_with("https://") || text.starts_with("http://") {
            Ok(text.to_owned())
        } else {
            Err("must begin with https://".to_owned())
        }
    },
};
const SCHEDULES: Setting<Vec<ScheduleOverride>> = Setting {
    name: "SCHEDULES",
    default: Some(""),
    allowed: "name=cron line, separated by semicolons, each with a time zone if it isn't UTC, or name=off",
    show: Show::Plain,
    parse: overrides,
};
const DRIVER_CHECKS_AT: Setting<Option<Timing>> = Setting {
    name: "DRIVER_CHECKS_AT",
    default: Some("0 6 * * * Europe/Paris"),
    allowed: "a cron line with a time zone, or off",
    show: Show::Plain,
    parse: |text| timing_or_off(text.trim()),
};
const MAPPER_ALERTS_AT: Setting<Option<Timing>> = Setting {
    name: "MAPPER_ALERTS_AT",
    default: Some("0 5 * * * Europe/Paris"),
    allowed: "a cron line with a time zone, or off",
    show: Show::Plain,
    parse: |text| timing_or_off(text.trim()),
};
const SCHEDULE_GRACE: Setting<Duration> = Setting {
    name: "SCHEDULE_GRACE",
    default: Some("1h"),
    allowed: "a duration from 0 to 7d",
    show: Show::Plain,
    parse: |text| value::duration_in(text, Unit::Seconds, Duration::ZERO..=7 * DAY),
};

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    pub api: bool,
    pub worker: bool,
    pub scheduler: bool,
}

impl Roles {
    fn parse(text: &str) -> Parsed<Self> {
        let is = |role| text == role || text == "all";
        let roles = Self {
            api: is("api"),
            worker: is("worker"),
            scheduler: is("scheduler"),
        };
        if roles.api || roles.worker || roles.scheduler {
            Ok(roles)
        } else {
            Err(String::new())
        }
    }
}

/// A schedule that doesn't keep to its usual time.
#[derive(Clone, Debug)]
pub struct ScheduleOverride {
    pub name: String,
    /// None: it never fires.
    pub timing: Option<Timing>,
}

/// Work that is done beside the requests.
#[derive(Clone, Debug)]
pub struct JobsSection {
    pub roles: Roles,
    /// Jobs that this server runs at a time.
    pub concurrency: NonZeroUsize,
    /// What the URLs of the queues in SQS begin with, where they wake the workers rather than PostgreSQL.
    pub sqs_queue_url_prefix: Option<String>,
    pub schedules: Vec<ScheduleOverride>,
    /// How late a schedule may fire that was missed.
    pub grace: Duration,
}

impl JobsSection {
    /// What may change while the server runs.
    pub(in crate::config) fn read_schedules(reader: &mut Reader<'_>) -> Vec<ScheduleOverride> {
        // Of those for the same schedule the last one counts.
        let mut schedules = vec![
            ScheduleOverride {
                name: chores::DRIVER_CHECKS.to_owned(),
                timing: reader.required(&DRIVER_CHECKS_AT),
            },
            ScheduleOverride {
                name: chores::MAPPER_ALERTS.to_owned(),
                timing: reader.required(&MAPPER_ALERTS_AT),
            },
        ];
        schedules.extend(reader.required(&SCHEDULES));
        schedules
    }

    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        let over_sqs = reader.required(&JOB_TRANSPORT) == "sqs";
        let prefix = reader.optional(&SQS_QUEUE_URL_PREFIX);
        if over_sqs && cfg!(not(feature = "aws")) {
            let message = "can't be sqs in this build: build with --features aws";
            reader.problem(JOB_TRANSPORT.name, message);
        } else if over_sqs && !reader.is_set(SQS_QUEUE_URL_PREFIX.name) {
            let message = "is needed with JOB_TRANSPORT=sqs, such as https://sqs.eu-west-1.amazonaws.com/123456789012/grandstand-";
            reader.problem(SQS_QUEUE_URL_PREFIX.name, message);
        }
        Self {
            roles: reader.required(&ROLE),
            concurrency: reader.required(&WORKER_CONCURRENCY),
            sqs_queue_url_prefix: prefix.filter(|_| over_sqs),
            schedules: Self::read_schedules(reader),
            grace: reader.required(&SCHEDULE_GRACE),
        }
    }
}

/// `scores.purge=*/10 * * * *; jobs.purge=0 3 * * * Europe/Berlin; accounts.purge=off`
fn overrides(text: &str) -> Parsed<Vec<ScheduleOverride>> {
    let known = chores::schedules();
    let parts = text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, timing) = part
                .split_once('=')
                .ok_or_else(|| format!("{part:?} has no ="))?;
            let (name, timing) = (name.trim(), timing.trim());
            if !known.iter().any(|schedule| schedule.name == name) {
                return Err(format!(
                    "{name:?} is no schedule; `grandstand schedules` lists them"
                ));
            }
            Ok(ScheduleOverride {
                name: name.to_owned(),
                timing: timing_or_off(timing)?,
            })
        })
        .collect()
}

/// `0 3 * * * Europe/Berlin`, in UTC where no time zone is said. None for `off`.
fn timing_or_off(text: &str) -> Parsed<Option<Timing>> {
    Ok(match text.rsplit_once(char::is_whitespace) {
        _ if text == "off" => None,
        Some((cron, zone)) if cron.split_whitespace().count() == 5 => {
            Some(Timing::new(cron.trim(), zone)?)
        }
        _ => Some(Timing::new(text, "UTC")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    /// When a schedule fires, with these settings.
    fn fires_at(name: &str, settings: &[(&str, &str)]) -> Option<String> {
        let config = Config::load(&Sources::given(settings.iter().copied())).unwrap();
        let mut schedules = chores::scheduled(&config.jobs.schedules).into_iter();
        let schedule = schedules.find(|schedule| schedule.name == name);
        let schedule = schedule.unwrap();
        let timing = schedule.timing()?;
        Some(format!("{} {}", timing.cron, timing.zone))
    }

    #[test]
    fn daily_runs_have_settings_of_their_own() {
        for (at, name, usual) in [
            (
                "MAPPER_ALERTS_AT",
                chores::MAPPER_ALERTS,
                "0 5 * * * Europe/Paris",
            ),
            (
                "DRIVER_CHECKS_AT",
                chores::DRIVER_CHECKS,
                "0 6 * * * Europe/Paris",
            ),
        ] {
            let moved = format!("{name}=0 7 * * *");
            for (settings, want) in [
                (&[][..], Some(usual)),
                (
                    &[(at, "30 6 * * * Asia/Tokyo")],
                    Some("30 6 * * * Asia/Tokyo"),
                ),
                (&[(at, "30 6 * * *")], Some("30 6 * * * UTC")),
                (&[(at, "off")], None),
                (
                    &[(at, "off"), ("SCHEDULES", moved.as_str())],
                    Some("0 7 * * * UTC"),
                ),
            ] {
                assert_eq!(fires_at(name, settings).as_deref(), want, "{settings:?}");
            }
            for bad in ["five", "0 5 * * * Mars", "* * * *"] {
                let wrong = Config::load(&Sources::given([(at, bad)])).unwrap_err();
                assert!(wrong.to_string().contains(at), "{wrong}");
            }
        }
    }

    #[test]
    fn schedules_are_moved_or_switched_off() {
        let found = overrides(
            "scores.purge=*/10 * * * *; jobs.purge=0 3 * * * Europe/Berlin;accounts.purge=off;",
        )
        .unwrap();
        let zones: Vec<_> = found
            .iter()
            .map(|found| found.timing.as_ref().map(|timing| timing.zone.as_str()))
            .collect();
        assert_eq!(zones, [Some("UTC"), Some("Europe/Berlin"), None]);
        for bad in [
            "scores.purge",
            "scores.purge=daily",
            "nothing=off",
            "jobs.purge=0 3 * * * Mars",
        ] {
            assert!(overrides(bad).is_err(), "{bad}");
        }
    }
}
