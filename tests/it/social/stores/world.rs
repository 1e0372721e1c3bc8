//! A store, and the users that it is about.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use db::{Database, DatabaseConfig};
use jiff::Timestamp;
use kernel::UserId;
use social::{
    Added, Counts, DynamoStore, Follow, PostgresStore, Presence, SocialStore, Status, Tables,
};

use crate::harness::{TestDatabase, aws};

pub struct World {
    pub store: Arc<dyn SocialStore>,
    /// The same store, where it is DynamoDB.
    pub dynamodb: Option<(DynamoStore, Client, Tables)>,
    pub database: Database,
    test_database: TestDatabase,
}

impl World {
    async fn database() -> (TestDatabase, Database) {
        let test_database = TestDatabase::create().await;
        let config = DatabaseConfig {
            options: test_database.url().parse().unwrap(),
            max_connections: 4,
        };
        let database = Database::open(&config).await.unwrap();
        (test_database, database)
    }

    pub async fn on_postgres() -> Self {
        let (test_database, database) = Self::database().await;
        Self {
            store: Arc::new(PostgresStore::new(database.clone())),
            dynamodb: None,
            database,
            test_database,
        }
    }

    pub async fn on_dynamodb() -> Self {
        let world = Self::at(aws::endpoint().await).await;
        let (store, ..) = world.dynamodb.as_ref().unwrap();
        store.create_tables().await.unwrap();
        world
    }

    /// Without any tables.
    pub async fn at(endpoint: &str) -> Self {
        let (test_database, database) = Self::database().await;
        let tables = aws::own_tables();
        let config = aws::dynamodb_at(endpoint);
        let client = Client::from_conf(config.clone().build());
        let store = DynamoStore::new(config, tables.clone(), database.clone());
        Self {
            store: Arc::new(store.clone()),
            dynamodb: Some((store, client, tables)),
            database,
            test_database,
        }
    }

    /// Somebody new; later ones sort behind.
    pub async fn user(&self) -> UserId {
        let user = UserId::new(kernel::Clock::system().new_uuid());
        let insert =
            "insert into users (id, screen_name, created_at) values ($1, 'Somebody', now())";
        sqlx::query(insert)
            .bind(user.uuid())
            .execute(&self.test_database.pool)
            .await
            .unwrap();
        user
    }

    pub async fn users<const N: usize>(&self) -> [UserId; N] {
        let mut users = [UserId::new(uuid::Uuid::nil()); N];
        for user in &mut users {
            *user = self.user().await;
        }
        users
    }

    pub async fn block(&self, user: UserId, target: UserId) {
        let insert =
            "insert into blocks (user_id, target_user_id, created_at) values ($1, $2, now())";
        sqlx::query(insert)
            .bind(user.uuid())
            .bind(target.uuid())
            .execute(&self.test_database.pool)
            .await
            .unwrap();
    }

    pub async fn follow_at(&self, user: UserId, target: UserId, at: &str) -> Added {
        let mut tx = self.database.begin().await.unwrap();
        let at = at.parse().unwrap();
        let added = self
            .store
            .follow(&mut tx, Follow { user, target, at })
            .await;
        tx.commit().await.unwrap();
        added.unwrap()
    }

    pub async fn follow(&self, user: UserId, target: UserId) -> Added {
        self.follow_at(user, target, "2026-01-01T00:00:00Z").await
    }

    pub async fn unfollow(&self, user: UserId, target: UserId) -> bool {
        let mut tx = self.database.begin().await.unwrap();
        let removed = self.store.unfollow(&mut tx, user, target).await;
        tx.commit().await.unwrap();
        removed.unwrap()
    }

    pub async fn following(&self, user: UserId) -> Vec<UserId> {
        let edges = self.store.following(user, None, 1_000).await.unwrap();
        edges.into_iter().map(|edge| edge.target).collect()
    }

    /// As the one reads the list whose it is.
    pub async fn followers(&self, user: UserId) -> Vec<UserId> {
        let edges = self.store.followers(user, Some(user), None, 1_000).await;
        edges.unwrap().into_iter().map(|edge| edge.user).collect()
    }

    /// Followers, and those who are followed.
    pub async fn counts(&self, user: UserId) -> (u64, u64) {
        let Counts {
            followers,
            following,
        } = self.store.page(user, None).await.unwrap().counts;
        (followers, following)
    }

    /// Lets a user follow so many, as far as the counts know.
    pub async fn pretend_following(&self, user: UserId, count: usize) {
        let Some((_, client, tables)) = &self.dynamodb else {
            let sql = format!(
                "insert into follow_counts (user_id, following) values ('{}', {count})",
                user.uuid()
            );
            self.test_database.execute(&sql).await;
            return;
        };
        client
            .put_item()
            .table_name(&tables.follows)
            .item("userId", AttributeValue::S(user.to_string()))
            .item("targetUserId", AttributeValue::S(format!("counts:{user}")))
            .item("following", AttributeValue::N(count.to_string()))
            .send()
            .await
            .unwrap();
    }
}

pub fn at(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

pub fn present(status: Status, until: &str) -> Presence {
    Presence {
        status,
        game: None,
        context: None,
        expires_at: at(until),
    }
}
