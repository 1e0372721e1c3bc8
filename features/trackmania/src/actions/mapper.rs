//! Who a mapper is, and what they made.

use std::collections::HashSet;

use kernel::FieldError;

use crate::model::exchange::{ListedMap, Person};
use crate::model::map::plain;
use crate::model::search::{LookedAt, Meant, meant};
use crate::upstream::{Exchange, Wanted};
use crate::{Error, Trackmania};

/// Maps that are looked through for people of a name.
const LOOKED_THROUGH: usize = 100;
/// Maps of a page: the answer stays below a megabyte.
const PAGE: usize = 500;
/// Whoever has made more has made them by a program.
const MOST_MAPS: usize = 10_000;
/// Of those who are alike in name, that are told.
const MOST_TOLD: usize = 10;

/// The mapper with this name at Trackmania Exchange.
pub async fn named(trackmania: &Trackmania, name: &str) -> Result<Person, Error> {
    let page = trackmania
        .exchange
        .maps(Wanted::Author(name), LOOKED_THROUGH, None)
        .await?;
    let people = page.maps.into_iter().flat_map(|map| map.authors);
    match meant(name, people) {
        Meant::One(person) => Ok(person),
        Meant::Nobody => Err(Error::MapperNotFound),
        Meant::Several(people) => {
            let people = people.into_iter().take(MOST_TOLD);
            let told = people.map(|person| {
                let message = format!("{} is {}", person.id, person.name);
                FieldError::new("mapperId", message)
            });
            Err(Error::MapperAmbiguous(told.collect()))
        }
    }
}

/// The mapper with this id, and whether there is one: with a map at least.
pub async fn with_id(trackmania: &Trackmania, id: i64) -> Result<Person, Error> {
    let page = trackmania
        .exchange
        .maps(Wanted::AuthorId(id), 1, None)
        .await?;
    let mut people = page.maps.into_iter().flat_map(|map| map.authors);
    people
        .find(|person| person.id == id)
        .ok_or(Error::MapperNotFound)
}

/// What a mapper has made.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// What they are called now; none if they are nobody any more.
    pub name: Option<String>,
    /// Each once.
    pub maps: Vec<LookedAt>,
}

pub async fn made(exchange: &Exchange, id: i64) -> Result<Made, Error> {
    let mut made = Made::default();
    let mut seen = HashSet::new();
    let mut after = None;
    while made.maps.len() < MOST_MAPS {
        let page = exchange.maps(Wanted::AuthorId(id), PAGE, after).await?;
        let mut people = page.maps.iter().flat_map(|map| &map.authors);
        if let Some(person) = people.find(|person| person.id == id) {
            made.name = Some(person.name.clone());
        }
        let new = page
            .maps
            .into_iter()
            .filter(|map| seen.insert(map.uid.clone()));
        made.maps.extend(new.map(looked_at));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(made)
}

fn looked_at(map: ListedMap) -> LookedAt {
    LookedAt {
        name: plain(&map.name),
        is_race: map.is_race,
        uid: map.uid,
    }
}
