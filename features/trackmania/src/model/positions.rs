//! Where a time would rank on maps, as Nadeo's Live service tells it.

use std::collections::HashMap;

use serde_json::Value;

use super::read::{Malformed, said, text, whole};

/// So slow that nobody is behind it: where it would rank says how many have a record. Far below what is a hidden score.
pub const SLOWEST: i64 = 2_147_483_647;

/// By map, for those that were told. Live sometimes answers an empty list for no reason: then none is.
///
/// # Errors
/// If it is no list of positions.
pub fn parse(value: &Value) -> Result<HashMap<String, i64>, Malformed> {
    if let Some(said) = said(value) {
        return Err(Malformed(said));
    }
    let maps = value.as_array();
    let maps = maps.ok_or_else(|| Malformed::new("it is no list of positions"))?;
    let positions = maps.iter().filter_map(|map| {
        let world = map.get("zones")?.get(0)?;
        // A length is told too, and is 0.
        let position = whole(world.get("ranking")?, "position");
        Some((
            text(map, "mapUid")?,
            position.filter(|&position| position > 0)?,
        ))
    });
    Ok(positions.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_position_in_the_world_is_read() {
        let zone = |name: &str, position: i64| json!({ "zoneName": name, "ranking": { "position": position, "length": 0 } });
        let told = json!([
            { "mapUid": "A", "score": SLOWEST, "zones": [zone("World", 294), zone("Europe", 3)] },
            { "mapUid": "B", "score": SLOWEST, "zones": [zone("World", 0)] },
            { "mapUid": "C", "zones": [] },
            null,
        ]);
        assert_eq!(parse(&told), Ok(HashMap::from([("A".to_owned(), 294)])));
    }

    #[test]
    fn bodies_of_other_shapes_are_empty_or_told() {
        assert_eq!(parse(&json!([])), Ok(HashMap::new()));
        for body in [
            json!({}),
            json!(["map:error"]),
            json!({ "error": "X" }),
            json!(5),
        ] {
            assert!(parse(&body).is_err(), "{body}");
        }
    }
}
