//! Mails a link that works once. The token is made here and only its hash is kept: neither the job nor the database
//! holds anything that could be used.

use std::time::Duration;

use ::jobs::{Done, Job, JobError, Priority, Queue, Retry, Running};
use kernel::UserId;
use serde::{Deserialize, Serialize};

use crate::account_mail::{AccountLetter, LetterError};
use crate::contacts;
use crate::model::mailed_token::{self, Purpose};
use crate::shared::Shared;
use crate::store::account_tokens;

/// No mailbox is filled by whoever asks again and again.
const PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug, Serialize, Deserialize)]
pub struct SendAccountMail {
    /// None where nobody has the address that was asked for: asking takes as long and shows as little.
    pub user: Option<UserId>,
    pub purpose: Purpose,
}

impl Job for SendAccountMail {
    const KIND: &'static str = "accounts.send_mail";
    const QUEUE: Queue = Queue::new("account_mail", 2);
    const RETRY: Retry = Retry {
        attempts: 6,
        base: Duration::from_secs(15),
        factor: 4,
        longest: Duration::from_secs(30 * 60),
    };
    const TIMEOUT: Duration = Duration::from_secs(180);
    // Somebody waits for it.
    const PRIORITY: Priority = Priority::High;
}

pub async fn send(
    shared: &Shared,
    job: &SendAccountMail,
    running: &Running,
) -> Result<Done, JobError> {
    let Some(user) = job.user else {
        return Ok(Done::empty());
    };
    let now = shared.clock.now();
    let mut tx = shared.db.begin().await?;
    let Some(contact) = contacts::of(&mut tx, user).await? else {
        return Ok(Done::empty());
    };
    let Some((to, key)) = contact.email.zip(contact.email_key) else {
        return Ok(Done::empty());
    };
    if job.purpose == Purpose::ConfirmEmail && contact.email_confirmed {
        return Ok(Done::empty());
    }
    // A further attempt finds what the one before has made.
    let first = !running.is_again();
    let last = account_tokens::last_made(&mut *tx, user, job.purpose).await?;
    if first && last.is_some_and(|at| now.duration_since(at).unsigned_abs() < PAUSE) {
        return Ok(Done::empty());
    }
    let (token, hash) = mailed_token::generate();
    account_tokens::replace(&mut tx, user, job.purpose, &key, &hash, now).await?;
    tx.commit().await.map_err(db::Error::from)?;
    let letter = AccountLetter {
        id: running.id().uuid(),
        to,
        screen_name: contact.screen_name,
        purpose: job.purpose,
        token,
        is_last_attempt: running.is_last(),
    };
    match shared.send_letter(letter).await {
        Ok(()) => Ok(Done::empty()),
        Err(LetterError::Later(reason)) => Err(JobError::retry(reason)),
        Err(LetterError::Never(reason)) => {
            // The link reached nobody: whoever sends the dead job back need not wait for the pause to end.
            account_tokens::take(shared.db.pool(), &hash, job.purpose, now).await?;
            Err(JobError::fatal(reason))
        }
    }
}
