//! The features: how each is made from the configuration, and how they are joined.
//!
//! Invariant: this is the only place that knows all of them. Admin routes are guarded twice: by the extractor of
//! each handler, and here by one guard over all of them, so that none can be forgotten.

mod accounts;
mod aoe4;
#[cfg(feature = "aws")]
pub(crate) mod copy;
mod ground;
mod news;
mod notifications;
mod social;
mod stats;
mod trackmania;

pub use self::accounts::issuer;
pub use self::ground::Ground;
pub use self::notifications::mailer;
pub use self::trackmania::trackmania_probe;

use std::sync::Arc;

use ::accounts::{Accounts, Admin};
use ::notifications::mail::render::Site;
use ::notifications::{Notifications, Ways};
use ::social::Social;
use db::Database;
use http_api::Rate;
use jobs::Jobs;
use live::{Capacity, Hearing, Inboxes, StreamSettings};
use scores::Scores;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use crate::config::{Config, Secrets, Sources};
use crate::events::Events;
use crate::jobs_api::JobsApi;
use crate::overview::{
    JobsSection, LeaderboardsSection, MailsSection, Overview, PlaysSection, Section,
    SessionsSection, StreamsSection, TrackmaniaSection, UsersSection,
};
use crate::routes;
use crate::settings::Settings;

/// Wrong passwords that one address may try for one e-mail in five minutes, where there are limits.
const LOGIN_ATTEMPTS: u32 = 10;

/// The running features. Cheap to clone.
#[derive(Clone)]
pub struct Features {
    pub accounts: Accounts,
    pub scores: Scores,
    pub settings: Settings,
    database: Database,
    overview: Overview,
    events: Events,
    pub notifications: Notifications,
    pub social: Social,
    aoe4: ::aoe4::Aoe4,
    trackmania: ::trackmania::Trackmania,
    pub jobs: Jobs,
    jobs_api: JobsApi,
}

impl Features {
    /// Starts the features on top of `accounts`, which stand on the same ground, and joins them all. Boards are
    /// loaded in the background; see [`Features::is_ready`].
    pub fn start(
        config: &Config,
        secrets: &Secrets,
        ground: &Ground,
        accounts: Accounts,
        public_url: &str,
        shutdown: CancellationToken,
    ) -> Self {
        let clock = &ground.clock;
        let capacity = Capacity::new(config.events.max_connections, config.events.max_per_user);
        tokio::spawn(capacity.clone().shut_down_on(shutdown.clone()));
        let jobs_api = JobsApi {
            jobs: ground.jobs.clone(),
            database: ground.database.clone(),
            accounts: accounts.clone(),
            clock: clock.clone(),
        };
        accounts.register_user_data(Arc::new(jobs_api.clone()));
        let scores = Scores::start(
            ground.database.clone(),
            accounts.clone(),
            ground.relay.clone(),
            clock.clone(),
            scores_config(config, secrets, capacity.clone()),
            shutdown.clone(),
        );
        accounts.register_user_data(Arc::new(scores.clone()));
        let (newcomers, changes) = (scores.clone(), scores.clone());
        accounts.on_signed_up(Arc::new(move |user, screen_name, avatar| {
            newcomers.signed_up(user, screen_name, avatar);
        }));
        accounts.on_profile_changed(Arc::new(move |user| changes.profile_changed(user)));
        let inboxes = Inboxes::new(ground.relay.clone());
        let mailer = Arc::new(notifications::mailer(config, clock));
        let notifications = Notifications::new(
            ground.database.clone(),
            accounts.clone(),
            Ways {
                jobs: ground.jobs.clone(),
                inboxes: inboxes.clone(),
                outside: ground.outside.clone(),
                mailer: Arc::clone(&mailer),
            },
            clock.clone(),
            notifications::settings(config, secrets, public_url),
        );
        accounts.register_user_data(Arc::new(notifications.clone()));
        accounts.send_mail_by(Arc::new(notifications::AccountMail {
            mailer,
            site: Site {
                public_url: public_url.to_owned(),
            },
            notifications: notifications.clone(),
        }));
        let social = Social::start(
            ground.database.clone(),
            accounts.clone(),
            ::social::Ways {
                store: Arc::clone(&ground.social_store),
                games: Arc::new(social::ScoredGames {
                    scores: scores.clone(),
                    store: Arc::clone(&ground.social_store),
                }),
                jobs: ground.jobs.clone(),
                inboxes: inboxes.clone(),
                relay: ground.relay.clone(),
            },
            clock.clone(),
            shutdown.clone(),
        );
        accounts.register_user_data(Arc::new(social.clone()));
        let aoe4 = aoe4::feature(config, ground, accounts.clone(), public_url);
        accounts.register_user_data(Arc::new(aoe4.clone()));
        let trackmania = trackmania::feature(config, ground, accounts.clone(), public_url);
        accounts.register_user_data(Arc::new(trackmania.clone()));
        accounts.ask_trackmania_by(Arc::new(trackmania::Drivers(trackmania.clone())));
        scores.ask_company(Arc::new(social::SocialCompany(social.clone())));
        let sections: Vec<Box<dyn Section>> = vec![
            Box::new(UsersSection(accounts.clone())),
            Box::new(SessionsSection(accounts.clone())),
            Box::new(PlaysSection(scores.clone())),
            Box::new(LeaderboardsSection(scores.clone())),
            Box::new(JobsSection(ground.jobs.clone())),
            Box::new(MailsSection(notifications.clone())),
            Box::new(TrackmaniaSection {
                trackmania: trackmania.clone(),
                notifications: notifications.clone(),
            }),
            Box::new(StreamsSection(capacity.clone())),
        ];
        let overview = Overview::new(accounts.clone(), clock.clone(), sections);
        let events = Events::start(
            accounts.clone(),
            inboxes.clone(),
            capacity,
            streams(config),
            clock.clone(),
            shutdown.clone(),
        );
        jobs_api.tell_owners(inboxes);
        let settings = Settings::new(
            config,
            ground.database.clone(),
            accounts.clone(),
            ground.relay.clone(),
            clock.clone(),
        );
        follow_limits(&settings, &accounts, &scores);
        let hearing = accounts.hear(Hearing::new());
        let hearing = social.hear(settings.hear(events.hear(scores.hear(hearing))));
        ground.hear(hearing, shutdown);
        Self {
            accounts,
            scores,
            settings,
            database: ground.database.clone(),
            overview,
            events,
            notifications,
            social,
            aoe4,
            trackmania,
            jobs: ground.jobs.clone(),
            jobs_api,
        }
    }

