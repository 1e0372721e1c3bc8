//! From followers in PostgreSQL to followers in DynamoDB, on the command line.

use std::process::Output;
use std::sync::Arc;

use kernel::UserId;

use crate::harness::{Dynamo, SocialTables, TestDatabase, TestProcess, aws};

const COPY: [&str; 6] = ["social", "copy", "--from", "postgres", "--to", "dynamodb"];

/// A database, and tables of AWS's stand-in that are to get what is in it.
struct Move {
    postgres: SocialTables,
    dynamo: Arc<Dynamo>,
}

impl Move {
    fn new(dynamo: Dynamo, database: TestDatabase) -> Self {
        Self {
            postgres: SocialTables {
                database: Arc::new(database),
                dynamo: None,
            },
            dynamo: Arc::new(dynamo),
        }
    }

    async fn run(&self, arguments: &[&str], store: &str) -> (String, bool) {
        let mut process = TestProcess::builder().database(&self.postgres.database);
        for (name, value) in self.dynamo.settings().await {
            process = process.setting(&name, value);
        }
        let process = process.setting("SOCIAL_STORE", store);
        let Output {
            status,
            stdout,
            stderr,
        } = process.run(arguments).await;
        let said = String::from_utf8([stdout, stderr].concat()).unwrap();
        (said, status.success())
    }

    async fn copy(&self) -> String {
        let (said, agree) = self.run(&COPY, "postgres").await;
        assert!(agree, "{said}");
        said
    }

    /// Some users, each of whom follows so many that come next, and has played two games.
    async fn fill(&self, count: usize, followed: usize) -> Vec<UserId> {
        let users: Vec<UserId> = (0..count)
            .map(|_| UserId::new(kernel::Clock::system().new_uuid()))
            .collect();
        let edges: Vec<_> = (0..count)
            .flat_map(|place| (1..=followed).map(move |ahead| (place, (place + ahead) % count)))
            .map(|(user, target)| (users[user], users[target]))
            .collect();
        let counts: Vec<_> = users
            .iter()
            .map(|user| (*user, followed as i64, followed as i64))
            .collect();
        self.postgres.add_edges(&edges).await;
        self.postgres.set_counts(&counts).await;
        let insert = "insert into user_game_stats
            (user_id, game_id, best, last, plays, last_played_at, latest_since)
            select id, game, 10, 5, 3, now(), now() from unnest($1::uuid[]) as id, unnest(array['chess', 'go']) as game";
        let uuids: Vec<_> = users.iter().map(|user| user.uuid()).collect();
        let inserted = sqlx::query(insert).bind(uuids);
        inserted
            .execute(&self.postgres.database.pool)
            .await
            .unwrap();
        users
    }
}

#[tokio::test]
async fn tables_are_made_once() {
    let moving = Move::new(
        Dynamo::unmade(aws::endpoint().await),
        TestDatabase::create().await,
    );
    for want in ["made", "already there"] {
        let (said, is_fine) = moving.run(&["social", "create-tables"], "postgres").await;
        assert!(is_fine, "{said}");
        let names = &moving.dynamo.names;
        let lines = [&names.follows, &names.presence, &names.user_game_stats]
            .map(|name| format!("{name}: {want}\n"));
        assert_eq!(said, lines.concat());
    }
}

#[tokio::test]
async fn a_copy_goes_on_where_it_was_and_takes_away_what_is_gone() {
    let moving = Move::new(Dynamo::make().await, TestDatabase::create().await);
    let users = moving.fill(60, 20).await;
    let said = moving.copy().await;
    let follows = "follows and counts: 1260 in PostgreSQL, 1260 in DynamoDB; ";
    let stats = "stats: 120 in PostgreSQL, 120 in DynamoDB; ";
    assert!(
        said.contains(&format!("{follows}1260 written, 0 removed")),
        "{said}"
    );
    assert!(
        said.contains(&format!("{stats}120 written, 0 removed")),
        "{said}"
    );
    assert!(said.contains("SOCIAL_STORE=dynamodb"), "{said}");
    let said = moving.copy().await;
    assert!(
        said.contains(&format!("{follows}0 written, 0 removed")),
        "{said}"
    );
    assert!(
        said.contains(&format!("{stats}0 written, 0 removed")),
        "{said}"
    );

    // As though it had broken off, and as people go on meanwhile.
    moving.dynamo.remove_edge(users[0], users[1]).await;
    let database = &moving.postgres.database;
    let (first, second) = (users[0].uuid(), users[2].uuid());
    for change in [
        format!("delete from follows where user_id = '{first}' and target_user_id = '{second}'"),
        format!("update follow_counts set following = 19 where user_id = '{first}'"),
        format!("update follow_counts set followers = 19 where user_id = '{second}'"),
        format!(
            "update user_game_stats set plays = 4 where user_id = '{first}' and game_id = 'go'"
        ),
        format!("delete from user_game_stats where user_id = '{second}' and game_id = 'go'"),
    ] {
        database.execute(&change).await;
    }
    let said = moving.copy().await;
    let follows = "follows and counts: 1259 in PostgreSQL, 1259 in DynamoDB; 3 written, 1 removed";
    assert!(said.contains(follows), "{said}");
    let stats = "stats: 119 in PostgreSQL, 119 in DynamoDB; 1 written, 1 removed";
    assert!(said.contains(stats), "{said}");
}

#[tokio::test]
async fn what_was_copied_is_what_a_server_shows_then() {
    let moving = Move::new(Dynamo::make().await, TestDatabase::create().await);
    let first = TestProcess::builder().database(&moving.postgres.database);
    let first = first.start().await;
    let (ada, bob) = (first.register("Ada").await, first.register("Bob").await);
    let path = format!("/following/{}", bob.id);
    let followed = ada.put(&path).await.assert_ok();
    let mut second = first.terminate().await.again();
    moving.copy().await;

    for (name, value) in moving.dynamo.settings().await {
        second = second.setting(&name, value);
    }
    let second = second.start().await;
    let (ada, bob) = (ada.at(&second), bob.at(&second));
    let listed = ada.get("/following").await.assert_ok();
    assert_eq!(listed["users"][0]["screenName"], "Bob");
    assert_eq!(listed["users"][0]["followedAt"], followed["followedAt"]);
    let listed = bob.get("/followers").await.assert_ok();
    assert_eq!(listed["users"][0]["screenName"], "Ada");
    ada.delete(&path).await.assert_gone();
    let page = ada.get(&format!("/users/{}", bob.id)).await.assert_ok();
    assert_eq!(page["followers"], 0);
    // PostgreSQL isn't asked any more.
    let count = "select count(*) from follows";
    assert_eq!(moving.postgres.database.count(count).await, 1);
}

#[tokio::test]
async fn what_is_in_use_is_not_copied_over_and_what_is_missing_is_told() {
    let database = TestDatabase::create().await;
    let moving = Move::new(Dynamo::unmade(aws::endpoint().await), database);
    for (arguments, store, why) in [
        (&COPY[..], "dynamodb", "would undo"),
        (&COPY, "postgres", "grandstand social create-tables"),
        (&["serve"], "dynamodb", "grandstand social create-tables"),
    ] {
        let (said, is_fine) = moving.run(arguments, store).await;
        assert!(!is_fine && said.contains(why), "{said}");
    }
    let (said, is_fine) = moving.run(&["social", "--help"], "postgres").await;
    assert!(
        is_fine && said.contains("SOCIAL_STORE=dynamodb grandstand serve"),
        "{said}"
    );
}
