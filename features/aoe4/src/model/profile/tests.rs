use serde_json::json;

use super::*;

fn profile() -> Value {
    json!({
        "name": "[CLAN] Willow 🏹", "profile_id": 9001, "steam_id": "76561190000000001", "country": "nz",
        "site_url": "http://example.org/9001", "social": {},
        "modes": {
            "rm_solo": {"rating": 1102, "rank": 900, "rank_level": "platinum_1", "games_count": 40},
            "rm_team": {"rank_level": "unranked", "games_count": 2},
            "rm_1v1_elo": {"rating": -4, "rank_level": null},
            "qm_1v1": 7
        }
    })
}

#[test]
fn a_profile_says_whose_it_is_and_how_strong() {
    let read = Profile::parse(&profile()).expect("a profile");
    assert_eq!(
        (read.profile_id, read.name.as_str()),
        (9001, "[CLAN] Willow 🏹")
    );
    assert_eq!(read.modes["rm_solo"].rating, Some(1102));
    assert_eq!(
        read.modes["rm_1v1_elo"],
        Mode {
            rating: Some(-4),
            ..Mode::default()
        }
    );
    assert!(!read.modes.contains_key("qm_1v1"), "no mode");
    assert_eq!(read.rank_level("rm_1v1"), Some("platinum_1"));
    assert_eq!(read.rank_level("rm_3v3"), Some("unranked"));
    assert_eq!(read.rank_level("rm_solo"), Some("platinum_1"));
    assert_eq!(read.rank_level("qm_ffa"), None);
}

#[test]
fn only_the_steam_account_that_was_proved_counts() {
    let mut value = profile();
    let read = |value: &Value| Profile::parse(value).expect("a profile");
    assert!(read(&value).belongs_to("76561190000000001"));
    assert!(!read(&value).belongs_to("76561190000000002"));
    value["steam_id"] = json!(76_561_190_000_000_001_u64);
    assert!(read(&value).belongs_to("76561190000000001"));
    for nobody in [json!(null), json!(""), json!({})] {
        value["steam_id"] = nobody;
        assert_eq!(read(&value).steam_id, None);
        assert!(!read(&value).belongs_to(""));
    }
}

#[test]
fn a_profile_needs_its_id_only() {
    let read = Profile::parse(&json!({"profile_id": 3})).expect("a profile");
    assert_eq!((read.name.as_str(), read.modes.len()), ("", 0));
    assert_eq!(
        Profile::parse(&json!({"name": "Willow"}))
            .expect_err("no profile")
            .field,
        "profile_id"
    );
    assert_eq!(
        Profile::parse(&json!([])).expect_err("no profile").field,
        "profile"
    );
}

#[test]
fn what_a_search_finds_tells_modes_under_another_name() {
    let mut found = profile();
    let modes = found
        .as_object_mut()
        .expect("an object")
        .remove("modes")
        .expect("modes");
    found["leaderboards"] = modes;
    let reply = json!({"query": "willow", "count": 2, "players": [found, {"name": "no id"}]});
    let read = Profile::parse_found(&reply).expect("profiles");
    assert_eq!(read, [Profile::parse(&profile()).expect("a profile")]);
    assert!(Profile::parse_found(&json!({"players": null})).is_err());
}
