//! Display names, as Trackmania's public API tells them.

use std::collections::HashMap;

use serde_json::Value;

use super::account::AccountId;
use super::read::{Malformed, said};

/// Far longer than Ubisoft allows.
const MOST_CHARACTERS: usize = 100;

/// Those that are known. Where none is, the answer is an empty list instead of an object.
///
/// # Errors
/// If it is neither.
pub fn parse(value: &Value) -> Result<HashMap<AccountId, String>, Malformed> {
    match value {
        Value::Array(none) if none.is_empty() => Ok(HashMap::new()),
        Value::Object(names) if said(value).is_none() => {
            let names = names.iter().filter_map(|(account, name)| {
                let name = name.as_str()?.chars().take(MOST_CHARACTERS).collect();
                Some((account.parse().ok()?, name))
            });
            Ok(names.collect())
        }
        other => {
            let why = said(other).unwrap_or_else(|| "it holds no names".to_owned());
            Err(Malformed(why))
        }
    }
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
        assert_eq!(parse(&json!([])), Ok(HashMap::new()));
        for body in [json!(["error"]), json!("x"), json!({ "error": "x" })] {
            assert!(parse(&body).is_err(), "{body}");
        }
    }
}
