//! Whether SQS has the queues that jobs go by.

use jobs::{Registry, Sqs, SqsError, SqsQueue};

use super::Finding::{self, Bad, Doubtful, Good};
use super::PATIENCE;
use crate::aws;
use crate::chores;
use crate::config::Config;
use crate::wiring::Features;

/// Nothing where PostgreSQL wakes the workers.
pub async fn queues(config: &Config) -> Vec<Finding> {
    let Some(prefix) = &config.jobs.sqs_queue_url_prefix else {
        return Vec::new();
    };
    let registry = match Features::unconnected("") {
        Ok(features) => chores::registry(&features),
        Err(error) => return vec![Bad(error.to_string())],
    };
    let looking = async {
        let sqs = aws::sqs(config, prefix).await;
        look(&sqs, &registry).await
    };
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(Ok(seen)) => seen.findings(prefix),
        Ok(Err(error)) => vec![Bad(format!(
            "{error}. Check AWS_REGION, the credentials (AWS_ACCESS_KEY_ID, a profile, or the machine's role), what they allow, and that this machine may call out."
        ))],
        Err(_) => vec![Bad(format!(
            "SQS: no answer within {} seconds. Check AWS_REGION, and that this machine may call out.",
            PATIENCE.as_secs()
        ))],
    }
}

#[derive(Default)]
struct Seen {
    count: usize,
    missing: Vec<String>,
    without_dead_letters: Vec<String>,
    impatient: Vec<String>,
}

async fn look(sqs: &Sqs, registry: &Registry) -> Result<Seen, SqsError> {
    let mut seen = Seen::default();
    for (name, attempts) in registry.most_attempts() {
        seen.count += 1;
        match sqs.look(name).await? {
            SqsQueue::Missing => seen.missing.push(name.to_owned()),
            SqsQueue::WithoutDeadLetters => seen.without_dead_letters.push(name.to_owned()),
            SqsQueue::WithDeadLetters { receives } if receives < u32::from(attempts) => {
                seen.impatient
                    .push(format!("{name} ({receives} instead of {attempts})"));
            }
            SqsQueue::WithDeadLetters { .. } => {}
        }
    }
    Ok(seen)
}

impl Seen {
    fn findings(self, prefix: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (count, missing) = (self.count, self.missing.len());
        findings.push(match missing {
            0 => Good(format!("All {count} queues are in SQS.")),
            _ => Bad(format!(
                "SQS has no {} of the {count} queues behind {prefix}: {}. Make them, or correct SQS_QUEUE_URL_PREFIX.",
                missing,
                self.missing.join(", ")
            )),
        });
        if !self.without_dead_letters.is_empty() {
            findings.push(Doubtful(format!(
                "These queues have no dead-letter queue, so that what nobody can read comes again and again: {}.",
                self.without_dead_letters.join(", ")
            )));
        }
        if !self.impatient.is_empty() {
            findings.push(Doubtful(format!(
                "The dead letters of these queues get messages before the last attempt, which is late then: {}. Raise maxReceiveCount.",
                self.impatient.join(", ")
            )));
        }
        findings
    }
}
