//! What a digest holds: the most important first, then the newest; no more than is read, and the subject names the top.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::text::cut;

/// More would be clipped by mail programs, and read by nobody.
const MOST: usize = 20;
/// Of the top event in the subject; how many more there are comes after it.
const SUBJECT: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestItem {
    pub title: String,
    pub body: String,
    pub link: Option<String>,
    pub importance: i16,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub subject: String,
    pub items: Vec<DigestItem>,
    /// How many more there were.
    pub more: usize,
}

impl Digest {
    /// `None` when there is nothing to tell.
    pub fn of(mut items: Vec<DigestItem>) -> Option<Self> {
        items.sort_by_key(|item| (Reverse(item.importance), Reverse(item.created_at)));
        let top = cut(&items.first()?.title, SUBJECT);
        let subject = match items.len() {
            1 => top,
            count => format!("{top}, and {} more", count - 1),
        };
        let more = items.len().saturating_sub(MOST);
        items.truncate(MOST);
        Some(Self {
            subject,
            items,
            more,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(title: &str, importance: i16, second: i64) -> DigestItem {
        DigestItem {
            title: title.to_owned(),
            body: String::new(),
            link: None,
            importance,
            created_at: Timestamp::from_second(second).unwrap(),
        }
    }

    #[test]
    fn nothing_is_no_digest() {
        assert_eq!(Digest::of(Vec::new()), None);
    }

    #[test]
    fn what_matters_most_comes_first_and_is_the_subject() {
        let digest = Digest::of(vec![
            item("follower", 0, 9),
            item("old record", 2, 1),
            item("new record", 2, 5),
            item("map", 1, 7),
        ])
        .unwrap();
        let titles: Vec<&str> = digest
            .items
            .iter()
            .map(|item| item.title.as_str())
            .collect();
        assert_eq!(titles, ["new record", "old record", "map", "follower"]);
        assert_eq!(digest.subject, "new record, and 3 more");
        assert_eq!(Digest::of(vec![item("one", 0, 0)]).unwrap().subject, "one");
    }

    #[test]
    fn a_flood_is_cut() {
        let digest = Digest::of(
            (0..50)
                .map(|second| item(&"x".repeat(200), 1, second))
                .collect(),
        )
        .unwrap();
        assert_eq!((digest.items.len(), digest.more), (20, 30));
        assert!(digest.subject.chars().count() < 120);
    }
}
