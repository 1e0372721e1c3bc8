//! Values of settings as JSON, and as the text that the configuration's rules read.

use std::collections::BTreeMap;

use kernel::FieldError;
use serde_json::Value;

use super::SettingsError;
use crate::config::{Origin, RunTime};

/// As the environment would have it. None for what no setting is.
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number or a truth where the text is one.
pub fn as_json(text: Option<&str>) -> Value {
    let Some(text) = text else {
        return Value::Null;
    };
    match (text, text.parse::<i64>()) {
        ("true", _) => Value::Bool(true),
        ("false", _) => Value::Bool(false),
        (_, Ok(number)) if number.to_string() == text => number.into(),
        _ => text.into(),
    }
}

/// Where a value comes from, in the API's three words.
pub fn source_name(origin: &Origin) -> &'static str {
    match origin {
        Origin::Default | Origin::Unset => "default",
        Origin::Database => "database",
        _ => "environment",
    }
}

/// What will be stored once these changes are made.
///
/// # Errors
/// With the names that may not change here, and the values that no setting can have.
pub fn put_into(
    stored: &mut BTreeMap<String, String>,
    changes: &BTreeMap<String, Option<Value>>,
) -> Result<(), SettingsError> {
    let known = RunTime::known();
    let mut wrong = Vec::new();
    for (name, value) in changes {
        if !known.iter().any(|setting| setting.name == name) {
            let message = "is no setting that may change while the server runs";
            wrong.push(FieldError::new(name, message));
            continue;
        }
        match value.as_ref().map(as_text) {
            None => drop(stored.remove(name)),
            Some(Some(text)) => drop(stored.insert(name.clone(), text)),
            Some(None) => {
                let message = "must be a text, a number, true, false or null";
                wrong.push(FieldError::new(name, message));
            }
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(SettingsError::Invalid(wrong))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_come_back_as_they_were_given() {
        for value in [
            json!(10),
            json!(true),
            json!(false),
            json!("1m"),
            json!("010"),
        ] {
            let text = as_text(&value);
            assert_eq!(as_json(text.as_deref()), value);
        }
        assert_eq!(as_json(None), Value::Null);
        for value in [json!(null), json!([1]), json!({})] {
            assert_eq!(as_text(&value), None);
        }
    }
}
