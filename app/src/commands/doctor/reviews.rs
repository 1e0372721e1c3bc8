//! Who writes reviews of matches, and whether it can.

use super::Finding::{self, Doubtful, Good};
use crate::config::Config;

const OPENAI: &str = "https://api.openai.com/";

/// What the configuration alone tells: asking a model would cost something.
pub fn reviews(config: &Config) -> Finding {
    match &config.aoe4.llm {
        None => Good("Reviews of matches are written by the rules: there is no OPENAI_API_KEY.".to_owned()),
        Some(llm) if llm.base_url.starts_with(OPENAI) && llm.api_key.is_none() => Doubtful(
            "OPENAI_BASE_URL is OpenAI's, but there is no OPENAI_API_KEY: it will refuse, and the rules write the reviews."
                .to_owned(),
        ),
        Some(llm) => Good(format!(
            "Reviews of matches are written by {} at {}; where it fails, by the rules.",
            llm.model, llm.base_url
        )),
    }
}
