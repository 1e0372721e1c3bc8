//! The ways out other than mail.

pub mod discord;
pub mod webhook;

use crate::Undelivered;

/// What a call that had no answer means for a message.
fn unanswered(whom: &str, error: &outbound::Error) -> Undelivered {
    match error {
        outbound::Error::TimedOut => Undelivered::later(format!("{whom} did not answer in time.")),
        outbound::Error::Resting { wait } | outbound::Error::Crowded { wait } => {
            Undelivered::Later {
                reason: format!(
                    "{whom} is left alone for a while, since it failed again and again."
                ),
                after: Some(*wait),
            }
        }
        error if error.is_transient() => {
            Undelivered::later(format!("{whom} could not be reached."))
        }
        error => Undelivered::Refused(error.to_string()),
    }
}
