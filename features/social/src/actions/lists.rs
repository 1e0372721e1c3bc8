//! Who follows whom, a page at a time, by the users' ids: no list grows slower to read at its end.

use std::collections::HashMap;

use accounts::players::{self, Player};
use jiff::Timestamp;
use kernel::{Cursor, Page, PageLimit, UserId};

use crate::model::presence::PresenceView;
use crate::store::Follow;
use crate::{Error, Social};

/// Somebody on such a list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub player: Player,
    pub followed_at: Timestamp,
    pub presence: PresenceView,
}

/// Which list.
#[derive(Clone, Copy, Debug)]
pub enum List {
    Following,
    Followers,
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Following => "following",
            Self::Followers => "followers",
        }
    }

    /// The one of the two who stands on the list.
    fn listed(self, edge: &Follow) -> UserId {
        match self {
            Self::Following => edge.target,
            Self::Followers => edge.user,
        }
    }
}

/// A page of a user's list, as the viewer sees it. Those whose account is being deleted are left out, so that a page may
/// be shorter than asked for.
pub async fn read(
    social: &Social,
    list: List,
    of: UserId,
    viewer: UserId,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<Listed>, Error> {
    let tag = format!("{}:{of}", list.name());
    let after: Option<UserId> = cursor.map(|text| Cursor::read(text, &tag)).transpose()?;
    let one_more = limit.get() + 1;
    let edges = match list {
        List::Following => social.store.following(of, after, one_more).await?,
        List::Followers => {
            let reader = Some(viewer);
            social.store.followers(of, reader, after, one_more).await?
        }
    };
    let page = Page::from_overfetched(edges, limit, |last| Cursor::new(&tag, &list.listed(last)));
    let users: Vec<UserId> = page.items.iter().map(|edge| list.listed(edge)).collect();
    let (names, mut seen) =
        tokio::try_join!(names(social, of, &users), social.look(Some(viewer), &users))?;
    if !names.contains_key(&of) {
        return Err(if of == viewer {
            Error::AccountGone
        } else {
            Error::UserNotFound
        });
    }
    let items = page.items.iter().filter_map(|edge| {
        let user = list.listed(edge);
        Some(Listed {
            player: names.get(&user)?.clone(),
            followed_at: edge.at,
            presence: seen.remove(&user)?.presence,
        })
    });
    Ok(Page {
        items: items.collect(),
        next: page.next,
    })
}

/// What these users, and the one whose list it is, are called now.
async fn names(
    social: &Social,
    of: UserId,
    users: &[UserId],
) -> Result<HashMap<UserId, Player>, Error> {
    let ids: Vec<_> = users.iter().chain([&of]).map(|user| user.uuid()).collect();
    let mut connection = social.database.pool().acquire().await?;
    let players = players::by_ids(&mut connection, &ids).await?;
    Ok(players
        .into_iter()
        .map(|player| (player.id, player))
        .collect())
}
