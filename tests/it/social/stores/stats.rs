//! The copy of players' stats that DynamoDB keeps.

use aws_sdk_dynamodb::types::AttributeValue;
use kernel::{Tag, UserId};
use social::{GamesPosition, PlayedGame};

use super::World;
use super::world::at;

fn played(game: &str, plays: u64, when: &str) -> PlayedGame {
    PlayedGame {
        game: Tag::new(game).unwrap(),
        best: 100,
        last: plays,
        plays,
        last_played_at: at(&format!("2026-01-01T{when}Z")),
    }
}

async fn mirror(world: &World, user: UserId, games: &[PlayedGame]) {
    let stats: Vec<_> = games.iter().map(|game| (user, game.clone())).collect();
    world.store.mirror(&stats).await.unwrap();
}

async fn all(world: &World, user: UserId) -> Vec<PlayedGame> {
    world
        .store
        .recent_games(user, None, 100)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn what_is_older_or_comes_twice_changes_nothing() {
    let world = World::on_dynamodb().await;
    let [ada, bob] = world.users().await;
    let (first, second) = (
        played("chess", 1, "10:00:00"),
        played("chess", 2, "11:00:00"),
    );
    for games in [&second, &first, &second].map(std::slice::from_ref) {
        mirror(&world, ada, games).await;
    }
    // In one call too, in whichever order.
    mirror(&world, bob, &[first.clone(), second.clone()]).await;
    mirror(&world, bob, &[second.clone(), first]).await;
    for user in [ada, bob] {
        assert_eq!(all(&world, user).await, std::slice::from_ref(&second));
    }
}

#[tokio::test]
async fn games_are_read_the_last_played_first_page_by_page() {
    let world = World::on_dynamodb().await;
    let [ada, bob] = world.users().await;
    let games = [
        played("chess", 3, "10:00:00.000001"),
        played("go", 1, "10:00:00"),
        played("tetris", 7, "12:00:00"),
        played("pong", 2, "09:59:59.999999"),
        played("ludo", 2, "10:00:00"),
    ];
    mirror(&world, ada, &games).await;
    mirror(&world, bob, &[played("chess", 1, "13:00:00")]).await;
    let mut read = Vec::new();
    let mut after: Option<GamesPosition> = None;
    loop {
        let page = world.store.recent_games(ada, after.as_ref(), 2).await;
        let page = page.unwrap().unwrap();
        after = page.last().map(PlayedGame::position);
        let is_last = page.len() < 2;
        read.extend(page);
        if is_last {
            break;
        }
    }
    let names: Vec<&str> = read.iter().map(|played| played.game.as_str()).collect();
    assert_eq!(names, ["tetris", "chess", "ludo", "go", "pong"]);
    assert_eq!(read[1], games[0]);
    // A game that is played again moves to the front.
    let again = played("pong", 3, "14:00:00");
    mirror(&world, ada, std::slice::from_ref(&again)).await;
    let read = all(&world, ada).await;
    assert_eq!(read[0], again);
    assert_eq!(read.len(), 5);
}

#[tokio::test]
async fn players_of_a_game_are_found_by_its_index() {
    let world = World::on_dynamodb().await;
    let [ada, bob] = world.users().await;
    for (user, game) in [(ada, "chess"), (bob, "chess"), (bob, "go")] {
        mirror(&world, user, &[played(game, 1, "10:00:00")]).await;
    }
    let dynamo = world.dynamo();
    let found = dynamo
        .client
        .query()
        .table_name(&dynamo.names.user_game_stats)
        .index_name("GameStatsByGame")
        .key_condition_expression("gameId = :game")
        .expression_attribute_values(":game", AttributeValue::S("chess".to_owned()))
        .send()
        .await
        .unwrap();
    let users: Vec<String> = found
        .items()
        .iter()
        .map(|item| item["userId"].as_s().unwrap().clone())
        .collect();
    assert_eq!(users, [ada.to_string(), bob.to_string()]);
}

#[tokio::test]
async fn who_is_forgotten_has_no_stats() {
    let world = World::on_dynamodb().await;
    let [ada, bob] = world.users().await;
    let games: Vec<PlayedGame> = (0..30)
        .map(|number| played(&format!("game-{number}"), 1, "10:00:00"))
        .collect();
    mirror(&world, ada, &games).await;
    mirror(&world, bob, &games[..1]).await;
    while !world.store.forget(ada).await.unwrap() {}
    assert_eq!(all(&world, ada).await, []);
    assert_eq!(all(&world, bob).await, games[..1]);
}

#[tokio::test]
async fn postgres_keeps_no_copy_of_what_it_has_itself() {
    let world = World::on_postgres().await;
    let ada = world.user().await;
    assert!(!world.store.keeps_stats());
    mirror(&world, ada, &[played("chess", 1, "10:00:00")]).await;
    assert_eq!(world.store.recent_games(ada, None, 9).await.unwrap(), None);
}
