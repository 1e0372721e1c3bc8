//! Servers that do a part of the work only.

use http::Method;

use crate::harness::{Fault, SmtpServer, Step, TestApp, TestDatabase, TestProcess, eventually};

#[tokio::test]
async fn three_servers_with_a_role_each_do_together_what_one_does() {
    let api = TestApp::builder().setting("ROLE", "api").start().await;
    let worker = api.neighbour().setting("ROLE", "worker").start().await;
    let scheduler = api.neighbour().setting("ROLE", "scheduler").start().await;
    api.register("Ada").await;
    let queue = async |server: &TestApp| {
        let health = server.at_root(Method::GET, "/health").await.assert_ok();
        health["checks"]["queue"].clone()
    };
    assert_eq!(
        (queue(&api).await, queue(&worker).await),
        ("disabled".into(), "ok".into())
    );
    for server in [&worker, &scheduler] {
        server
            .at_root(Method::GET, "/health/ready")
            .await
            .assert_ok();
        server
            .at_root(Method::GET, "/metrics")
            .await
            .assert_status(200);
        server
            .get("/leaderboards")
            .await
            .assert_error(404, "not_found");
    }
    eventually("the calendar is known", async || {
        let known = "select count(*) from schedules where name = 'scores.purge'";
        (api.database.count(known).await == 1).then_some(())
    })
    .await;
    api.advance(3600);
    eventually("the chores are done", async || {
        let done = "select count(distinct kind) from jobs where state = 'succeeded'";
        // All of those that come round within the hour.
        (api.database.count(done).await >= 4).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_outlasts_the_drain_time_is_done_by_the_next_server_at_once() {
    let database = TestDatabase::create().await;
    let smtp = SmtpServer::start().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("SMTP_URL", smtp.url())
        .setting("SMTP_TIMEOUT", "1m")
        .setting("MAIL_FROM", "news@play.example")
        .setting("DRAIN_TIMEOUT", "1s")
        .start()
        .await;
    smtp.next(Step::Recipient, Fault::Hang);
    let ada = server.register("Ada").await;
    eventually("it is being sent", async || {
        smtp.heard().contains(&"RCPT".to_owned()).then_some(())
    })
    .await;
    let ended = server.terminate().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    let mail = "select count(*) from jobs where kind = 'accounts.send_mail' and attempts = 0 and state = 'queued'";
    assert_eq!(database.count(mail).await, 1, "as if it had never begun");
    let _next = ended.again().start().await;
    smtp.mail_to(&ada.email, "Confirm").await;
}

#[tokio::test]
async fn a_role_can_be_given_on_the_command_line() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .argument("--role")
        .argument("worker")
        .start()
        .await;
    server
        .get("/leaderboards")
        .await
        .assert_error(404, "not_found");
    eventually("depth is measured", async || {
        let text = server.at_root(Method::GET, "/metrics").await.text();
        text.contains("job_queue_depth{queue=\"chores\"}")
            .then_some(())
    })
    .await;
    let ended = server.terminate().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    let unknown = TestProcess::builder()
        .database(&database)
        .run(&["serve", "--role", "cook"])
        .await;
    assert_eq!(unknown.status.code(), Some(2));
}
