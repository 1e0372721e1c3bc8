use crate::harness::{TestProcess, command, folder};

#[tokio::test]
async fn help_names_every_command_with_examples() {
    let folder = folder();
    let output = command(folder.path(), &["--help"]).output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    for word in [
        "serve", "config", "import", "demo", "doctor", "openapi", "Examples",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let output = command(folder.path(), &["frobnicate"])
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test]
async fn openapi_prints_the_document_without_a_server() {
    let folder = folder();
    let output = command(folder.path(), &["openapi"]).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let agreed = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/it/snapshots/openapi.json"
    ))
    .unwrap();
    let agreed: serde_json::Value = serde_json::from_slice(&agreed).unwrap();
    assert_eq!(printed, agreed);
    assert!(
        !folder.path().join("data").exists(),
        "and leaves nothing behind"
    );
}

#[tokio::test]
async fn without_a_server_and_without_data_commands_say_what_to_do() {
    let output = TestProcess::builder()
        .run(&["import", "scores", "nothing.csv"])
        .await;
    assert!(!output.status.success());
    assert!(!output.stderr.is_empty());
}
