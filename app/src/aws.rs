//! What of AWS is used, by the configuration: SQS as the transport of jobs, DynamoDB as the store of followers and presence.
//! A build without the feature `aws` has neither, and its configuration says no to both.

use std::sync::Arc;

use db::Database;
use jobs::Transport;
use social::{PostgresStore, SocialStore};

use crate::config::Config;

#[cfg(feature = "aws")]
pub use self::with::{dynamo_tables, social_store, sqs, transport};
#[cfg(not(feature = "aws"))]
pub use self::without::{social_store, transport};

/// The store that needs nothing else.
fn in_postgres(database: &Database) -> Arc<dyn SocialStore> {
    Arc::new(PostgresStore::new(database.clone()))
}

#[cfg(feature = "aws")]
mod with {
    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_credential_types::Credentials;
    use jobs::Sqs;
    use social::{DynamoStore, DynamoTables, TableNames, TablesError};

    use super::*;
    use crate::config::SocialStoreKind;

    async fn sdk(config: &Config) -> SdkConfig {
        let said = &config.aws;
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = &said.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint_url) = &said.endpoint_url {
            loader = loader.endpoint_url(endpoint_url);
        }
        if let Some(key) = &said.access_key {
            let token = key.session_token.as_ref();
            loader = loader.credentials_provider(Credentials::new(
                &key.id,
                key.secret.expose(),
                token.map(|token| token.expose().to_owned()),
                None,
                "configuration",
            ));
        }
        loader.load().await
    }

    /// The queues behind this prefix.
    pub async fn sqs(config: &Config, prefix: &str) -> Sqs {
        Sqs::new(&sdk(config).await, prefix)
    }

    pub async fn transport(config: &Config) -> Transport {
        match &config.jobs.sqs_queue_url_prefix {
            Some(prefix) => Transport::Sqs(sqs(config, prefix).await),
            None => Transport::Postgres,
        }
    }

    /// The tables that are configured, whether they are used or not.
    pub async fn dynamo_tables(config: &Config) -> DynamoTables {
        let section = &config.social;
        let names = TableNames {
            follows: section.table_follows.clone(),
            presence: section.table_presence.clone(),
            user_game_stats: section.table_user_game_stats.clone(),
        };
        DynamoTables::new(&sdk(config).await, names)
    }

    /// # Errors
    /// When DynamoDB hasn't the tables that it has to have. That it can't be reached is no reason not to start: the rest of
    /// the server works.
    pub async fn social_store(
        config: &Config,
        database: &Database,
    ) -> anyhow::Result<Arc<dyn SocialStore>> {
        if config.social.store == SocialStoreKind::Postgres {
            return Ok(in_postgres(database));
        }
        let tables = dynamo_tables(config).await;
        match tables.check().await {
            Ok(()) => {}
            Err(error @ TablesError::Away(_)) => {
                tracing::warn!(%error, "followers and presence can't be reached");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(Arc::new(DynamoStore::new(tables, database.clone())))
    }
}

#[cfg(not(feature = "aws"))]
mod without {
    use super::*;

    pub async fn transport(_: &Config) -> Transport {
        Transport::Postgres
    }

    /// # Errors
    /// Never.
    pub async fn social_store(
        _: &Config,
        database: &Database,
    ) -> anyhow::Result<Arc<dyn SocialStore>> {
        Ok(in_postgres(database))
    }
}
