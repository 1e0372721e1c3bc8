//! A store, and the users that it is about.

use std::sync::Arc;

use db::{Database, DatabaseConfig};
use jiff::Timestamp;
use kernel::UserId;
use social::{Added, Counts, DynamoStore, Follow, PostgresStore, Presence, SocialStore, Status};

use crate::harness::{Dynamo, SocialTables, TestDatabase};

pub struct World {
    pub store: Arc<dyn SocialStore>,
    /// The same store, where it is DynamoDB.
    pub dynamo_store: Option<DynamoStore>,
    pub database: Database,
    pub tables: SocialTables,
}

impl World {
    pub async fn on(dynamo: Option<Dynamo>) -> Self {
        let tables = SocialTables {
            database: Arc::new(TestDatabase::create().await),
            dynamo: dynamo.map(Arc::new),
        };
        let config = DatabaseConfig {
            options: tables.database.url().parse().unwrap(),
            max_connections: 4,
        };
        let database = Database::open(&config).await.unwrap();
        let dynamo_store = tables
            .dynamo
            .as_ref()
            .map(|dynamo| DynamoStore::new(dynamo.tables.clone(), database.clone()));
        let store: Arc<dyn SocialStore> = match &dynamo_store {
            Some(store) => Arc::new(store.clone()),
            None => Arc::new(PostgresStore::new(database.clone())),
        };
        Self {
            store,
            dynamo_store,
            database,
            tables,
        }
    }

    pub async fn on_postgres() -> Self {
        Self::on(None).await
    }

    pub async fn on_dynamodb() -> Self {
        Self::on(Some(Dynamo::make().await)).await
    }

    pub fn dynamo(&self) -> &Dynamo {
        self.tables.dynamo.as_ref().expect("it is DynamoDB")
    }

    /// Somebody new; later ones sort behind.
    pub async fn user(&self) -> UserId {
        let user = UserId::new(kernel::Clock::system().new_uuid());
        let insert =
            "insert into users (id, screen_name, created_at) values ($1, 'Somebody', now())";
        sqlx::query(insert)
            .bind(user.uuid())
            .execute(&self.tables.database.pool)
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
            .execute(&self.tables.database.pool)
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
