//! Maps, as Trackmania Exchange tells them (version 2 of its API).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde_json::Value;

use super::account::AccountId;
use super::map::{Medals, is_race, is_uid};
use super::read::{Malformed, said, text, whole};

/// What is asked for: nothing else comes.
pub const FIELDS: &str = "MapId,MapUid,Name,UploadedAt,UpdatedAt,Uploader.UserId,Uploader.Name,Authors[],Tags[],Length,MapType,\
    Medals.Author,Medals.Gold,Medals.Silver,Medals.Bronze,AwardCount,OnlineWR.AccountId,OnlineWR.DisplayName,\
    OnlineWR.RecordTime";

#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub maps: Vec<ListedMap>,
    /// After which map the next page begins.
    pub next: Option<i64>,
}

/// A map as it is listed there.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedMap {
    /// Trackmania Exchange's own.
    pub id: i64,
    pub uid: String,
    pub name: String,
    /// Who made it, and who made it with them.
    pub authors: Vec<Person>,
    pub tags: Vec<String>,
    pub medals: Medals,
    /// About how long it takes, in milliseconds. On joke maps, years.
    pub length: Option<i64>,
    pub awards: i64,
    /// On others, more points are better.
    pub is_race: bool,
    pub uploaded_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub world_record: Option<WorldRecord>,
}

/// Somebody with an account at Trackmania Exchange, which is no account in the game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: i64,
    pub name: String,
}

/// The best time, as Trackmania Exchange saw it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldRecord {
    pub account: AccountId,
    pub name: Option<String>,
    pub time: i64,
}

/// `after` is where this page began.
///
/// # Errors
/// If it is no page. Maps that can't be read are left out.
pub fn parse(value: &Value, after: Option<i64>) -> Result<Page, Malformed> {
    let Some(results) = value.get("Results").and_then(Value::as_array) else {
        let why = said(value).unwrap_or_else(|| "it is no page of maps".to_owned());
        return Err(Malformed(why));
    };
    let more = value.get("More").and_then(Value::as_bool) == Some(true);
    let last = results.last().and_then(|map| whole(map, "MapId"));
    Ok(Page {
        maps: results.iter().filter_map(map).collect(),
        // A page that isn't further on would be read for ever.
        next: last.filter(|last| more && Some(*last) != after),
    })
}

fn map(value: &Value) -> Option<ListedMap> {
    let mut authors: Vec<Person> = value.get("Uploader").and_then(person).into_iter().collect();
    for author in list(value, "Authors") {
        let author = author.get("User").and_then(person);
        authors.extend(author.filter(|author| authors.iter().all(|other| other.id != author.id)));
    }
    let medals = value.get("Medals").unwrap_or(&Value::Null);
    let time = |name| whole(medals, name).filter(|&time| time > 0);
    Some(ListedMap {
        id: whole(value, "MapId")?,
        uid: text(value, "MapUid").filter(|uid| is_uid(uid))?,
        name: text(value, "Name").unwrap_or_default(),
        authors,
        tags: list(value, "Tags")
            .iter()
            .filter_map(|tag| text(tag, "Name"))
            .collect(),
        medals: Medals {
            author: time("Author"),
            gold: time("Gold"),
            silver: time("Silver"),
            bronze: time("Bronze"),
        },
        length: whole(value, "Length").filter(|&length| length > 0),
        awards: whole(value, "AwardCount").unwrap_or(0).max(0),
        is_race: is_race(value, "MapType"),
        uploaded_at: moment(value, "UploadedAt"),
        updated_at: moment(value, "UpdatedAt"),
        world_record: value.get("OnlineWR").and_then(world_record),
    })
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn person(value: &Value) -> Option<Person> {
    Some(Person {
        id: whole(value, "UserId")?,
        name: text(value, "Name")?,
    })
}

fn world_record(value: &Value) -> Option<WorldRecord> {
    Some(WorldRecord {
        account: text(value, "AccountId")?.parse().ok()?,
        name: text(value, "DisplayName"),
        time: whole(value, "RecordTime").filter(|&time| time > 0)?,
    })
}

/// Times are in UTC and don't say so.
fn moment(value: &Value, name: &str) -> Option<Timestamp> {
    let text = text(value, name)?;
    let without_zone = || {
        text.parse::<DateTime>()
            .ok()
            .and_then(|time| Offset::UTC.to_timestamp(time).ok())
    };
    text.parse().ok().or_else(without_zone)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(id: i64) -> Value {
        json!({
            "MapId": id, "MapUid": "MadeUpUid", "Name": "A Map", "UploadedAt": "2024-05-03T18:48:16.15",
            "UpdatedAt": "2024-05-11T09:27:54", "Uploader": { "UserId": 7, "Name": "Ada" },
            "Authors": [{ "User": { "UserId": 7, "Name": "Ada" }, "Role": "" }, { "User": { "UserId": 8, "Name": "Bob" }, "Role": "Scenery" }],
            "Tags": [{ "TagId": 4, "Name": "RPG", "Color": "" }], "Length": 5_000_000_000_i64, "MapType": "TM_Stunt",
            "Medals": { "Author": 6_000_000_000_i64, "Gold": 2, "Silver": null }, "AwardCount": 3,
            "OnlineWR": { "AccountId": "0F1E2D3C-4B5A-4978-8796-A5B4C3D2E1F0", "DisplayName": "Eve", "RecordTime": 1 },
        })
    }

    #[test]
    fn maps_are_read_with_times_in_utc_and_lengths_of_years() {
        let page = parse(
            &json!({ "More": true, "Results": [told(1), told(5)] }),
            None,
        )
        .unwrap();
        assert_eq!(page.next, Some(5));
        let map = &page.maps[0];
        assert_eq!(map.uploaded_at, "2024-05-03T18:48:16.15Z".parse().ok());
        assert_eq!(map.updated_at, "2024-05-11T09:27:54Z".parse().ok());
        assert_eq!(
            (map.length, map.medals.author),
            (Some(5_000_000_000), Some(6_000_000_000))
        );
        assert!(!map.is_race);
        let authors: Vec<_> = map
            .authors
            .iter()
            .map(|author| author.name.as_str())
            .collect();
        assert_eq!(
            (authors, &map.tags[..]),
            (vec!["Ada", "Bob"], &["RPG".to_owned()][..])
        );
        let record = map.world_record.as_ref().unwrap();
        assert_eq!(
            record.account.to_string(),
            "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0"
        );
    }

    #[test]
    fn what_is_missing_is_absent() {
        let bare = json!({ "MapId": 1, "MapUid": "Uid", "OnlineWR": null, "UploadedAt": "soon" });
        let page = parse(
            &json!({ "More": false, "Results": [bare, {}, null, 5] }),
            None,
        )
        .unwrap();
        assert_eq!(page.maps.len(), 1);
        assert_eq!(
            (page.maps[0].uploaded_at, &page.maps[0].world_record),
            (None, &None)
        );
        assert!(page.maps[0].is_race);
    }

    #[test]
    fn the_last_page_is_the_last() {
        for (body, after) in [
            (json!({ "More": false, "Results": [] }), None),
            (json!({ "More": true, "Results": [] }), None),
            (json!({ "More": false, "Results": [told(5)] }), None),
            (json!({ "More": true, "Results": [told(5)] }), Some(5)),
        ] {
            assert_eq!(parse(&body, after).unwrap().next, None, "{body}");
        }
        for body in [
            json!({}),
            json!([]),
            json!("x"),
            json!(["no"]),
            json!({ "results": [] }),
        ] {
            assert!(parse(&body, None).is_err(), "{body}");
        }
    }
}
