//! Leaderboards of maps, as Nadeo's Live service tells them.
//!
//! Invariants: a hidden score is no time; our own account is no driver; equal times share a position; an account is there
//! once.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::AccountId;
use super::read::{Malformed, said, text, whole};

/// Core's way to say that a score is hidden. Live says −1.
const HIDDEN: i64 = 4_294_967_295;

/// Somebody's best on a map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub account: AccountId,
    /// From 1; those with equal times share it.
    pub position: i64,
    /// Milliseconds; points on maps that aren't races.
    pub time: i64,
    pub zone: Option<String>,
    pub driven_at: Option<Timestamp>,
}

/// A part of a leaderboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The best first.
    pub records: Vec<Record>,
    /// Rows that were told, those included that are left out.
    pub rows: usize,
}

/// The records of a leaderboard, the best first. `own` is the account that asks, of which such answers may hold a row that
/// nobody drove.
///
/// # Errors
/// If it is no leaderboard. Rows that can't be read are left out.
pub fn parse(value: &Value, own: Option<AccountId>) -> Result<Told, Malformed> {
    if value.as_object().is_some_and(serde_json::Map::is_empty) {
        // A board that is closed.
        return Ok(Told::default());
    }
    let Some(tops) = value.get("tops").and_then(Value::as_array) else {
        let why = said(value).unwrap_or_else(|| "it is no leaderboard".to_owned());
        return Err(Malformed::new(why));
    };
    let rows = tops.first().and_then(|world| world.get("top"));
    let rows = rows
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let mut records: Vec<Record> = rows.iter().filter_map(row).collect();
    records.sort_by_key(|record| record.position);
    let mut seen = HashSet::new();
    records.retain(|record| Some(record.account) != own && seen.insert(record.account));
    place(&mut records);
    Ok(Told {
        records,
        rows: rows.len(),
    })
}

fn row(row: &Value) -> Option<Record> {
    let time = whole(row, "score").filter(|&score| score > 0 && score != HIDDEN)?;
    let driven_at = whole(row, "timestamp").filter(|&second| second > 0);
    Some(Record {
        account: row.get("accountId")?.as_str()?.parse().ok()?,
        position: whole(row, "position").filter(|&position| position > 0)?,
        time,
        zone: text(row, "zoneName"),
        driven_at: driven_at.and_then(|second| Timestamp::from_second(second).ok()),
    })
}

fn place(records: &mut [Record]) {
    for index in 1..records.len() {
        let before = (records[index - 1].time, records[index - 1].position);
        let record = &mut records[index];
        if record.time == before.0 {
            record.position = before.1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn account(number: u128) -> AccountId {
        uuid::Uuid::from_u128(number).into()
    }

    fn told(number: u128, position: i64, score: i64) -> Value {
        json!({
            "accountId": account(number).to_string().to_uppercase(), "zoneId": "z", "zoneName": "Somewhere",
            "position": position, "score": score, "timestamp": 1_700_000_000,
        })
    }

    fn board(rows: Vec<Value>) -> Value {
        json!({ "groupUid": "Personal_Best", "mapUid": "m", "tops": [{ "zoneName": "World", "top": rows }] })
    }

    fn read(rows: Vec<Value>) -> Vec<(AccountId, i64, i64)> {
        let told = parse(&board(rows), Some(account(99))).unwrap();
        let records = told.records.into_iter();
        records
            .map(|record| (record.account, record.position, record.time))
            .collect()
    }

    #[test]
    fn hidden_scores_and_our_own_row_are_left_out() {
        let rows = vec![
            told(99, 1, 1),
            told(1, 2, -1),
            told(2, 3, HIDDEN),
            told(3, 4, 0),
            told(4, 5, 20_000),
        ];
        assert_eq!(parse(&board(rows.clone()), None).unwrap().rows, 5);
        assert_eq!(read(rows), [(account(4), 5, 20_000)]);
    }

    #[test]
    fn equal_times_share_a_position_and_an_account_is_there_once() {
        let rows = vec![
            told(1, 1, 20_000),
            told(2, 2, 20_000),
            told(3, 3, 20_001),
            told(1, 4, 20_005),
        ];
        let want = [
            (account(1), 1, 20_000),
            (account(2), 1, 20_000),
            (account(3), 3, 20_001),
        ];
        assert_eq!(read(rows), want);
    }

    #[test]
    fn rows_that_are_none_are_left_out() {
        let mut broken = told(1, 1, 20_000);
        broken["accountId"] = json!("somebody");
        let mut fraction = told(2, 2, 0);
        fraction["score"] = json!(1.5);
        let rows = vec![
            json!(null),
            json!("row"),
            broken,
            fraction,
            told(5, 51, 53_145),
        ];
        assert_eq!(read(rows), [(account(5), 51, 53_145)]);
    }

    #[test]
    fn bodies_of_other_shapes_are_empty_or_told() {
        assert_eq!(parse(&json!({}), None), Ok(Told::default()));
        assert_eq!(parse(&board(Vec::new()), None), Ok(Told::default()));
        assert_eq!(parse(&json!({ "tops": [] }), None), Ok(Told::default()));
        for (body, why) in [
            (json!([]), "it is no leaderboard"),
            (json!(["map:error-notFound"]), "map:error-notFound"),
            (json!({ "error": "X", "message": "Y" }), "X; Y"),
            (json!("<html>"), "it is no leaderboard"),
            (json!({ "tops": {} }), "it is no leaderboard"),
        ] {
            assert_eq!(parse(&body, None), Err(Malformed::new(why)), "{body}");
        }
    }

    proptest! {
        #[test]
        fn positions_never_fall_and_no_hidden_score_comes_through(rows in proptest::collection::vec((0..20_u128, 0..40_i64, -2..6_i64), 0..30)) {
            let rows = rows.into_iter().map(|(who, position, score)| told(who, position, score)).collect();
            let records = parse(&board(rows), Some(account(0))).unwrap().records;
            prop_assert!(records.iter().all(|record| record.time > 0 && record.account != account(0)));
            prop_assert!(records.windows(2).all(|pair| pair[0].position <= pair[1].position));
        }
    }
}
