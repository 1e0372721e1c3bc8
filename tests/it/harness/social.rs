//! Followers and presence behind the server's back, in whichever store a test has them.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures_util::future::join_all;
use kernel::UserId;
use social::{DynamoTables, TableNames};

use super::{TestDatabase, aws};

/// Tables that no other test has, in DynamoDB as AWS's stand-in plays it.
pub struct Dynamo {
    pub client: Client,
    pub names: TableNames,
    /// As a store is made from.
    pub tables: DynamoTables,
}

impl Dynamo {
    /// Names, and nothing that has them yet.
    pub fn unmade(endpoint: &str) -> Self {
        let own = uuid::Uuid::new_v4().simple().to_string();
        let names = TableNames {
            follows: format!("{own}-follows"),
            presence: format!("{own}-presence"),
            user_game_stats: format!("{own}-stats"),
        };
        let config = aws::config(endpoint);
        Self {
            client: Client::new(&config),
            tables: DynamoTables::new(&config, names.clone()),
            names,
        }
    }

    pub async fn make() -> Self {
        let dynamo = Self::unmade(aws::endpoint().await);
        dynamo.tables.create().await.expect("tables can be made");
        dynamo
    }

    /// What makes a server use them.
    pub async fn settings(&self) -> Vec<(String, String)> {
        let settings = [
            ("SOCIAL_STORE", "dynamodb"),
            ("TABLE_FOLLOWS", &self.names.follows),
            ("TABLE_PRESENCE", &self.names.presence),
            ("TABLE_USER_GAME_STATS", &self.names.user_game_stats),
        ];
        settings
            .into_iter()
            .chain(aws::settings(aws::endpoint().await))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Items of a table, by one attribute, in the table itself or in an index.
    async fn count(&self, table: &str, index: Option<&str>, name: &str, user: UserId) -> i64 {
        let found = self
            .client
            .query()
            .table_name(table)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression("#by = :user")
            .expression_attribute_names("#by", name)
            .expression_attribute_values(":user", text(user))
            .send()
            .await
            .expect("DynamoDB answers");
        i64::from(found.count())
    }
}

fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// The tables of the store that is tested.
#[derive(Clone)]
pub struct SocialTables {
    pub database: Arc<TestDatabase>,
    /// Where it isn't PostgreSQL.
    pub dynamo: Option<Arc<Dynamo>>,
}

impl SocialTables {
    /// In PostgreSQL, unless TEST_SOCIAL_STORE says `dynamodb`.
    pub async fn chosen(database: &Arc<TestDatabase>) -> Self {
        let chosen = std::env::var_os("TEST_SOCIAL_STORE");
        let dynamo = match chosen.is_some_and(|store| store == "dynamodb") {
            true => Some(Arc::new(Dynamo::make().await)),
            false => None,
        };
        Self {
            database: Arc::clone(database),
            dynamo,
        }
    }

    pub async fn settings(&self) -> Vec<(String, String)> {
        match &self.dynamo {
            Some(dynamo) => dynamo.settings().await,
            None => Vec::new(),
        }
    }

    /// Writes edges that nobody has counted.
    pub async fn add_edges(&self, edges: &[(UserId, UserId)]) {
        let Some(dynamo) = &self.dynamo else {
            let (users, targets): (Vec<_>, Vec<_>) = edges
                .iter()
                .map(|(user, target)| (user.uuid(), target.uuid()))
                .unzip();
            let insert = "insert into follows (user_id, target_user_id, created_at)
                          select *, now() from unnest($1::uuid[], $2::uuid[])";
            let inserted = sqlx::query(insert).bind(users).bind(targets);
            inserted.execute(&self.database.pool).await.unwrap();
            return;
        };
        let items = edges.iter().map(|(user, target)| {
            PutRequest::builder()
                .item("userId", text(user))
                .item("targetUserId", text(target))
                .item("createdAt", text("2026-01-01T00:00:00.000000Z"))
        });
        dynamo.put(items).await;
    }

