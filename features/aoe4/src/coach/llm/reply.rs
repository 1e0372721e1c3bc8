//! What a server sends with status 200.

use serde_json::Value;

use super::server_error::ServerError;
use crate::coach::Usage;

/// What came, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The model that answered, which may be another than was asked.
    pub model: Option<String>,
    /// Some servers don't tell. What failed is paid for too.
    pub usage: Option<Usage>,
    pub content: Result<String, Fault>,
}

/// Why there is no answer in it. Its sentence may be shown to anybody: what others said is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the model refused")]
    Refused(String),
    /// More tokens may help, the same again won't.
    #[error("the answer was cut off, since it had too few tokens")]
    CutOff,
    #[error("the answer was held back by the server's filter")]
    Filtered,
    #[error("the model called a tool, though there is none")]
    CalledTool,
    #[error("the answer is empty")]
    Empty,
    #[error("the reply isn't a chat completion")]
    Shape,
    #[error("the model's server reports an error")]
    Server(ServerError),
}

impl Reply {
    /// Never fails as a whole: what is wrong is in `content`.
    pub fn parse(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Self {
                model: None,
                usage: None,
                content: Err(Fault::Shape),
            };
        };
        Self {
            model: value["model"]
                .as_str()
                .map(|model| {
                    let visible = model.chars().filter(|character| !character.is_control());
                    visible.take(100).collect::<String>()
                })
                .filter(|model| !model.trim().is_empty()),
            usage: usage(&value["usage"]),
            content: content(&value, body),
        }
    }
}

fn usage(value: &Value) -> Option<Usage> {
    let prompt = value["prompt_tokens"].as_u64();
    let completion = value["completion_tokens"].as_u64();
    (prompt.is_some() || completion.is_some()).then(|| Usage {
        prompt: prompt.unwrap_or(0),
        completion: completion.unwrap_or(0),
    })
}

fn content(value: &Value, body: &[u8]) -> Result<String, Fault> {
    if value.get("error").is_some_and(|error| !error.is_null()) || value["object"] == "error" {
        return Err(Fault::Server(ServerError::parse(body)));
    }
    let choices = value["choices"].as_array().ok_or(Fault::Shape)?;
    let choice = choices.first().ok_or(Fault::Empty)?;
    let message = choice["message"].as_object().ok_or(Fault::Shape)?;
    // A refusal comes with "stop" and status 200, so it is looked for before everything else.
    if let Some(refusal) = message
        .get("refusal")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
    {
        return Err(Fault::Refused(refusal.chars().take(300).collect()));
    }
    match choice["finish_reason"].as_str() {
        Some("length") => return Err(Fault::CutOff),
        Some("content_filter") => return Err(Fault::Filtered),
        Some("tool_calls" | "function_call") => return Err(Fault::CalledTool),
        // Other servers leave it out, or send an empty text.
        _ => {}
    }
    let text = message.get("content").and_then(text).unwrap_or_default();
    if !text.trim().is_empty() {
        return Ok(text);
    }
    let called = message
        .get("tool_calls")
        .and_then(Value::as_array)
        .is_some_and(|calls| !calls.is_empty());
    Err(if called {
        Fault::CalledTool
    } else {
        Fault::Empty
    })
}

/// A text, or parts of one.
fn text(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(
            parts
                .iter()
                .filter_map(|part| part["text"].as_str())
                .collect(),
        ),
        _ => None,
    }
}
