//! Maps, as Nadeo's Core service tells them, and what a time on one is worth.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::account::AccountId;
use super::read::{Malformed, said, text, whole};

/// Uids are in addresses of calls, and have 26 or 27 characters.
const LONGEST_UID: usize = 40;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    pub uid: String,
    /// What other calls of Core know it by.
    pub id: Uuid,
    /// With its formatting codes.
    pub name: String,
    pub author: AccountId,
    pub medals: Medals,
    /// On others, more points are better, and medals mean something else.
    pub is_race: bool,
    pub uploaded_at: Option<Timestamp>,
}

/// The times that medals are given for, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Medals {
    pub author: Option<i64>,
    pub gold: Option<i64>,
    pub silver: Option<i64>,
    pub bronze: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medal {
    Author,
    Gold,
    Silver,
    Bronze,
}

impl Medal {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Gold => "gold",
            Self::Silver => "silver",
            Self::Bronze => "bronze",
        }
    }
}

impl Medals {
    /// The best that this time earns.
    pub fn earned(&self, time: i64) -> Option<Medal> {
        let all = [
            (self.author, Medal::Author),
            (self.gold, Medal::Gold),
            (self.silver, Medal::Silver),
            (self.bronze, Medal::Bronze),
        ];
        let mut earned = all
            .into_iter()
            .filter(|(limit, _)| limit.is_some_and(|limit| time <= limit));
        earned.next().map(|(_, medal)| medal)
    }
}

/// Whether it may be the uid of a map: it can be put into an address as it is.
pub fn is_uid(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=LONGEST_UID).contains(&text.len()) && text.bytes().all(fits)
}

/// The maps of an answer; those that it doesn't know are missing.
///
/// # Errors
/// If it is no list of maps.
pub fn parse(value: &Value) -> Result<Vec<Map>, Malformed> {
    if let Some(said) = said(value) {
        return Err(Malformed(said));
    }
    let maps = value.as_array();
    let maps = maps.ok_or_else(|| Malformed::new("it is no list of maps"))?;
    Ok(maps.iter().filter_map(map).collect())
}

fn map(value: &Value) -> Option<Map> {
    let time = |name| whole(value, name).filter(|&time| time > 0);
    let uploaded_at = text(value, "timestamp");
    Some(Map {
        uid: text(value, "mapUid").filter(|uid| is_uid(uid))?,
        id: text(value, "mapId")?.parse().ok()?,
        name: text(value, "name").unwrap_or_default(),
        author: text(value, "author")?.parse().ok()?,
        medals: Medals {
            author: time("authorScore"),
            gold: time("goldScore"),
            silver: time("silverScore"),
            bronze: time("bronzeScore"),
        },
        is_race: is_race(value, "mapType"),
        uploaded_at: uploaded_at.and_then(|text| text.parse().ok()),
    })
}

/// Whether times count on it, by the kind of map that is told under this name. Most are races.
pub fn is_race(value: &Value, name: &str) -> bool {
    text(value, name).is_none_or(|kind| kind.ends_with("TM_Race"))
}

/// A name without its formatting codes (`$f00`, `$o`, `$l[url]`; `$$` is a dollar).
pub fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name.chars().peekable();
    while let Some(letter) = rest.next() {
        if letter != '$' {
            plain.push(letter);
            continue;
        }
        match rest.next() {
            Some('$') => plain.push('$'),
            Some(first) if first.is_ascii_hexdigit() => {
                for _ in 0..2 {
                    // Two more digits belong to a colour, as far as they are there.
                    rest.next_if(char::is_ascii_hexdigit);
                }
            }
            // A link, and where it leads.
            Some('l' | 'L' | 'h' | 'H' | 'p' | 'P') if rest.next_if_eq(&'[').is_some() => {
                rest.by_ref().find(|&letter| letter == ']');
            }
            _ => {}
        }
    }
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn told() -> Value {
        json!([{
            "mapUid": "MadeUpMapUid_0000000000000-A", "mapId": "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0",
            "name": "$f00Red$z Map", "author": "1F1E2D3C-4B5A-4978-8796-A5B4C3D2E1F0",
            "authorScore": 20_000, "goldScore": 22_000, "silverScore": 25_000, "bronzeScore": -1,
            "mapType": "TrackMania\\TM_Race", "timestamp": "2023-10-23T17:05:25+00:00",
            "createdWithSimpleEditor": null,
        }])
    }

    #[test]
    fn maps_are_read_and_unknown_ones_are_missing() {
        let maps = parse(&told()).unwrap();
        assert_eq!((maps.len(), maps[0].is_race), (1, true));
        assert_eq!(maps[0].medals.bronze, None);
        assert_eq!(maps[0].uploaded_at, "2023-10-23T17:05:25Z".parse().ok());
        assert_eq!(parse(&json!([])), Ok(Vec::new()));
        assert_eq!(parse(&json!([{ "mapUid": "a/b" }, null])), Ok(Vec::new()));
        for body in [
            json!({}),
            json!("x"),
            json!(["map:error"]),
            json!({ "message": "No" }),
        ] {
            assert!(parse(&body).is_err(), "{body}");
        }
        let mut stunt = told();
        stunt[0]["mapType"] = json!("TrackMania\\TM_Stunt");
        assert!(!parse(&stunt).unwrap()[0].is_race);
    }

    #[test]
    fn a_time_earns_the_best_medal_that_it_beats_or_equals() {
        let medals = parse(&told()).unwrap()[0].medals;
        for (time, want) in [
            (19_999, Some(Medal::Author)),
            (20_000, Some(Medal::Author)),
            (20_001, Some(Medal::Gold)),
            (25_000, Some(Medal::Silver)),
            (25_001, None),
        ] {
            assert_eq!(medals.earned(time), want, "{time}");
        }
    }

    #[test]
    fn formatting_codes_are_taken_out() {
        for (name, want) in [
            ("Plain", "Plain"),
            ("$i$a1bLaser $fff- Race", "Laser - Race"),
            ("$l[https://example.org]Link$l", "Link"),
            ("100$$", "100$"),
            ("$", ""),
            ("$f0", ""),
            ("$f", ""),
            ("$l[never closed", ""),
            ("$o $z", ""),
        ] {
            assert_eq!(plain(name), want, "{name}");
        }
    }

    #[test]
    fn only_what_fits_an_address_is_a_uid() {
        for good in ["ZJw6_4CItmVlRMPgELl4Q37Utw2", "a", "a-b_C9"] {
            assert!(is_uid(good), "{good}");
        }
        for bad in ["", "a/b", "a b", "a?b", "ä", &"a".repeat(41)] {
            assert!(!is_uid(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_name_can_be_made_plain(name in "\\PC{0,40}") {
            prop_assert!(plain(&name).chars().count() <= name.chars().count());
        }
    }
}