    /// With the default configuration, and connected to nothing: for what features tell of themselves. To be called
    /// within a tokio runtime.
    ///
    /// # Errors
    /// If a feature can't be made, which is a mistake in the code.
    pub fn unconnected(public_url: &str) -> anyhow::Result<Self> {
        // Any two will do: nothing is signed.
        let secrets = [("JWT_SECRET", "unused"), ("ACTION_TOKEN_SECRET", "unused")];
        let config = Config::load(&Sources::given(secrets))?;
        let secrets = config.secrets.obtain(&config.server.data_dir)?;
        let stopped = CancellationToken::new();
        stopped.cancel();
        let ground = Ground::for_command(&config, Database::unconnected())?;
        let accounts = ground.accounts(&config, &secrets, public_url);
        let features = Self::start(&config, &secrets, &ground, accounts, public_url, stopped);
        Ok(features)
    }

    /// Every route of every feature, below `/api/v1`.
    pub fn routes(&self) -> OpenApiRouter {
        let admin = OpenApiRouter::new()
            .merge(self.accounts.admin_routes())
            .merge(self.scores.admin_routes())
            .merge(self.notifications.admin_routes())
            .merge(self.jobs_api.admin_routes())
            .merge(routes::settings(&self.settings))
            .merge(routes::overview(&self.overview))
            .route_layer(
                axum::middleware::from_extractor_with_state::<Admin, Accounts>(
                    self.accounts.clone(),
                ),
            );
        OpenApiRouter::new()
            .merge(self.accounts.routes())
            .merge(self.scores.routes())
            .merge(routes::events(&self.events))
            .merge(self.notifications.routes())
            .merge(self.social.routes())
            .merge(self.aoe4.routes())
            .merge(self.trackmania.routes())
            .merge(self.jobs_api.routes())
            .merge(admin)
    }

    /// Adds the handlers of all their jobs.
    pub fn register_jobs(&self, registry: &mut jobs::Registry) {
        self.accounts.register_jobs(registry);
        self.notifications.register_jobs(registry);
        self.social.register_jobs(registry);
        social::register_jobs(registry, &self.database, &self.social, &self.notifications);
        self.aoe4.register_jobs(registry);
        aoe4::register_jobs(registry, &self.database, &self.notifications);
        self.trackmania.register_jobs(registry);
        trackmania::register_jobs(registry, &self.database, &self.notifications);
        registry.register(self.clone(), news::tell_followers);
        registry.register(self.clone(), stats::mirror);
    }

    /// Whether requests can be answered rightly.
    pub fn is_ready(&self) -> bool {
        self.scores.is_ready()
    }

    /// Writes what still waits. To be called once no more requests come in.
    pub async fn drain(&self) {
        self.scores.drain().await;
    }
}

fn follow_limits(settings: &Settings, accounts: &Accounts, scores: &Scores) {
    let (accounts, scores) = (accounts.clone(), scores.clone());
    settings.follow(move |present| {
        let limits = &present.limits;
        accounts.limit_login_attempts(if limits.enabled { LOGIN_ATTEMPTS } else { 0 });
        scores.limit_submissions(limits.enabled.then_some(Rate {
            requests: limits.score_update,
            window: limits.window,
        }));
    });
}

fn streams(config: &Config) -> StreamSettings {
    StreamSettings {
        ping_interval: config.events.ping_interval,
        ..StreamSettings::default()
    }
}

fn scores_config(config: &Config, secrets: &Secrets, capacity: Capacity) -> scores::Config {
    scores::Config {
        action_token_secret: secrets.action_token.clone(),
        action_token_ttl: config.scores.action_token_ttl,
        streams: streams(config),
        capacity,
        serve_boards: config.jobs.roles.api,
    }
}
