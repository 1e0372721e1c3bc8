//! Real leaderboards, where they lie beside the checkout: the order on our board must be theirs. Nothing of them is
//! kept here, since they hold people's names.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{TestDatabase, TestProcess, eventually};

fn samples() -> Vec<PathBuf> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/contracts/samples/aoe4world"
    );
    let Ok(files) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    paths
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("leaderboard."))
        })
        .collect()
}

/// A ladder as its own site publishes it, best first.
async fn assert_same_order(players: &[Value]) {
    let mut lines = String::new();
    for player in players {
        // A name that we would refuse must not cost its owner the place.
        let line = json!({
            "externalId": format!("aoe4world:{}", player["profile_id"]), "screenName": format!("Player {}", player["rank"]),
            "gameId": "rm_solo", "score": player["rating"],
        });
        writeln!(lines, "{line}").unwrap();
    }
    let database = TestDatabase::create().await;
    let server = TestProcess::builder().database(&database).start().await;
    std::fs::write(server.folder().join("ladder.jsonl"), lines).unwrap();
    let output = server.run(&["import", "scores", "ladder.jsonl"]).await;
    assert!(output.status.success(), "{output:?}");
    let want: Vec<(String, u64)> = players
        .iter()
        .map(|player| {
            (
                format!("Player {}", player["rank"]),
                player["rating"].as_u64().unwrap(),
            )
        })
        .collect();
    eventually("the board is theirs", async || {
        let there = server.get("/leaderboards/rm_solo").await.status == 200;
        (there && server.board("rm_solo").standings().await == want).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_order_of_real_leaderboards_is_kept() {
    for path in samples() {
        let ladder: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_same_order(ladder["players"].as_array().unwrap()).await;
    }
}

#[tokio::test]
async fn the_order_of_a_ladder_with_ties_is_kept() {
    let player = |(place, rating): (usize, u64)| json!({ "profile_id": 7000 - place, "rank": place + 1, "rating": rating });
    let players: Vec<Value> = [2332, 2301, 2301, 2301, 2250, 2250, 1999, 7, 7, 0]
        .into_iter()
        .enumerate()
        .map(player)
        .collect();
    assert_same_order(&players).await;
}
