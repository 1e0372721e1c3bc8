//! Direct messages by a bot: <https://discord.com/developers/docs/resources/user#create-dm>.
//!
//! - Whoever is told to wait waits, each route by itself, or all of them where Discord says so.
//! - A refusal (403) is never sent again: ten thousand of them within ten minutes ban the address.
//! - A token that is no longer good stops everything until the server is started again.

mod waits;

use std::time::Duration;

use kernel::{Clock, Secret};
use outbound::{Answer, Request};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};

use self::waits::{Told, Waits};
use super::unanswered;
use crate::Undelivered;
use crate::model::discord::Refusal;

const CAP: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(10);
/// Where the token is refused.
const STOPPED: Duration = Duration::from_secs(60 * 60);

#[derive(Clone, Debug)]
pub struct DiscordConfig {
    pub token: Secret,
    /// `https://discord.com/api/v10`, or a stand-in.
    pub api_url: String,
    /// Where Discord finds out about us.
    pub contact: String,
}

pub struct Discord {
    outside: outbound::Client,
    config: DiscordConfig,
    clock: Clock,
    waits: Mutex<Waits>,
}

/// Whom a message is for.
pub struct Recipient<'a> {
    pub user: &'a str,
    /// The channel that was opened for them before.
    pub channel: Option<&'a str>,
}

#[derive(Deserialize)]
struct Channel {
    id: String,
}

#[derive(Deserialize, Default)]
struct Problem {
    #[serde(default)]
    code: i64,
    retry_after: Option<f64>,
    #[serde(default)]
    global: bool,
}

impl Discord {
    pub fn new(outside: outbound::Client, config: DiscordConfig, clock: Clock) -> Self {
        Self {
            outside,
            config,
            clock,
            waits: Mutex::default(),
        }
    }

    /// Sends a message, and gives the channel that it went to.
    pub async fn send(&self, to: Recipient<'_>, message: &Value) -> Result<String, Undelivered> {
        if let Some(channel) = to.channel {
            match self.write(channel, message).await {
                Err(Refused::As(Refusal::NoChannel, _)) => {}
                outcome => return self.outcome(outcome.map(|()| channel.to_owned())),
            }
        }
        let channel = match self.open(to.user).await {
            Ok(channel) => channel,
            Err(refused) => return self.outcome(Err(refused)),
        };
        let outcome = self.write(&channel, message).await;
        self.outcome(outcome.map(|()| channel))
    }

    /// Opening it again gives the same channel.
    async fn open(&self, user: &str) -> Result<String, Refused> {
        let body = json!({ "recipient_id": user });
        let answer = self.post("open", "/users/@me/channels", &body).await?;
        let channel: Channel = answer.json().map_err(|_| {
            Refused::Otherwise(Undelivered::later("Discord's answer made no sense."))
        })?;
        if channel.id.bytes().all(|byte| byte.is_ascii_digit()) && !channel.id.is_empty() {
            Ok(channel.id)
        } else {
            Err(Refused::Otherwise(Undelivered::later(
                "Discord's answer made no sense.",
            )))
        }
    }

    async fn write(&self, channel: &str, message: &Value) -> Result<(), Refused> {
        let path = format!("/channels/{channel}/messages");
        self.post(channel, &path, message).await.map(|_| ())
    }

    async fn post(&self, route: &str, path: &str, body: &Value) -> Result<Answer, Refused> {
        let wait = self.waits.lock().wait(route, self.clock.now());
        if let Some(after) = wait {
            return Err(Refused::Otherwise(Undelivered::Later {
                reason: "Discord asked us to wait.".to_owned(),
                after: Some(after),
            }));
        }
        let config = &self.config;
        let agent = format!(
            "DiscordBot ({}, {})",
            config.contact,
            env!("CARGO_PKG_VERSION")
        );
        let request = Request::post(format!("{}{path}", config.api_url))
            .header("authorization", &format!("Bot {}", config.token.expose()))
            .header("user-agent", &agent)
            .json(body)
            .cap(CAP)
            .timeout(TIMEOUT)
            .retries(0);
        let answer = self
            .outside
            .send(request)
            .await
            .map_err(|error| Refused::Otherwise(unanswered("Discord", &error)))?;
        let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_default();
        let told = Told::by(&answer, problem.retry_after, problem.global);
        let wait = self.waits.lock().learn(route, told, self.clock.now());
        let status = answer.status.as_u16();
        if answer.status.is_success() {
            return Ok(answer);
        }
        if matches!(status, 401 | 403 | 429) {
            metrics::counter!("discord_refusals_total", "status" => status.to_string())
                .increment(1);
        }
        Err(Refused::As(
            Refusal::of(status, problem.code),
            Why {
                status,
                code: problem.code,
                wait,
            },
        ))
    }

    /// What it means for the message.
    fn outcome<T>(&self, outcome: Result<T, Refused>) -> Result<T, Undelivered> {
        outcome.map_err(|refused| match refused {
            Refused::Otherwise(undelivered) => undelivered,
            Refused::As(Refusal::Closed, _) => Undelivered::Closed(
                "Discord says that your account takes no messages from us. Allow direct messages from members of a \
                 server that you share with our bot, then turn Discord on again."
                    .to_owned(),
            ),
            Refused::As(Refusal::BadToken, why) => {
                tracing::error!(status = why.status, code = why.code, "Discord refuses DISCORD_BOT_TOKEN; nothing is sent there until the next start");
                self.waits.lock().stop();
                Undelivered::Later {
                    reason: "Discord does not know our bot.".to_owned(),
                    after: Some(STOPPED),
                }
            }
            Refused::As(Refusal::Later, why) => Undelivered::Later {
                reason: format!("Discord answered with status {}.", why.status),
                after: why.wait,
            },
            Refused::As(Refusal::GiveUp | Refusal::NoChannel, why) => Undelivered::Refused(
                format!("Discord refused the message (status {}, code {}).", why.status, why.code),
            ),
        })
    }
}

enum Refused {
    As(Refusal, Why),
    Otherwise(Undelivered),
}

struct Why {
    status: u16,
    code: i64,
    wait: Option<Duration>,
}
