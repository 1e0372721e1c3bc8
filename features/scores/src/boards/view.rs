//! How a leaderboard looks on the wire. Pages are written by hand, since they are what the server is asked for
//! most: a page of twenty takes about two microseconds.

use std::collections::HashMap;

use bytes::Bytes;
use jiff::Timestamp;
use kernel::{Cursor, Moment, UserId, write_rfc3339_milliseconds};
use rank::Ranked;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Directory, Player, Window};
use crate::company::{Presence, Seen, SeenPlayers};

/// One player's place on a leaderboard.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    /// 1-based and unique.
    #[schema(example = 1)]
    pub rank: u64,
    pub user_id: UserId,
    #[schema(example = "Rook & Roll")]
    pub screen_name: String,
    /// 0–999; clients map it to pictures.
    pub avatar: i16,
    #[schema(example = 4200)]
    pub score: u64,
    /// When this score was reached: earlier is better among equals.
    pub reached_at: Moment,
    /// As others see the player. Only for a caller who is signed in, and not while it can't be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// Whether the caller follows the player. Only for a caller who is signed in, and not while it can't be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followed: Option<bool>,
}

/// First pages as they were encoded last, by length. They stay right while neither the board's version nor a
/// name has changed, which on a quiet board is for ever.
#[derive(Debug, Default)]
pub struct FirstPages {
    version: i64,
    epoch: u64,
    pages: HashMap<usize, Bytes>,
}

impl FirstPages {
    pub fn get(&self, version: i64, epoch: u64, length: usize) -> Option<Bytes> {
        if (self.version, self.epoch) == (version, epoch) {
            self.pages.get(&length).cloned()
        } else {
            None
        }
    }

    pub fn put(&mut self, version: i64, epoch: u64, length: usize, page: Bytes) {
        if (self.version, self.epoch) != (version, epoch) {
            (self.version, self.epoch) = (version, epoch);
            self.pages.clear();
        }
        self.pages.insert(length, page);
    }
}

/// Some names of a page are missing: they must be read first, or the page goes without those players.
#[derive(Debug, PartialEq, Eq)]
pub struct NamesMissing {
    pub without_them: Vec<u8>,
}

/// Writes `{"leaderboard":…,"version":…,"total":…,"entries":[…],"nextCursor":…}`.
///
/// # Errors
/// When names are missing in the directory.
pub fn write_entries(
    id: &str,
    window: &Window,
    next: Option<&Cursor>,
    directory: &Directory,
    seen: &SeenPlayers,
) -> Result<Vec<u8>, NamesMissing> {
    let room = if seen.is_empty() { 160 } else { 320 };
    let mut out = Vec::with_capacity(160 + window.entries.len() * room);
    out.extend_from_slice(b"{\"leaderboard\":\"");
    out.extend_from_slice(id.as_bytes());
    out.extend_from_slice(b"\",\"version\":");
    write_number(window.version.unsigned_abs(), &mut out);
    out.extend_from_slice(b",\"total\":");
    write_number(window.total, &mut out);
    out.extend_from_slice(b",\"entries\":[");
    let complete = write_list(&window.entries, directory, seen, &mut out);
    out.extend_from_slice(b"],\"nextCursor\":");
    match next {
        // A cursor is base64url, which needs no escaping.
        Some(cursor) => {
            out.push(b'"');
            out.extend_from_slice(cursor.as_str().as_bytes());
            out.push(b'"');
        }
        None => out.extend_from_slice(b"null"),
    }
    out.push(b'}');
    if complete {
        Ok(out)
    } else {
        Err(NamesMissing { without_them: out })
    }
}

/// Writes entries, separated by commas, and leaves out those whose names are missing.
/// Says whether there were none such.
pub fn write_list(
    entries: &[Ranked],
    directory: &Directory,
    seen: &SeenPlayers,
    out: &mut Vec<u8>,
) -> bool {
    let players = directory.read();
    // All are looked up before the first is written: the processor then waits for memory once rather than for each.
    let found: Vec<_> = entries
        .iter()
        .map(|entry| players.get(&entry.standing.player.0))
        .collect();
    let mut complete = true;
    let mut first = true;
    for (entry, player) in entries.iter().zip(found) {
        let Some(player) = player else {
            complete = false;
            continue;
        };
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        write_open_entry(entry, player, seen.get(&user_of(entry)), out);
        out.push(b'}');
    }
    complete
}

