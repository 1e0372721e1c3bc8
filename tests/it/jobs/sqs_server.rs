//! The real binary, whose workers are woken by SQS.

use serde_json::Value;

use crate::harness::{Fault, SmtpServer, Step, TestDatabase, TestProcess, aws, eventually};

/// What the binary goes by to find SQS.
async fn over_sqs(prefix: &str, smtp: &SmtpServer, database: &TestDatabase) -> TestProcess {
    TestProcess::builder()
        .database(database)
        .setting("JOB_TRANSPORT", "sqs")
        .setting("SQS_QUEUE_URL_PREFIX", prefix)
        .setting("AWS_ENDPOINT_URL", aws::endpoint().await)
        .setting("AWS_REGION", "eu-central-1")
        .setting("AWS_ACCESS_KEY_ID", "test")
        .setting("AWS_SECRET_ACCESS_KEY", "test")
        .setting("SMTP_URL", smtp.url())
        .setting("MAIL_FROM", "news@play.example")
        .start()
        .await
}

#[tokio::test]
async fn a_job_goes_through_sqs_and_so_does_a_dead_one_that_is_sent_back() {
    let (client, database) = (aws::sqs().await, TestDatabase::create().await);
    let name = uuid::Uuid::new_v4().simple().to_string();
    let (url, _) = aws::make_queue(&client, &format!("{name}-tests"), 3).await;
    let prefix = url.strip_suffix("tests").unwrap();
    let smtp = SmtpServer::start().await;
    let server = over_sqs(prefix, &smtp, &database).await;
    let queues: Vec<String> = eventually("the worker has declared its queues", async || {
        let names = sqlx::query_scalar("select name from queues");
        let names: Vec<String> = names.fetch_all(&database.pool).await.unwrap();
        names.contains(&"account_mail".to_owned()).then_some(names)
    })
    .await;
    for queue in queues.iter().filter(|queue| *queue != "account_mail") {
        aws::make_queue(&client, &format!("{name}-{queue}"), 100).await;
    }
    let ada = server.register("Ada").await;
    eventually("the server says that it can't tell SQS", async || {
        let log = server.log();
        let mut said = log.iter().filter_map(|line| line["message"].as_str());
        said.any(|said| said.contains("could not be sent to SQS"))
            .then_some(())
    })
    .await;
    let jobs = async |state: &str| {
        let of_mail = format!(
            "select count(*) from jobs where kind = 'accounts.send_mail' and state = '{state}'"
        );
        database.count(&of_mail).await
    };
    assert_eq!(jobs("queued").await, 1, "nothing but SQS brings it");
    let gauge = async |name: &str| {
        let queue = "queue=\"account_mail\"";
        server.metric(name, &[queue]).await
    };
    eventually("depth and age are measured", async || {
        let age = gauge("job_queue_oldest_seconds").await;
        (gauge("job_queue_depth").await == 1.0 && age > 0.0).then_some(())
    })
    .await;
    smtp.next(
        Step::Recipient,
        Fault::Say("550 5.1.1 nobody lives here yet"),
    );
    aws::make_queue(&client, &format!("{name}-account_mail"), 100).await;

    let admin = server.admin().await;
    let path = "/admin/queues/account_mail/dead";
    let dead: Value = eventually("it is dead, as the address bounced", async || {
        let page = admin.get(path).await.assert_ok();
        page["jobs"].get(0).cloned()
    })
    .await;
    assert_eq!(dead["kind"], "accounts.send_mail");
    let sent = admin.post(&format!("{path}/redrive")).await.assert_ok();
    assert_eq!(sent["count"], 1);
    smtp.mail_to(&ada.email, "Confirm").await;
    eventually("its end is written down", async || {
        (jobs("succeeded").await == 1).then_some(())
    })
    .await;
    let ended = server.terminate().await;
    assert!(ended.status.success(), "{}", ended.stderr);
}
