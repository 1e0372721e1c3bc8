use std::fmt::Write as _;
use std::process::Output;

use crate::harness::{TestDatabase, TestProcess, eventually};

const OLD: &str = "\
externalId,screenName,gameId,score,reachedAt
p:1,\"Rook, the Older\",chess,4200,2024-03-01T12:00:00Z
p:2,Bishop,chess,4200,2024-02-01T12:00:00Z
p:3,Knight,chess,100,
p:3,Knight,chess,300,
p:4,Zo\u{eb} 🦀,go,7,
";

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

async fn server(database: &TestDatabase) -> TestProcess {
    TestProcess::builder().database(database).start().await
}

async fn import(server: &TestProcess, name: &str, content: &str, more: &[&str]) -> Output {
    std::fs::write(server.folder().join(name), content).unwrap();
    let arguments: Vec<&str> = ["import", "scores", name]
        .iter()
        .chain(more)
        .copied()
        .collect();
    server.run(&arguments).await
}

async fn wait_for(server: &TestProcess, board: &str, standings: &[(&str, u64)]) {
    let want: Vec<(String, u64)> = standings
        .iter()
        .map(|(name, score)| ((*name).to_owned(), *score))
        .collect();
    eventually("the running server shows what was imported", async || {
        if server.get(&format!("/leaderboards/{board}")).await.status != 200 {
            return None;
        }
        (server.board(board).standings().await == want).then_some(())
    })
    .await;
}

#[tokio::test]
async fn old_scores_come_in_beside_a_running_server_and_once() {
    let database = TestDatabase::create().await;
    let server = server(&database).await;
    let output = import(&server, "old.csv", OLD, &[]).await;
    assert!(output.status.success(), "{}", said(&output));
    let chess = [("Bishop", 4200), ("Rook, the Older", 4200), ("Knight", 300)];
    wait_for(&server, "chess", &chess).await;
    wait_for(&server, "go", &[("Zo\u{eb} 🦀", 7)]).await;
    wait_for(
        &server,
        "global",
        &[
            ("Bishop", 4200),
            ("Rook, the Older", 4200),
            ("Knight", 400),
            ("Zo\u{eb} 🦀", 7),
        ],
    )
    .await;
    let reached = &server.board("chess").entries().await[0].reached_at;
    assert_eq!(reached, "2024-02-01T12:00:00.000Z");
    assert_eq!(database.count("select count(*) from score_events").await, 5);
    let again = import(&server, "old.csv", OLD, &[]).await;
    assert!(
        again.status.success() && said(&again).contains('5'),
        "{}",
        said(&again)
    );
    assert_eq!(database.count("select count(*) from score_events").await, 5);
    assert_eq!(
        database
            .count("select count(*) from users where external_id is not null")
            .await,
        4
    );
    wait_for(&server, "chess", &chess).await;
}

#[tokio::test]
async fn each_bad_line_is_told_by_its_number_and_the_good_ones_come_in() {
    let database = TestDatabase::create().await;
    let server = server(&database).await;
    let lines = "\
externalId,screenName,gameId,score,reachedAt
p:1,Rook,chess,1,
p:2,Bishop,chess,-1,
p:3,Knight,chess,1.5,
p:4,Queen,chess,9007199254740992,
p:5,King,chess,ten,
p:6,Pawn,no game,1,
p:7,a\u{202e}b,chess,1,
,Nobody,chess,1,
p:9,Late,chess,1,yesterday
p:10,Short
p:11,Last,chess,2,
";
    let output = import(&server, "bad.csv", lines, &[]).await;
    assert!(!output.status.success());
    let text = said(&output);
    for number in 3..=11 {
        assert!(
            text.contains(&format!("line {number}:")),
            "{number}: {text}"
        );
    }
    assert!(
        !text.contains("line 2:") && !text.contains("line 12:"),
        "{text}"
    );
    wait_for(&server, "chess", &[("Last", 2), ("Rook", 1)]).await;
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let database = TestDatabase::create().await;
    let server = server(&database).await;
    let output = import(&server, "old.csv", OLD, &["--dry-run"]).await;
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("nothing was imported"),
        "{}",
        said(&output)
    );
    assert_eq!(database.count("select count(*) from score_events").await, 0);
    assert_eq!(
        database
            .count("select count(*) from users where external_id is not null")
            .await,
        0
    );
}

#[tokio::test]
async fn json_lines_say_the_same_and_line_order_decides_ties() {
    let database = TestDatabase::create().await;
    let server = server(&database).await;
    let mut lines = String::new();
    for number in 0..1200 {
        let score = 5000 - number / 3;
        writeln!(lines, r#"{{"externalId":"{number}","screenName":"Player {number}","gameId":"ladder","score":{score}}}"#).unwrap();
    }
    lines.push_str("not json\n\n{\"externalId\":\"x\"}\n");
    let output = import(&server, "dump.jsonl", &lines, &[]).await;
    let text = said(&output);
    assert!(
        !output.status.success() && text.contains("line 1201:") && text.contains("line 1203:"),
        "{text}"
    );
    eventually("the running server shows what was imported", async || {
        (server.get("/leaderboards/ladder").await.status == 200
            && server.board("ladder").definition().await["total"] == 1200)
            .then_some(())
    })
    .await;
    let names = server.board("ladder").names().await;
    let want: Vec<String> = (0..1200).map(|number| format!("Player {number}")).collect();
    assert_eq!(names, want);
}

#[tokio::test]
async fn a_file_that_is_none_is_told() {
    let database = TestDatabase::create().await;
    let server = server(&database).await;
    let missing = server.run(&["import", "scores", "missing.csv"]).await;
    assert!(
        !missing.status.success() && said(&missing).contains("missing.csv"),
        "{}",
        said(&missing)
    );
    let unknown = import(&server, "dump.txt", OLD, &[]).await;
    assert!(
        !unknown.status.success() && said(&unknown).contains("--format"),
        "{}",
        said(&unknown)
    );
    let columns = import(&server, "columns.csv", "a,b\n1,2\n", &[]).await;
    assert!(!columns.status.success(), "{}", said(&columns));
}
