//! Requests for one action that meet in a batch are one play, of the first of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Instant;

use tokio::sync::oneshot;

use super::{CommitError, Outcome, Play};

pub type Answer = oneshot::Sender<Result<Outcome, CommitError>>;

#[derive(Debug)]
pub struct Waiting {
    pub play: Play,
    pub answer: Answer,
    pub since: Instant,
}

/// Someone who waits for the answer to an action.
#[derive(Debug)]
pub struct Waiter {
    /// Whether the request is the same as the first for this action.
    pub same_request: bool,
    /// The request, where it isn't.
    pub play: Option<Play>,
    pub answer: Answer,
    pub since: Instant,
}

/// Makes one play of equal requests in a batch: the first of them, with everyone who waits for its answer.
pub fn unite(batch: Vec<Waiting>) -> (Vec<Play>, Vec<Vec<Waiter>>) {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(batch.len());
    let mut plays: Vec<Play> = Vec::with_capacity(batch.len());
    let mut waiters: Vec<Vec<Waiter>> = Vec::with_capacity(batch.len());
    for Waiting {
        play,
        answer,
        since,
    } in batch
    {
        match places.entry(play.action.as_str().to_owned()) {
            Entry::Occupied(place) => {
                let place = *place.get();
                let same_request = plays[place].is_same_request(&play);
                let play = (!same_request).then_some(play);
                waiters[place].push(Waiter {
                    same_request,
                    play,
                    answer,
                    since,
                });
            }
            Entry::Vacant(place) => {
                place.insert(plays.len());
                waiters.push(vec![Waiter {
                    same_request: true,
                    play: None,
                    answer,
                    since,
                }]);
                plays.push(play);
            }
        }
    }
    (plays, waiters)
}
