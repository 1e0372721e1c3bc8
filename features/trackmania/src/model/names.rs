//! Display names, as Trackmania's public API tells them.

use std::collections::HashMap;

use serde_json::Value;

use super::account::AccountId;
use super::read::{Malformed, said, text};

/// Far longer than Ubisoft allows.
const MOST_CHARACTERS: usize = 100;

/// Those that are known. Where none is, the answer is an empty list instead of an object.
///
/// # Errors
/// If it is neither.
pub fn parse(value: &Value) -> Result<HashMap<AccountId, String>, Malformed> {
    let names = pairs(value)?.filter_map(|(account, name)| {
        // PostgreSQL holds no U+0000.
        let name = name.as_str()?.chars().filter(|&letter| letter != '\0');
        let name = name.take(MOST_CHARACTERS).collect();
        Some((account.parse().ok()?, name))
    });
    Ok(names.collect())
}

/// Who has this name, whose case doesn't matter, and how it is written; where nobody has, an empty list again.
///
/// # Errors
/// If it is neither.
pub fn parse_account(value: &Value, name: &str) -> Result<Option<(AccountId, String)>, Malformed> {
    let wanted = name.to_lowercase();
    let mut accounts = pairs(value)?.filter_map(|(name, account)| {
        let account = account.as_str()?.parse().ok()?;
        (name.to_lowercase() == wanted).then(|| (account, name.clone()))
    });
    Ok(accounts.next())
}

/// Whose a token is, and what they are called.
///
/// # Errors
/// If it names nobody.
pub fn parse_own(value: &Value) -> Result<(AccountId, String), Malformed> {
    let account = text(value, "accountId").and_then(|account| account.parse().ok());
    let account = account.ok_or_else(|| Malformed::new("it has no account id"))?;
    let name = text(value, "displayName").ok_or_else(|| Malformed::new("it has no name"))?;
    Ok((account, name.chars().take(MOST_CHARACTERS).collect()))
}

/// Somebody may be called like a member of an error, which holds no account.
fn is_error(value: &Value) -> bool {
    let is_account = |value: &Value| {
        let text = value.as_str();
        text.is_some_and(|text| text.parse::<AccountId>().is_ok())
    };
    let members = ["error", "message"].into_iter();
    let mut members = members.filter_map(|name| value.get(name));
    members.any(|member| !is_account(member))
}

/// What an object holds; where nothing is found there is an empty list instead.
fn pairs(value: &Value) -> Result<impl Iterator<Item = (&String, &Value)>, Malformed> {
    let pairs = match value {
        Value::Array(none) if none.is_empty() => None,
        Value::Object(pairs) if !is_error(value) => Some(pairs),
        other => {
            let why = said(other).unwrap_or_else(|| "it holds no names".to_owned());
            return Err(Malformed(why));
        }
    };
    Ok(pairs.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_come_as_an_object_or_as_an_empty_list() {
        let told = json!({ "0F1E2D3C-4B5A-4978-8796-A5B4C3D2E1F0": "Ada", "nobody": "X", "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f1": null });
        let names = parse(&told).unwrap();
        let ada = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0".parse().unwrap();
        assert_eq!(names, HashMap::from([(ada, "Ada".to_owned())]));
        let odd = json!({ "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0": "A\u{0}da" });
        assert_eq!(parse(&odd), Ok(HashMap::from([(ada, "Ada".to_owned())])));
        assert_eq!(parse(&json!([])), Ok(HashMap::new()));
        for body in [json!(["error"]), json!("x"), json!({ "error": "x" })] {
            assert!(parse(&body).is_err(), "{body}");
            assert!(parse_account(&body, "error").is_err(), "{body}");
        }
    }

    #[test]
    fn whoever_has_a_name_is_found_in_any_case() {
        let id = "0F1E2D3C-4B5A-4978-8796-A5B4C3D2E1F0";
        let found = |told, name| parse_account(&told, name).unwrap();
        let told = json!({ "Bob": "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f1", "ÄDA": id });
        let ada = (id.parse().unwrap(), "ÄDA".to_owned());
        assert_eq!(found(told.clone(), "äda"), Some(ada));
        assert_eq!(found(told, "Carl"), None);
        assert_eq!(found(json!([]), "Ada"), None);
        assert_eq!(found(json!({ "Ada": null }), "Ada"), None);
        for name in ["error", "message"] {
            let named = (id.parse().unwrap(), name.to_owned());
            assert_eq!(found(json!({ name: id }), name), Some(named));
        }
    }

    #[test]
    fn a_token_belongs_to_an_account_with_a_name() {
        let id = "0F1E2D3C-4B5A-4978-8796-A5B4C3D2E1F0";
        let (account, name) = parse_own(&json!({ "accountId": id, "displayName": "Ada" })).unwrap();
        assert_eq!(
            (account.to_string(), name.as_str()),
            (id.to_lowercase(), "Ada")
        );
        for told in [
            json!({ "accountId": id }),
            json!({ "accountId": id, "displayName": "" }),
            json!({ "accountId": "me", "displayName": "Ada" }),
            json!({ "displayName": "Ada" }),
            json!([]),
        ] {
            assert!(parse_own(&told).is_err(), "{told}");
        }
    }
}
