//! The language model behind a coach, over HTTP.
//!
//! Invariants:
//! - All servers together keep the limits of its account.
//! - What is worth trying later is told apart from what never goes better: of the latter, the rules write the review.

use std::time::Duration;

use futures_util::future::BoxFuture;
use kernel::Secret;
use outbound::{Client, Request, Shared, SharedLimits};

use crate::coach::llm::{Accepted, Asking, Fault, Reply, ServerError, TokenField, accept, request};
use crate::coach::{Answered, Asked, Brief, Coach, Unwritten, Usage};

/// An answer has some 6 KB.
const LARGEST_ANSWER: usize = 512 * 1024;
/// Tokens of an answer, and those of one that was cut off for want of them.
const TOKENS: u32 = 4_000;
const MORE_TOKENS: u32 = 12_000;
/// How long a call waits for its turn.
const PATIENCE: Duration = Duration::from_secs(120);
/// Answers that can't be taken, after which the rules write.
const ANSWERS: u32 = 2;
/// A server that asks for more is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

#[derive(Clone, Debug)]
pub struct LlmConfig {
    /// Without a slash at its end, as in `https://api.openai.com/v1`.
    pub base_url: String,
    /// None for servers that want none.
    pub api_key: Option<Secret>,
    pub model: String,
    pub token_field: TokenField,
    /// For one answer.
    pub timeout: Duration,
    /// Of all servers together.
    pub limits: SharedLimits,
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Llm {
    client: Client,
    turns: Shared,
    config: LlmConfig,
}

impl Llm {
    pub fn new(client: Client, database: db::Database, config: LlmConfig) -> Self {
        Self {
            turns: Shared::new(database, "llm", config.limits),
            client,
            config,
        }
    }

    /// What isn't as it has to be is asked for once more.
    async fn written(
        &self,
        brief: Brief<'_>,
        usage: &mut Option<Usage>,
    ) -> Result<Answered, Unwritten> {
        let mut tokens = TOKENS;
        let mut asked = 0;
        loop {
            asked += 1;
            let reply = self.ask(brief, tokens).await?;
            *usage = sum(*usage, reply.usage);
            let why = match reply.content {
                Ok(content) => match accept(&content, brief) {
                    Ok(Accepted { written, dropped }) => {
                        if dropped > 0 {
                            tracing::info!(
                                dropped,
                                "a model claimed what no fact stands for; that was left out"
                            );
                        }
                        let model = reply.model.unwrap_or_else(|| self.config.model.clone());
                        return Ok(Answered { written, model });
                    }
                    Err(rejection) => {
                        self.note(&format_args!("{rejection:?}"), asked);
                        rejection.to_string()
                    }
                },
                Err(fault) => {
                    self.note(&format_args!("{fault:?}"), asked);
                    if fault == Fault::CutOff {
                        tokens = MORE_TOKENS;
                    }
                    fault.to_string()
                }
            };
            if asked >= ANSWERS {
                return Err(Unwritten::Never { why });
            }
        }
    }

    fn note(&self, why: &dyn std::fmt::Display, asked: u32) {
        let why = self.without_key(why);
        tracing::warn!(why, asked, "a model's answer can't be taken");
    }

    /// Some servers say the key again that they refuse.
    fn without_key(&self, said: &dyn std::fmt::Display) -> String {
        let said = said.to_string();
        match &self.config.api_key {
            Some(key) => said.replace(key.expose(), &key.to_string()),
            None => said,
        }
    }

    async fn ask(&self, brief: Brief<'_>, tokens: u32) -> Result<Reply, Unwritten> {
        let asking = Asking {
            model: &self.config.model,
            tokens,
            token_field: self.config.token_field,
        };
        let timeout = self.config.timeout;
        let turn = self.turns.turn(PATIENCE, timeout + PATIENCE).await;
        let turn = turn.map_err(later)?;
        let url = format!("{}/chat/completions", self.config.base_url);
        let mut call = Request::post(url)
            .header("accept", "application/json")
            .json(&request(asking, brief))
            .timeout(timeout)
            .cap(LARGEST_ANSWER)
            // What is paid for is not asked for twice in the dark; the job tries again, and notes it.
            .retries(0);
        if let Some(key) = &self.config.api_key {
            call = call.header("authorization", &format!("Bearer {}", key.expose()));
        }
        let outcome = self.client.send(call).await;
        turn.end().await;
        let answer = outcome.map_err(|error| match error {
            outbound::Error::TooLarge { .. } => Unwritten::Never {
                why: error.to_string(),
            },
            error => later(error),
        })?;
        if answer.status.is_success() {
            return Ok(Reply::parse(&answer.body));
        }
        let status = answer.status.as_u16();
        let said = ServerError::parse(&answer.body);
        let should_retry = match answer.header("x-should-retry") {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        let cause = said.cause(status, should_retry);
        let why = format!("The language model's server answered with status {status}.");
        let said = self.without_key(&said);
        let wait = wait(&answer);
        // One that wants us back only much later says that there is no room for us.
        let bearable = wait.is_none_or(|wait| wait <= LONGEST_WAIT);
        if cause.is_worth_retrying() && bearable {
            tracing::warn!(
                status,
                said,
                "the language model doesn't answer; it is asked again later"
            );
            return Err(Unwritten::Later { why, wait });
        }
        tracing::error!(
            status,
            said,
            "the language model can't be used as it is configured; the rules write the review"
        );
        Err(Unwritten::Never { why })
    }
}

impl Coach for Llm {
    fn review<'a>(&'a self, brief: Brief<'a>) -> BoxFuture<'a, Asked> {
        Box::pin(async move {
            let mut usage = None;
            let outcome = self.written(brief, &mut usage).await;
            Asked { outcome, usage }
        })
    }
}

fn later(error: outbound::Error) -> Unwritten {
    let wait = kernel::Failure::retry_after(&error);
    match error {
        outbound::Error::Crowded { .. } | outbound::Error::Database(_) => {
            Unwritten::NotAsked { wait }
        }
        error => Unwritten::Later {
            wait,
            why: format!("The language model can't be reached: {error}"),
        },
    }
}

/// `retry-after-ms`, which is finer, or `Retry-After`.
fn wait(answer: &outbound::Answer) -> Option<Duration> {
    let finer = answer.header("retry-after-ms");
    let finer = finer.and_then(|milliseconds| milliseconds.parse::<f64>().ok());
    finer
        .and_then(|milliseconds| Duration::try_from_secs_f64(milliseconds / 1000.0).ok())
        .or(answer.retry_after)
}

fn sum(before: Option<Usage>, more: Option<Usage>) -> Option<Usage> {
    match (before, more) {
        (Some(before), Some(more)) => Some(Usage {
            prompt: before.prompt.saturating_add(more.prompt),
            completion: before.completion.saturating_add(more.completion),
        }),
        (before, more) => before.or(more),
    }
}
