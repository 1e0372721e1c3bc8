use std::num::NonZeroU32;
use std::time::Duration;

use aoe4::TokenField;
use kernel::Secret;

use super::{MINUTE, SECOND};
use crate::config::reader::{Reader, Setting, Show};
use crate::config::value::{self, Unit};

const MOST: NonZeroU32 = NonZeroU32::new(1_000).expect("a thousand is not zero");

const AOE4WORLD_URL: Setting<String> = Setting {
    name: "AOE4WORLD_URL",
    default: Some("https://aoe4world.com"),
    allowed: "where AoE4World is",
    show: Show::Plain,
    parse: value::web_address,
};
const AOE4WORLD_REQUESTS_PER_SECOND: Setting<NonZeroU32> = Setting {
    name: "AOE4WORLD_REQUESTS_PER_SECOND",
    default: Some("3"),
    allowed: "a number from 1 to 1000",
    show: Show::Plain,
    parse: |text| value::number_in(text, NonZeroU32::MIN..=MOST),
};

const OPENAI_BASE_URL: Setting<String> = Setting {
    name: "OPENAI_BASE_URL",
    default: Some("https://api.openai.com/v1"),
    allowed: "where a server speaks OpenAI's chat completions",
    show: Show::Plain,
    parse: value::web_address,
};
const OPENAI_API_KEY: Setting<Secret> = Setting {
    name: "OPENAI_API_KEY",
    default: None,
    allowed: "the key of an account there",
    show: Show::Masked,
    parse: value::secret,
};
const OPENAI_MODEL: Setting<String> = Setting {
    name: "OPENAI_MODEL",
    default: Some("gpt-4o-mini"),
    allowed: "the name of a model, of at most 100 characters",
    show: Show::Plain,
    parse: |text| {
        let fits = !text.is_empty() && text.chars().count() <= 100;
        fits.then(|| text.to_owned()).ok_or_else(String::new)
    },
};
const OPENAI_TOKEN_FIELD: Setting<TokenField> = Setting {
    name: "OPENAI_TOKEN_FIELD",
    default: Some("max_completion_tokens"),
    allowed: "max_completion_tokens, or max_tokens for servers that know only that, as Ollama does",
    show: Show::Plain,
    parse: |text| match text {
        "max_completion_tokens" => Ok(TokenField::MaxCompletionTokens),
        "max_tokens" => Ok(TokenField::MaxTokens),
        _ => Err(String::new()),
    },
};
const OPENAI_REQUESTS_PER_SECOND: Setting<NonZeroU32> = Setting {
    name: "OPENAI_REQUESTS_PER_SECOND",
    default: Some("10"),
    allowed: "a number from 1 to 1000",
    show: Show::Plain,
    parse: |text| value::number_in(text, NonZeroU32::MIN..=MOST),
};
const OPENAI_CONCURRENCY: Setting<NonZeroU32> = Setting {
    name: "OPENAI_CONCURRENCY",
    default: Some("5"),
    allowed: "a number from 1 to 1000",
    show: Show::Plain,
    parse: |text| value::number_in(text, NonZeroU32::MIN..=MOST),
};
const OPENAI_TIMEOUT: Setting<Duration> = Setting {
    name: "OPENAI_TIMEOUT",
    default: Some("60s"),
    allowed: "a duration from 1s to 3m",
    show: Show::Plain,
    parse: |text| value::duration_in(text, Unit::Seconds, SECOND..=3 * MINUTE),
};

/// A language model that writes reviews.
#[derive(Clone, Debug)]
pub struct LlmSection {
    /// Without a slash at its end.
    pub base_url: String,
    pub api_key: Option<Secret>,
    pub model: String,
    pub token_field: TokenField,
    /// Of all servers together.
    pub requests_per_second: NonZeroU32,
    /// Calls under way at a time, of all servers together.
    pub concurrency: NonZeroU32,
    /// For one answer.
    pub timeout: Duration,
}

/// Matches and reviews of Age of Empires IV.
#[derive(Clone, Debug)]
pub struct Aoe4Section {
    /// Without a slash at its end.
    pub aoe4world_url: String,
    /// Whether somebody chose that address.
    pub aoe4world_is_chosen: bool,
    /// Of all servers together.
    pub aoe4world_requests_per_second: NonZeroU32,
    /// None: the rules write reviews.
    pub llm: Option<LlmSection>,
}

impl Aoe4Section {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        let llm = LlmSection {
            base_url: reader.required(&OPENAI_BASE_URL),
            api_key: reader.optional(&OPENAI_API_KEY),
            model: reader.required(&OPENAI_MODEL),
            token_field: reader.required(&OPENAI_TOKEN_FIELD),
            requests_per_second: reader.required(&OPENAI_REQUESTS_PER_SECOND),
            concurrency: reader.required(&OPENAI_CONCURRENCY),
            timeout: reader.required(&OPENAI_TIMEOUT),
        };
        // A server of one's own may want no key; OpenAI's does.
        let wanted = reader.is_set(OPENAI_API_KEY.name) || reader.is_set(OPENAI_BASE_URL.name);
        Self {
            llm: wanted.then_some(llm),
            aoe4world_url: reader.required(&AOE4WORLD_URL),
            aoe4world_is_chosen: reader.is_set(AOE4WORLD_URL.name),
            aoe4world_requests_per_second: reader.required(&AOE4WORLD_REQUESTS_PER_SECOND),
        }
    }
}
