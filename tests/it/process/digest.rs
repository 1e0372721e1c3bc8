use notifications::event::{Event, MAP_RECORD};

use crate::harness::{TestApp, command, folder};

#[tokio::test]
async fn a_digest_is_previewed_beside_a_running_server() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let preview = async |user: &str, more: &[&str]| {
        let folder = folder();
        let arguments = [&["digest", "preview", "--user", user], more].concat();
        let mut command = command(folder.path(), &arguments);
        let command = command.env("DATABASE_URL", app.database.url());
        command.output().await.unwrap()
    };
    let output = preview(&ada.id, &[]).await;
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("no mail would be sent"));
    app.confirm_address(&ada).await;
    app.notify(&ada, &Event::new(&MAP_RECORD, "Bob <fast>", ""))
        .await;
    let output = preview(&ada.id, &[]).await;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("Subject: Bob <fast>\n") && text.contains("* Bob <fast>"),
        "{text}"
    );
    let output = preview(&ada.id, &["--html"]).await;
    assert!(String::from_utf8_lossy(&output.stdout).contains("Bob &#60;fast&#62;"));
    let output = preview("usr_01h455vb4pex5vsknk084sn02q", &[]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("There is no such user."));
    assert!(app.mails().iter().all(|mail| !mail.subject.contains("Bob")));
}
