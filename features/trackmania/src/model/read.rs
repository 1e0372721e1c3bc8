//! Reading somebody else's JSON. What must be there and isn't is an error; what is only nice to have is absent instead.

use serde_json::Value;

/// The most characters of a text that are kept: names are far shorter.
const MOST_CHARACTERS: usize = 200;

/// Why an answer can't be used, as the end of a sentence, for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

pub fn text(value: &Value, name: &str) -> Option<String> {
    let text = value.get(name)?.as_str()?;
    // PostgreSQL holds no U+0000.
    let text = text.chars().filter(|&letter| letter != '\0');
    let text: String = text.take(MOST_CHARACTERS).collect();
    (!text.is_empty()).then_some(text)
}

/// As long as it is: tokens are longer than other texts.
pub fn secret(told: &Value, name: &str) -> Result<String, Malformed> {
    let token = told.get(name).and_then(Value::as_str);
    let token = token.filter(|token| !token.is_empty());
    token
        .map(str::to_owned)
        .ok_or_else(|| Malformed(format!("it has no {name}")))
}

/// A whole number, which may be written as text.
pub fn whole(value: &Value, name: &str) -> Option<i64> {
    match value.get(name)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}

/// What an answer says of an error. Each of Nadeo's services has a shape of its own: `{message, info}` where `info` is a
/// list, an object, or missing, `{error, message}`, and a bare list of words.
pub fn said(value: &Value) -> Option<String> {
    let words = match value {
        Value::Array(words) if words.iter().any(Value::is_string) => {
            words.iter().filter_map(Value::as_str).collect()
        }
        Value::Object(fields) if fields.contains_key("error") || fields.contains_key("message") => {
            let told = ["error", "message"].map(|name| value.get(name).and_then(Value::as_str));
            let info: Vec<&str> = match value.get("info") {
                Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
                Some(Value::Object(all)) => all.values().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            told.into_iter().flatten().chain(info).collect::<Vec<_>>()
        }
        _ => return None,
    };
    Some(words.join("; ").chars().take(MOST_CHARACTERS).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_of_every_shape_are_understood() {
        for (value, want) in [
            (
                json!({ "code": "C-1", "message": "No.", "info": ["mapId: bad"] }),
                "No.; mapId: bad",
            ),
            (
                json!({ "message": "No.", "info": { "mapId": "bad" } }),
                "No.; bad",
            ),
            (
                json!({ "code": "C-2", "correlation_id": "x", "message": "Not Found" }),
                "Not Found",
            ),
            (
                json!({ "error": "NotFoundHttpException", "message": "Log", "traceId": "x" }),
                "NotFoundHttpException; Log",
            ),
            (json!(["club:error-notFound"]), "club:error-notFound"),
        ] {
            assert_eq!(said(&value).as_deref(), Some(want), "{value}");
        }
        for value in [
            json!({}),
            json!([]),
            json!(null),
            json!([{ "a": 1 }]),
            json!({ "tops": [] }),
        ] {
            assert_eq!(said(&value), None, "{value}");
        }
    }

    #[test]
    fn numbers_may_be_text() {
        let value = json!({ "sp": "254088", "n": -1, "x": "many", "f": 1.5 });
        assert_eq!(whole(&value, "sp"), Some(254_088));
        assert_eq!(whole(&value, "n"), Some(-1));
        for name in ["x", "f", "none"] {
            assert_eq!(whole(&value, name), None, "{name}");
        }
    }
}
