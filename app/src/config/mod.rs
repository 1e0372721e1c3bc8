//! What the server was told: defaults ← file ← `.env` in development ← environment ← command line.
//!
//! Invariants: every value is checked before anything is started; all that is wrong is told at once; where each
//! value came from is known; a secret is never shown.

mod problem;
mod reader;
mod run_time;
mod secrets;
#[cfg(test)]
mod section_tests;
mod sections;
mod show;
mod source;
#[cfg(test)]
mod tests;
mod value;

pub use self::problem::{ConfigError, Problem};
pub use self::reader::Entry;
pub use self::run_time::{RunTime, RunTimeSetting};
pub use self::secrets::{Secrets, SecretsError, SecretsSection};
pub use self::sections::{
    AccountsSection, Aoe4Section, AwsAccessKey, AwsSection, DatabaseSection, DiscordClient,
    Environment, EventsSection, FirstAdmin, JobsSection, LimitsSection, LinksSection, LogFormat,
    LogsSection, NotificationsSection, OidcIssuer, Roles, ScheduleOverride, ScoresSection,
    ServerSection, SocialSection, SocialStoreKind, TrackmaniaSection,
};
pub use self::show::{as_json, as_table};
pub use self::source::{Origin, Sources};

use self::reader::Reader;

#[derive(Clone, Debug)]
pub struct Config {
    pub server: ServerSection,
    pub database: DatabaseSection,
    pub secrets: SecretsSection,
    pub accounts: AccountsSection,
    pub links: LinksSection,
    pub scores: ScoresSection,
    pub social: SocialSection,
    pub aoe4: Aoe4Section,
    pub trackmania: TrackmaniaSection,
    pub limits: LimitsSection,
    pub events: EventsSection,
    pub jobs: JobsSection,
    pub notifications: NotificationsSection,
    pub aws: AwsSection,
    pub logs: LogsSection,
    /// Every setting as it is in force, for people; secrets are masked.
    pub entries: Vec<Entry>,
}

impl Config {
    /// # Errors
    /// With everything that is wrong, at once.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(sources);
        let server = ServerSection::read(&mut reader);
        let database = DatabaseSection::read(&mut reader);
        let secrets = SecretsSection::read(&mut reader, server.environment, &server.data_dir);
        let accounts = AccountsSection::read(&mut reader);
        let links = LinksSection::read(&mut reader, server.environment);
        let scores = ScoresSection::read(&mut reader);
        let social = SocialSection::read(&mut reader);
        let aoe4 = Aoe4Section::read(&mut reader);
        let trackmania = TrackmaniaSection::read(&mut reader);
        let limits = LimitsSection::read(&mut reader);
        let events = EventsSection::read(&mut reader);
        let jobs = JobsSection::read(&mut reader);
        let notifications = NotificationsSection::read(&mut reader);
        let aws = AwsSection::read(&mut reader);
        let logs = LogsSection::read(&mut reader);
        Ok(Self {
            server,
            database,
            secrets,
            accounts,
            links,
            scores,
            social,
            aoe4,
            trackmania,
            limits,
            events,
            jobs,
            notifications,
            aws,
            logs,
            entries: reader.finish()?,
        })
    }

    pub fn is_production(&self) -> bool {
        self.server.environment == Environment::Production
    }
}
