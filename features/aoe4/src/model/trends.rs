//! How a player does over many reviews, by civilization and by map.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::ReviewId;

use super::scoring::Scores;

/// Reviews of each trend that are listed one by one.
const LISTED: usize = 20;

/// What a trend needs of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    pub review: ReviewId,
    pub played_at: Timestamp,
    pub map: String,
    pub civilization: String,
    /// None where the match had no winner, or none that is known.
    pub won: Option<bool>,
    pub scores: Scores,
}

/// Of the reviews that have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trend {
    /// The civilization, or the map.
    pub name: String,
    pub reviews: u64,
    pub wins: u64,
    /// Means of those that have one, rounded.
    pub mean: Scores,
    /// The later half's mean overall score less the earlier half's; none below four reviews with a score.
    pub change: Option<i16>,
    /// The newest, the oldest of them first, as a plot wants them.
    pub latest: Vec<Reviewed>,
}

/// By what they have in common, those with most reviews first.
pub fn trends(reviews: &[Reviewed], name: impl Fn(&Reviewed) -> &str) -> Vec<Trend> {
    let mut groups: BTreeMap<&str, Vec<&Reviewed>> = BTreeMap::new();
    for review in reviews {
        groups.entry(name(review)).or_default().push(review);
    }
    let mut trends: Vec<Trend> = groups
        .into_iter()
        .map(|(name, group)| Trend::of(name, group))
        .collect();
    // By name among equals, which the map has seen to.
    trends.sort_by_key(|trend| std::cmp::Reverse(trend.reviews));
    trends
}

impl Trend {
    fn of(name: &str, mut group: Vec<&Reviewed>) -> Self {
        group.sort_by_key(|review| (review.played_at, review.review));
        let mean_of = |score: fn(&Scores) -> Option<u8>| {
            let scores = group.iter().filter_map(|review| score(&review.scores));
            mean(&scores.collect::<Vec<_>>())
        };
        let overall: Vec<u8> = group
            .iter()
            .filter_map(|review| review.scores.overall)
            .collect();
        Self {
            name: name.to_owned(),
            reviews: group.len() as u64,
            wins: group
                .iter()
                .filter(|review| review.won == Some(true))
                .count() as u64,
            mean: Scores {
                overall: mean_of(|scores| scores.overall),
                economy: mean_of(|scores| scores.economy),
                military: mean_of(|scores| scores.military),
                technology: mean_of(|scores| scores.technology),
                r#macro: mean_of(|scores| scores.r#macro),
            },
            change: change(&overall),
            latest: group
                .iter()
                .skip(group.len().saturating_sub(LISTED))
                .map(|review| (*review).clone())
                .collect(),
        }
    }
}

/// Rounded half up; none of nothing.
fn mean(scores: &[u8]) -> Option<u8> {
    let count = u32::try_from(scores.len())
        .ok()
        .filter(|count| *count > 0)?;
    let sum: u32 = scores.iter().map(|score| u32::from(*score)).sum();
    u8::try_from((2 * sum + count) / (2 * count)).ok()
}

fn change(scores: &[u8]) -> Option<i16> {
    if scores.len() < 4 {
        return None;
    }
    let half = scores.len() / 2;
    let (earlier, later) = (
        mean(&scores[..half])?,
        mean(&scores[scores.len() - half..])?,
    );
    Some(i16::from(later) - i16::from(earlier))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reviewed(
        number: u8,
        civilization: &str,
        overall: Option<u8>,
        won: Option<bool>,
    ) -> Reviewed {
        Reviewed {
            review: ReviewId::new(uuid::Uuid::from_u128(u128::from(number))),
            played_at: Timestamp::from_second(i64::from(number)).unwrap(),
            map: "Meadow".to_owned(),
            civilization: civilization.to_owned(),
            won,
            scores: Scores {
                overall,
                ..Scores::default()
            },
        }
    }

    #[test]
    fn reviews_are_gathered_by_what_they_have_in_common() {
        let reviews = [
            reviewed(9, "rus", Some(70), Some(true)),
            reviewed(5, "english", Some(41), Some(true)),
            reviewed(4, "english", Some(40), Some(false)),
            reviewed(3, "english", None, None),
            reviewed(2, "english", Some(30), Some(false)),
            reviewed(1, "english", Some(20), Some(true)),
        ];
        let trends = trends(&reviews, |review| &review.civilization);
        let [english, rus] = &trends[..] else {
            panic!("{trends:?}")
        };
        assert_eq!(
            (english.name.as_str(), english.reviews, english.wins),
            ("english", 5, 2)
        );
        assert_eq!(english.mean.overall, Some(33));
        // From 20 and 30 to 40 and 41.
        assert_eq!(english.change, Some(16));
        assert_eq!(english.latest.first().unwrap().scores.overall, Some(20));
        assert_eq!((rus.reviews, rus.change), (1, None));
        assert_eq!(rus.mean.economy, None);
    }

    #[test]
    fn of_many_reviews_the_newest_are_listed() {
        let reviews: Vec<_> = (0..50)
            .map(|number| reviewed(number, "rus", Some(number), None))
            .collect();
        let trends = trends(&reviews, |review| &review.map);
        assert_eq!(trends[0].latest.len(), 20);
        assert_eq!(trends[0].latest[0].scores.overall, Some(30));
        assert_eq!(trends[0].change, Some(25));
    }

    #[test]
    fn nothing_has_no_trend() {
        assert_eq!(trends(&[], |review| &review.map), []);
    }
}
