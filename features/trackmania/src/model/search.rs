//! What is new on a mapper's maps.

use std::fmt;

use accounts::alert_types::AlertType;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::board::Record;
use super::exchange::Person;

/// Records that a result lists; of more, the newest.
pub const MOST_LISTED: usize = 1_000;

/// How it is found out what is new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Reads each leaderboard.
    #[default]
    Accurate,
    /// Reads those alone on which more drivers have a record than before. Who drove a better time than their own is seen
    /// only where somebody new drove, too.
    Fast,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accurate => "accurate",
            Self::Fast => "fast",
        }
    }

    /// As the tables have it.
    pub fn of(text: &str) -> Option<Self> {
        [Self::Accurate, Self::Fast]
            .into_iter()
            .find(|mode| mode.as_str() == text)
    }
}

impl From<AlertType> for Mode {
    fn from(of_user: AlertType) -> Self {
        match of_user {
            AlertType::Accurate => Self::Accurate,
            AlertType::Fast => Self::Fast,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A map that is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAt {
    pub uid: String,
    /// Without formatting codes.
    pub name: String,
    /// On others, more points are better.
    pub is_race: bool,
}

/// A new record on a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    pub map: LookedAt,
    pub record: Record,
    pub driven_at: Timestamp,
}

/// Those of a leaderboard that were driven since then, or at that moment.
pub fn new_records(map: &LookedAt, records: Vec<Record>, since: Timestamp) -> Vec<NewRecord> {
    let records = records.into_iter();
    let new = records.filter_map(|record| {
        let driven_at = record.driven_at.filter(|&at| at >= since)?;
        Some(NewRecord {
            map: map.clone(),
            record,
            driven_at,
        })
    });
    new.collect()
}

/// The newest of many records, however many there are.
#[derive(Debug, Default)]
pub struct Newest {
    kept: Vec<NewRecord>,
    total: usize,
}

impl Newest {
    pub fn add(&mut self, records: Vec<NewRecord>) {
        self.total += records.len();
        self.kept.extend(records);
        if self.kept.len() > 2 * MOST_LISTED {
            self.trim();
        }
    }

    /// At most [`MOST_LISTED`], the newest first, and how many there are in all. Those of one moment are by map and position.
    pub fn finish(mut self) -> (Vec<NewRecord>, usize) {
        self.trim();
        (self.kept, self.total)
    }

    fn trim(&mut self) {
        let place = |new: &NewRecord| (new.map.uid.clone(), new.record.position);
        self.kept.sort_by(|one, other| {
            let newer = other.driven_at.cmp(&one.driven_at);
            newer.then_with(|| place(one).cmp(&place(other)))
        });
        self.kept.truncate(MOST_LISTED);
    }
}

/// Who is meant by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    Nobody,
    One(Person),
    /// All whom it could mean.
    Several(Vec<Person>),
}

/// Of the people who made maps that were found for a name, the one who is called so; upper and lower case matter only
/// where they decide.
pub fn meant(name: &str, people: impl IntoIterator<Item = Person>) -> Meant {
    let mut all: Vec<Person> = Vec::new();
    for person in people {
        if all.iter().all(|other| other.id != person.id) {
            all.push(person);
        }
    }
    let lower = name.to_lowercase();
    let alike = |person: &&Person| person.name.to_lowercase() == lower;
    let near = |person: &&Person| person.name.to_lowercase().contains(&lower);
    let same: Vec<Person> = all
        .iter()
        .filter(|person| person.name == name)
        .cloned()
        .collect();
    let alike: Vec<Person> = all.iter().filter(alike).cloned().collect();
    let near: Vec<Person> = all.iter().filter(near).cloned().collect();
    match (&same[..], &alike[..], &near[..]) {
        ([one], ..) | ([], [one], _) => Meant::One(one.clone()),
        ([], [], []) => Meant::Nobody,
        // Nobody is called so, but somebody is called something with it in: that is for the asker to say.
        ([], [], _) => Meant::Several(near),
        _ => Meant::Several(alike),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: i64, name: &str) -> Person {
        Person {
            id,
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_name_means_whom_it_fits_best() {
        let (ada, lower, adam) = (person(1, "Ada"), person(2, "ada"), person(3, "Adam"));
        let all = || [ada.clone(), lower.clone(), adam.clone(), ada.clone()];
        assert_eq!(meant("Ada", all()), Meant::One(ada.clone()));
        assert_eq!(
            meant("ADA", all()),
            Meant::Several(vec![ada.clone(), lower.clone()])
        );
        assert_eq!(meant("ADAM", all()), Meant::One(adam.clone()));
        assert_eq!(meant("dam", all()), Meant::Several(vec![adam.clone()]));
        assert_eq!(meant("Eve", all()), Meant::Nobody);
        let twin = person(4, "Ada");
        assert_eq!(
            meant("Ada", [ada.clone(), twin.clone()]),
            Meant::Several(vec![ada, twin])
        );
    }

    #[test]
    fn what_is_new_is_told_the_newest_first() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let map = LookedAt {
            uid: "Hill".to_owned(),
            name: "Hill".to_owned(),
            is_race: true,
        };
        let record = |position: i64, driven_at: Option<i64>| Record {
            account: uuid::Uuid::from_u128(1).into(),
            position,
            time: 20_000,
            zone: None,
            driven_at: driven_at.map(at),
        };
        let records = vec![
            record(1, Some(99)),
            record(2, Some(100)),
            record(3, None),
            record(4, Some(105)),
            record(5, Some(100)),
        ];
        let mut newest = Newest::default();
        newest.add(new_records(&map, records, at(100)));
        let (new, total) = newest.finish();
        let positions: Vec<i64> = new.iter().map(|new| new.record.position).collect();
        assert_eq!((positions, total), (vec![4, 2, 5], 3));
        // However many come, the newest are there.
        let mut newest = Newest::default();
        for hour in 0..50 {
            let records =
                (1..=100).map(|position| record(position, Some(1_000 + 100 * hour + position)));
            newest.add(new_records(&map, records.collect(), at(0)));
        }
        let (new, total) = newest.finish();
        assert_eq!((new.len(), total), (MOST_LISTED, 5_000));
        assert_eq!(new[0].driven_at, at(6_000));
        assert_eq!(new[MOST_LISTED - 1].driven_at, at(5_001));
    }
}
