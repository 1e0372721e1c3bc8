//! The work behind the requests, a file each.

mod mail;

use ::jobs::Registry;

pub use mail::SendAccountMail;

use crate::Accounts;

impl Accounts {
    /// Adds the handlers of this feature's jobs.
    pub fn register_jobs(&self, registry: &mut Registry) {
        registry.register(
            self.clone(),
            |job: SendAccountMail, accounts, running| async move {
                mail::send(accounts.shared(), &job, &running).await
            },
        );
    }
}
