//! Whether DynamoDB has the tables of followers and presence.

use super::Finding::{self, Bad, Good};
use super::PATIENCE;
use crate::aws;
use crate::config::{Config, SocialStoreKind};

/// Nothing where they are in PostgreSQL.
pub async fn tables(config: &Config) -> Option<Finding> {
    if config.social.store == SocialStoreKind::Postgres {
        return None;
    }
    let looking = async { aws::dynamo_tables(config).await.check().await };
    Some(match tokio::time::timeout(PATIENCE, looking).await {
        Ok(Ok(())) => Good("DynamoDB has the tables of followers and presence.".to_owned()),
        Ok(Err(error)) => Bad(error.to_string()),
        Err(_) => Bad(format!(
            "DynamoDB: no answer within {} seconds. Check AWS_REGION, and that this machine may call out.",
            PATIENCE.as_secs()
        )),
    })
}
