//! What a store of followers and presence has to keep, written against the trait alone, and asked of each of them:
//! PostgreSQL, and DynamoDB as AWS's stand-in plays it over HTTP. Beside that, what is DynamoDB's own.

mod edges;
mod faults;
mod forgetting;
mod line;
mod pages;
mod presence;
mod scripted;
mod server;
mod stats;
mod tables;
mod world;

use self::world::World;

/// Runs each of these for each store.
macro_rules! conformance {
    ($($name:ident)*) => {
        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::World::on_postgres().await).await;
                }
            )*
        }

        mod dynamodb {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::World::on_dynamodb().await).await;
                }
            )*
        }
    };
}
use conformance;
