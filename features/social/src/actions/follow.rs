use accounts::players::{self, Player};
use jiff::Timestamp;
use jobs::New;
use kernel::UserId;
use sqlx::PgConnection;

use crate::jobs::Followed;
use crate::store::{Added, Follow, blocks};
use crate::{Error, Social};

/// Follows somebody, and gives since when; once more changes nothing.
pub async fn follow(social: &Social, user: UserId, target: UserId) -> Result<Timestamp, Error> {
    if user == target {
        return Err(Error::OwnFollower);
    }
    let mut tx = social.database.begin().await?;
    hold_both(&mut tx, user, target).await?;
    if blocks::between(&mut tx, user, target).await? {
        return Err(Error::Blocked);
    }
    let follow = Follow {
        user,
        target,
        at: social.clock.now(),
    };
    let since = match social.store.follow(&mut tx, follow).await? {
        Added::TooMany => return Err(Error::FollowsTooMany),
        Added::Before(since) => since,
        Added::Now => {
            let job = New::of(&Followed { user, target }).unique(format!("{user}:{target}"));
            social.jobs.enqueue(&mut tx, job).await?;
            follow.at
        }
    };
    tx.commit().await?;
    Ok(since)
}

/// Follows somebody no longer; whom one doesn't follow, there or not, is no error.
pub async fn unfollow(social: &Social, user: UserId, target: UserId) -> Result<(), Error> {
    let mut tx = social.database.begin().await?;
    social.store.unfollow(&mut tx, user, target).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps both from being deleted meanwhile, if they are there.
pub async fn hold_both(tx: &mut PgConnection, user: UserId, target: UserId) -> Result<(), Error> {
    let held = players::hold(tx, &[user.uuid(), target.uuid()]).await?;
    let is_there = |id: UserId| held.iter().any(|player: &Player| player.id == id);
    match (is_there(user), is_there(target)) {
        (false, _) => Err(Error::AccountGone),
        (true, false) => Err(Error::UserNotFound),
        (true, true) => Ok(()),
    }
}
