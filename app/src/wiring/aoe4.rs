//! Age of Empires IV, made from the configuration, and joined with notifications.

use std::num::NonZeroU32;

use ::jobs::{Done, JobError, Registry, Running};
use aoe4::{Aoe4, LlmConfig, Reviewed, UpstreamConfig};
use db::Database;
use notifications::Notifications;
use notifications::event::{Event, REVIEW_FAILED, REVIEW_READY};
use outbound::SharedLimits;

use super::Ground;
use super::ground::PROJECT;
use crate::config::Config;

/// Calls to AoE4World under way at a time, of all servers.
const AOE4WORLD_AT_A_TIME: NonZeroU32 = NonZeroU32::new(2).expect("two is not zero");

pub fn feature(
    config: &Config,
    ground: &Ground,
    accounts: accounts::Accounts,
    public_url: &str,
) -> Aoe4 {
    let section = &config.aoe4;
    let upstream = UpstreamConfig {
        url: section.aoe4world_url.clone(),
        limits: SharedLimits {
            per_second: section.aoe4world_requests_per_second,
            at_a_time: AOE4WORLD_AT_A_TIME,
        },
        contact: config
            .server
            .public_url
            .clone()
            .unwrap_or_else(|| PROJECT.to_owned()),
    };
    let llm = section.llm.as_ref().map(|llm| LlmConfig {
        base_url: llm.base_url.clone(),
        api_key: llm.api_key.clone(),
        model: llm.model.clone(),
        token_field: llm.token_field,
        timeout: llm.timeout,
        limits: SharedLimits {
            per_second: llm.requests_per_second,
            at_a_time: llm.concurrency,
        },
    });
    Aoe4::new(
        ground.database.clone(),
        accounts,
        ground.jobs.clone(),
        ground.outside.clone(),
        ground.clock.clone(),
        aoe4::Config {
            upstream,
            unverified_links: config.links.allow_unverified,
            llm,
            public_url: public_url.to_owned(),
        },
    )
}

/// What it needs to tell somebody of a review.
#[derive(Clone)]
struct Telling {
    database: Database,
    notifications: Notifications,
}

/// Adds the handlers of what players are told.
pub fn register_jobs(registry: &mut Registry, database: &Database, notifications: &Notifications) {
    let telling = Telling {
        database: database.clone(),
        notifications: notifications.clone(),
    };
    registry.register(telling, tell_of_review);
}

async fn tell_of_review(
    job: Reviewed,
    telling: Telling,
    running: Running,
) -> Result<Done, JobError> {
    let what = format!("{} on {}", job.civilization, job.map);
    let (title, body, link) = match (job.review, job.overall) {
        (Some(review), overall) => (
            format!("Your review is ready: {what}"),
            match overall {
                Some(score) => format!(
                    "You scored {score} of 100. See what decided the match, and what to train."
                ),
                None => "AoE4World didn't tell what happened; the review says what could be seen."
                    .to_owned(),
            },
            format!("/reviews/{review}"),
        ),
        (None, _) => (
            format!("No review could be made: {what}"),
            "Ask for it again later.".to_owned(),
            format!("/games/{}", job.game),
        ),
    };
    let kind = if job.review.is_some() {
        &REVIEW_READY
    } else {
        &REVIEW_FAILED
    };
    let event = Event::new(kind, &title, &body)
        .link(&link)
        .about(match job.review {
            Some(review) => review.to_string(),
            // Each attempt may fail anew.
            None => running.id().to_string(),
        });
    let mut tx = telling.database.begin().await?;
    telling
        .notifications
        .notify(&mut tx, job.user, &event)
        .await?;
    running.complete(tx).await
}