/// Writes one entry as [`EntryView`] would be, without its closing brace: some answers add to it.
pub fn write_open_entry(entry: &Ranked, player: &Player, seen: Option<&Seen>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"rank\":");
    write_number(entry.rank, out);
    out.extend_from_slice(b",\"userId\":");
    write_user(user_of(entry), out);
    out.extend_from_slice(b",\"screenName\":");
    out.extend_from_slice(player.screen_name.as_bytes());
    out.extend_from_slice(b",\"avatar\":");
    write_number(player.avatar.unsigned_abs().into(), out);
    out.extend_from_slice(b",\"score\":");
    write_number(entry.standing.score, out);
    out.extend_from_slice(b",\"reachedAt\":\"");
    write_rfc3339_milliseconds(timestamp(entry.standing.reached_at), out);
    out.push(b'"');
    if let Some(seen) = seen {
        out.extend_from_slice(b",\"presence\":");
        // Writing to memory doesn't fail, nor does what has nothing but strings in it.
        let _ = serde_json::to_writer(&mut *out, &seen.presence);
        if let Some(followed) = seen.followed {
            out.extend_from_slice(b",\"followed\":");
            out.extend_from_slice(if followed { b"true" } else { b"false" });
        }
    }
}

pub fn user_of(entry: &Ranked) -> UserId {
    UserId::new(Uuid::from_u128(entry.standing.player.0))
}

/// Microseconds since the Unix epoch, as the index keeps them.
pub fn timestamp(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub fn write_user(user: UserId, out: &mut Vec<u8>) {
    out.push(b'"');
    user.write_to(out);
    out.push(b'"');
}

pub fn write_number(number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rank::{PlayerId, Standing};

    fn window(scores: &[u64]) -> Window {
        Window {
            version: 7,
            total: 1_000_000,
            entries: (1..)
                .zip(scores)
                .map(|(rank, score)| Ranked {
                    rank,
                    standing: Standing {
                        player: PlayerId(rank.into()),
                        score: *score,
                        reached_at: 1_780_000_000_123_456,
                    },
                })
                .collect(),
        }
    }

    fn player(id: u128, screen_name: &str, avatar: i16) -> accounts::players::Player {
        accounts::players::Player {
            id: UserId::new(Uuid::from_u128(id)),
            screen_name: screen_name.to_owned(),
            avatar,
        }
    }

    #[test]
    fn an_entry_is_written_as_serde_would() {
        let directory = Directory::default();
        let name = "Zoë \"the\\wall\"\u{1f600}\u{7}</script>";
        let user = UserId::new(Uuid::from_u128(1));
        directory.put(0, [player(1, name, 42)]);
        let presence = Presence {
            status: "playing".to_owned(),
            game_id: Some("chess".parse().unwrap()),
            context: Some(name.to_owned()),
            expires_at: Some(Moment(timestamp(1_780_000_000_123_456))),
        };
        for followed in [None, Some(true), Some(false)] {
            let presence = followed.map(|_| presence.clone());
            let seen = presence.clone().map(|presence| Seen { presence, followed });
            let seen: SeenPlayers = seen.into_iter().map(|seen| (user, seen)).collect();
            let text = write_entries("chess", &window(&[0]), None, &directory, &seen).unwrap();
            let entry = EntryView {
                rank: 1,
                user_id: user,
                screen_name: name.to_owned(),
                avatar: 42,
                score: 0,
                reached_at: Moment(timestamp(1_780_000_000_123_456)),
                presence,
                followed,
            };
            let want = format!(
                r#"{{"leaderboard":"chess","version":7,"total":1000000,"entries":[{}],"nextCursor":null}}"#,
                serde_json::to_string(&entry).unwrap()
            );
            assert_eq!(String::from_utf8(text).unwrap(), want);
        }
    }

    #[test]
    fn a_page_without_all_names_says_so() {
        let directory = Directory::default();
        directory.put(0, [player(1, "One", 1)]);
        let missing = write_entries(
            "chess",
            &window(&[9, 8]),
            None,
            &directory,
            &SeenPlayers::new(),
        )
        .unwrap_err();
        let text = String::from_utf8(missing.without_them).unwrap();
        assert!(text.contains(r#""entries":[{"rank":1,"#) && text.contains(r#"}],"nextCursor""#));
    }

    #[test]
    fn numbers_are_written_whole() {
        for number in [0, 7, 10, 9_007_199_254_740_991, u64::MAX] {
            let mut out = Vec::new();
            write_number(number, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }

    #[test]
    fn first_pages_age_with_version_and_names() {
        let mut pages = FirstPages::default();
        pages.put(1, 1, 10, Bytes::from_static(b"page"));
        assert!(pages.get(1, 1, 10).is_some());
        assert!(pages.get(1, 1, 20).is_none());
        assert!(pages.get(2, 1, 10).is_none());
        assert!(pages.get(1, 2, 10).is_none());
        pages.put(2, 1, 20, Bytes::new());
        assert!(pages.get(2, 1, 10).is_none());
    }
}
