//! The caller's reviews, and those that somebody has shared.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use kernel::{Cursor, Page, PageLimit, ReviewId, UserId, random_bytes};

use crate::model::trends::{Trend, trends};
use crate::store::reviews::{self, ListedReview, Review};
use crate::{Aoe4, Error};

const LIST: &str = "reviews";
/// Reviews that trends are made of, the newest matches first.
const MOST_OF_TRENDS: i64 = 500;
/// Of the token in a link that anyone may open.
const TOKEN_BYTES: usize = 24;

pub async fn list(
    aoe4: &Aoe4,
    user: UserId,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<ListedReview>, Error> {
    let after = cursor
        .map(|cursor| Cursor::read::<(Timestamp, ReviewId)>(cursor, LIST))
        .transpose()?;
    let mut tx = aoe4.database.begin_as(user.uuid()).await?;
    let listed = reviews::list(&mut *tx, user, after, limit.get() as i64 + 1).await?;
    tx.commit().await?;
    Ok(Page::from_overfetched(listed, limit, |last| {
        Cursor::new(LIST, &(last.generated_at, last.id))
    }))
}

pub async fn find(aoe4: &Aoe4, user: UserId, id: ReviewId) -> Result<Review, Error> {
    let mut tx = aoe4.database.begin_as(user.uuid()).await?;
    let found = reviews::find(&mut *tx, Some(id), None).await?;
    tx.commit().await?;
    found.ok_or(Error::ReviewNotFound)
}

/// How the caller does, by civilization and by map.
pub async fn trends_of(aoe4: &Aoe4, user: UserId) -> Result<(Vec<Trend>, Vec<Trend>), Error> {
    let mut tx = aoe4.database.begin_as(user.uuid()).await?;
    let latest = reviews::latest_played(&mut *tx, user, MOST_OF_TRENDS).await?;
    tx.commit().await?;
    Ok((
        trends(&latest, |review| &review.civilization),
        trends(&latest, |review| &review.map),
    ))
}

/// Makes a link that anyone may open, and gives its token, which isn't kept. A link that was there before opens no more.
pub async fn share(aoe4: &Aoe4, user: UserId, id: ReviewId) -> Result<String, Error> {
    let token = URL_SAFE_NO_PAD.encode(random_bytes::<TOKEN_BYTES>());
    set_share(aoe4, user, id, Some(&hash(&token))).await?;
    Ok(token)
}

pub async fn unshare(aoe4: &Aoe4, user: UserId, id: ReviewId) -> Result<(), Error> {
    set_share(aoe4, user, id, None).await
}

async fn set_share(
    aoe4: &Aoe4,
    user: UserId,
    id: ReviewId,
    share_hash: Option<&[u8]>,
) -> Result<(), Error> {
    let pool = aoe4.database.pool();
    if reviews::share(pool, user, id, share_hash).await? {
        Ok(())
    } else {
        Err(Error::ReviewNotFound)
    }
}

pub async fn find_shared(aoe4: &Aoe4, token: &str) -> Result<Review, Error> {
    let found = reviews::find(aoe4.database.pool(), None, Some(&hash(token))).await?;
    found.ok_or(Error::ReviewNotFound)
}

fn hash(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}
