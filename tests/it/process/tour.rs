use std::path::Path;

use crate::harness::{TestDatabase, TestProcess, within};

/// The commands of a tour in the README, as a reader would copy them.
fn tour(name: &str) -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, rest) = readme
        .split_once(&format!("<!-- {name} -->"))
        .expect("README.md has a tour");
    let (tour, _) = rest
        .split_once(&format!("<!-- /{name} -->"))
        .expect("the tour has an end");
    let blocks = tour
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split_once("```").expect("a block has an end").0);
    let commands: String = blocks.collect();
    assert!(!commands.trim().is_empty());
    commands
}

#[tokio::test]
async fn the_readmes_tour_works_as_it_is_written() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("RATE_LIMIT_ENABLED", "true")
        .start()
        .await;
    let seen = [
        "\"rank\":1",
        "event: leaderboard",
        "\"screenName\":\"Ada\"",
        "\"score\":42",
        "\"isFollowing\":true",
        "\"context\":\"Move 12\"",
    ];
    follow(&server, &tour("tour"), &seen).await;
    assert_eq!(server.board("chess").entries().await[0].score, 42);
}

#[tokio::test]
async fn the_tour_of_made_up_records_works_as_it_is_written() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .argument("--demo")
        .start()
        .await;
    let commands = [tour("tour"), tour("records")].concat();
    let seen = [
        "Teapot Speedway",
        "\"name\":\"Turbo Teapot\"",
        "\"total\":",
        "\"drivenAt\"",
    ];
    follow(&server, &commands, &seen).await;
}

/// Types the commands, and looks for what they should show.
async fn follow(server: &TestProcess, commands: &str, seen: &[&str]) {
    let commands = commands.replace("localhost:3000", &format!("localhost:{}", server.port));
    let mut shell = tokio::process::Command::new("bash");
    shell
        .args(["-e", "-u", "-o", "pipefail", "-c", &commands])
        .current_dir(server.folder())
        .kill_on_drop(true);
    // A proxy between is none of the reader's.
    shell.env_clear().envs(
        ["PATH", "HOME"]
            .iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?))),
    );
    let output = within("the tour ends", shell.output())
        .await
        .expect("there is bash");
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{complained}");
    for seen in seen {
        assert!(
            said.contains(seen),
            "{seen} isn't shown: {said}\n{complained}"
        );
    }
}