    /// Says of users whom nobody has counted yet whom they follow and who follows them: `(user, followers, following)`.
    pub async fn set_counts(&self, counts: &[(UserId, i64, i64)]) {
        let Some(dynamo) = &self.dynamo else {
            for chunk in counts.chunks(1_000) {
                let rows: Vec<String> = chunk
                    .iter()
                    .map(|(user, followers, following)| {
                        format!("('{}', {followers}, {following})", user.uuid())
                    })
                    .collect();
                let insert = format!(
                    "insert into follow_counts (user_id, followers, following) values {}",
                    rows.join(", ")
                );
                self.database.execute(&insert).await;
            }
            return;
        };
        let items = counts.iter().map(|(user, followers, following)| {
            PutRequest::builder()
                .item("userId", text(user))
                .item("targetUserId", text(format!("counts:{user}")))
                .item("followers", AttributeValue::N(followers.to_string()))
                .item("following", AttributeValue::N(following.to_string()))
        });
        dynamo.put(items).await;
    }

    /// Counts that aren't zero.
    pub async fn counted(&self) -> i64 {
        let Some(dynamo) = &self.dynamo else {
            let count = "select count(*) from follow_counts where following <> 0 or followers <> 0";
            return self.database.count(count).await;
        };
        let mut counted = 0;
        let mut from = None;
        loop {
            let scan = dynamo.client.scan().table_name(&dynamo.names.follows);
            let page = scan.set_exclusive_start_key(from).send().await.unwrap();
            let zero = AttributeValue::N("0".to_owned());
            let items = page.items.unwrap_or_default();
            let wrong = items.iter().filter(|item| {
                let counts = ["followers", "following"].map(|name| item.get(name));
                counts.into_iter().flatten().any(|count| *count != zero)
            });
            counted += wrong.count() as i64;
            from = page.last_evaluated_key;
            if from.is_none() {
                return counted;
            }
        }
    }

    /// Rows and items that still say something of this user.
    pub async fn rows_about(&self, user: UserId) -> i64 {
        let id = user.uuid();
        let count = format!(
            "select (select count(*) from follows where '{id}' in (user_id, target_user_id))
                  + (select count(*) from follow_counts where user_id = '{id}')
                  + (select count(*) from presence where user_id = '{id}')
                  + (select count(*) from blocks where '{id}' in (user_id, target_user_id))"
        );
        let mut rows = self.database.count(&count).await;
        if let Some(dynamo) = &self.dynamo {
            let (names, index) = (&dynamo.names, Some("FollowedBy"));
            for (table, index, by) in [
                (&names.follows, None, "userId"),
                (&names.follows, index, "targetUserId"),
                (&names.presence, None, "userId"),
                (&names.user_game_stats, None, "userId"),
            ] {
                rows += dynamo.count(table, index, by, user).await;
            }
        }
        rows
    }
}

impl Dynamo {
    /// Without counting it.
    pub async fn remove_edge(&self, user: UserId, target: UserId) {
        self.client
            .delete_item()
            .table_name(&self.names.follows)
            .key("userId", text(user))
            .key("targetUserId", text(target))
            .send()
            .await
            .expect("DynamoDB answers");
    }

    /// Into the table of edges.
    async fn put(
        &self,
        items: impl Iterator<Item = aws_sdk_dynamodb::types::builders::PutRequestBuilder>,
    ) {
        let writes: Vec<WriteRequest> = items
            .map(|item| {
                let put = item.build().expect("it is whole");
                WriteRequest::builder().put_request(put).build()
            })
            .collect();
        let writing = writes.chunks(25).map(|batch| {
            let call = self.client.batch_write_item();
            call.request_items(&self.names.follows, batch.to_vec())
                .send()
        });
        for written in join_all(writing).await {
            let left = written.expect("DynamoDB answers").unprocessed_items;
            assert!(left.is_none_or(|left| left.is_empty()));
        }
    }
}
