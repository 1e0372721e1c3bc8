//! Messages come twice, late, for jobs that are gone, or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use jobs::{New, Sqs, State, Transport};
use parking_lot::Mutex;
use serde_json::{Value, json};
use wiremock::matchers::header;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::world::{Act, Hasty, SqsQueues, World, step};
use crate::harness::{aws, eventually};

impl SqsQueues {
    async fn send(&self, body: &str) {
        let sending = self.client.send_message().queue_url(&self.steps);
        sending.message_body(body).send().await.unwrap();
    }

    /// Messages that wait, for a worker or their time, and those that are with a worker.
    async fn messages(&self, url: &str) -> (u32, u32) {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let asking = self.client.get_queue_attributes().queue_url(url);
        let answer = asking.set_attribute_names(Some(names.to_vec())).send();
        let attributes = answer.await.unwrap().attributes.unwrap();
        let number = |name| attributes[name].parse::<u32>().unwrap();
        (number(&names[0]) + number(&names[2]), number(&names[1]))
    }

    /// A message that names no job of ours, and comes after so many seconds by the clock of SQS.
    async fn send_late(&self, seconds: i32) {
        let sending = self.client.send_message().queue_url(&self.steps);
        let body = "job_01h455vb4pex5vsknk084sn02q";
        let sending = sending.message_body(body).delay_seconds(seconds);
        sending.send().await.unwrap();
    }

    async fn until_empty(&self) {
        eventually("no message is left", async || {
            (self.messages(&self.steps).await == (0, 0)).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_message_that_comes_twice_runs_its_job_once_and_all_are_deleted() {
    let (world, queues) = World::over_sqs().await;
    let job = world.step("twice", Act::Effect).await;
    for _ in 0..3 {
        queues.send(&job.to_string()).await;
    }
    let worker = world.worker();
    world.until(job, State::Succeeded).await;
    queues.send(&job.to_string()).await;
    queues.until_empty().await;
    assert_eq!(world.effects().await, 1);
    worker.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_committed_job_is_told_though_the_server_dies_before_it_could() {
    let (mut world, queues) = World::over_sqs().await;
    let reachable = world.transport.clone();
    world.transport = Transport::Sqs(Sqs::new(
        &aws::config("http://127.0.0.1:1"),
        "http://127.0.0.1:1/",
    ));
    let cut_off = world.worker();
    let in_use = "select count(*) from pg_trigger where tgname = 'job_queued' and tgenabled <> 'D'";
    eventually("the outbox is in use", async || {
        (world.database.count(in_use).await == 1).then_some(())
    })
    .await;
    let job = world.step("left behind", Act::Succeed).await;
    drop(cut_off);
    assert_eq!(queues.messages(&queues.steps).await, (0, 0));
    world.transport = reachable;
    let mut rolled_back = world.pool.begin().await.unwrap();
    let new = New::of(&step("never", Act::Succeed));
    world.jobs.enqueue(&mut rolled_back, new).await.unwrap();
    rolled_back.rollback().await.unwrap();

    let _worker = world.worker();
    world.until(job, State::Succeeded).await;
    queues.until_empty().await;
    assert!(!world.begun(1).await.contains(&"never".to_owned()));
    let count = "select count(*) from job_outbox";
    eventually("the outbox is empty", async || {
        (world.database.count(count).await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn more_jobs_than_a_batch_holds_are_all_told() {
    let (world, queues) = World::over_sqs().await;
    let mut transaction = world.pool.begin().await.unwrap();
    for number in 0..57 {
        let new = New::of(&step(&format!("step {number}"), Act::Succeed));
        world.jobs.enqueue(&mut transaction, new).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let _worker = world.worker();
    let begun = world.begun(57).await;
    assert_eq!(begun.len(), 57);
    queues.until_empty().await;
}

#[tokio::test]
async fn what_failed_as_often_as_it_may_is_dead_here_and_among_the_dead_letters_there() {
    let (mut world, queues) = World::over_sqs().await;
    // By the clock of SQS: the same message comes three times.
    world.overdue = Duration::from_secs(3600);
    let job = world.enqueue(New::of(&Hasty)).await;
    let _worker = world.worker();
    let dead = world.until(job, State::Dead).await;
    assert_eq!(dead.attempts, 3);
    eventually("the message is a dead letter", async || {
        // Whoever asks next makes SQS look at it.
        let asking = queues.client.receive_message().queue_url(&queues.steps);
        asking.send().await.unwrap();
        (queues.messages(&queues.dead).await.0 == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_names_no_job_of_ours_harms_nobody() {
    let (world, queues) = World::over_sqs().await;
    queues.send("hello").await;
    queues.send("job_01h455vb4pex5vsknk084sn02q").await;
    let job = world.step("after", Act::Succeed).await;
    let _worker = world.worker();
    world.until(job, State::Succeeded).await;
    eventually("only the foreign message is left", async || {
        (queues.messages(&queues.steps).await == (0, 1)).then_some(())
    })
    .await;
}

/// The queue gives each message out once: one that came again would be among the dead letters.
#[tokio::test]
async fn a_message_stays_invisible_for_as_long_as_its_job_runs() {
    let (world, queues) = World::over_sqs_with(1).await;
    let job = world.step("long", Act::Wait).await;
    let _worker = world.worker();
    world.until(job, State::Running).await;
    // Longer than a message is invisible without a sign of life.
    queues.send_late(4).await;
    eventually("four seconds have passed for SQS", async || {
        (queues.messages(&queues.steps).await == (0, 1)).then_some(())
    })
    .await;
    assert_eq!(queues.messages(&queues.dead).await, (0, 0));
    world.stage.gate.add_permits(1);
    world.until(job, State::Succeeded).await;
    queues.until_empty().await;
    assert_eq!(queues.messages(&queues.dead).await, (0, 0));
}

/// The SQS that this one plays takes all entries of a batch but the second, once.
#[tokio::test]
async fn of_a_batch_that_was_taken_in_part_the_rest_is_sent_again() {
    let mut world = World::over_postgres().await;
    let mut transaction = world.pool.begin().await.unwrap();
    for number in 0..5 {
        let new = New::of(&step(&format!("step {number}"), Act::Succeed));
        world.jobs.enqueue(&mut transaction, new).await.unwrap();
    }
    transaction.commit().await.unwrap();

    let stand_in = MockServer::start().await;
    let refused_once = AtomicBool::new(false);
    let take = move |request: &Request| {
        let refuses = !refused_once.swap(true, Ordering::Relaxed);
        let (mut taken, mut failed) = (Vec::new(), Vec::new());
        for entry in entries(request) {
            let id = &entry["Id"];
            if refuses && id == "1" {
                failed.push(json!({ "Id": id, "SenderFault": false, "Code": "InternalError" }));
            } else {
                taken.push(json!({ "Id": id, "MessageId": "1", "MD5OfMessageBody": "0" }));
            }
        }
        ResponseTemplate::new(200).set_body_json(json!({ "Successful": taken, "Failed": failed }))
    };
    let action = |name: &str| header("x-amz-target", format!("AmazonSQS.{name}"));
    Mock::given(action("SendMessageBatch"))
        .respond_with(take)
        .mount(&stand_in)
        .await;
    // Nobody is given any message.
    let nothing = ResponseTemplate::new(200).set_body_json(json!({}));
    Mock::given(action("ReceiveMessage"))
        .respond_with(nothing.set_delay(Duration::from_secs(60)))
        .mount(&stand_in)
        .await;
    let prefix = format!("{}/1/", stand_in.uri());
    world.transport = Transport::Sqs(Sqs::new(&aws::config(&stand_in.uri()), &prefix));
    world.overdue = Duration::from_secs(3600);
    let _worker = world.worker();
    let sent = eventually("all have been taken", async || {
        let requests = stand_in.received_requests().await?;
        let batches = requests
            .iter()
            .filter(|request| request.headers["x-amz-target"] == "AmazonSQS.SendMessageBatch");
        let batches: Vec<_> = batches.map(entries).collect();
        (batches.len() >= 2).then_some(batches)
    })
    .await;
    assert_eq!((sent.len(), sent[0].len(), sent[1].len()), (2, 5, 1));
    assert_eq!(sent[1][0]["MessageBody"], sent[0][1]["MessageBody"]);
    eventually("the outbox is empty", async || {
        let left = world
            .database
            .count("select count(*) from job_outbox")
            .await;
        (left == 0).then_some(())
    })
    .await;
}

/// The SQS that this one plays fails to delete a message, and so gives it out again.
#[tokio::test]
async fn a_message_that_could_not_be_deleted_comes_again_and_does_nothing() {
    let mut world = World::over_postgres().await;
    let job = world.step("once", Act::Effect).await;
    let stand_in = MockServer::start().await;
    let action = |name: &str| header("x-amz-target", format!("AmazonSQS.{name}"));
    let sent = json!({ "Id": "0", "MessageId": "1", "MD5OfMessageBody": "0" });
    let sent =
        ResponseTemplate::new(200).set_body_json(json!({ "Successful": [sent], "Failed": [] }));
    Mock::given(action("SendMessageBatch"))
        .respond_with(sent)
        .mount(&stand_in)
        .await;
    let done = |request: &Request| {
        let entries = entries(request).into_iter();
        let done: Vec<_> = entries.map(|entry| json!({ "Id": entry["Id"] })).collect();
        ResponseTemplate::new(200).set_body_json(json!({ "Successful": done, "Failed": [] }))
    };
    Mock::given(action("ChangeMessageVisibilityBatch"))
        .respond_with(done)
        .mount(&stand_in)
        .await;
    // Receipts that may be given out, and those that were deleted.
    let receipts = Arc::new(Mutex::new(vec!["first"]));
    let deleted: Arc<Mutex<Vec<Value>>> = Arc::default();
    let (again, noted) = (Arc::clone(&receipts), Arc::clone(&deleted));
    let delete = move |request: &Request| {
        let receipt = entries(request)[0]["ReceiptHandle"].clone();
        noted.lock().push(receipt.clone());
        if receipt != "first" {
            return done(request);
        }
        again.lock().push("second");
        let failed = json!({ "Id": "0", "SenderFault": false, "Code": "InternalError" });
        ResponseTemplate::new(200).set_body_json(json!({ "Successful": [], "Failed": [failed] }))
    };
    Mock::given(action("DeleteMessageBatch"))
        .respond_with(delete)
        .mount(&stand_in)
        .await;
    let give = move |request: &Request| {
        let asked: Value = request.body_json().unwrap();
        let is_ours = asked["QueueUrl"].as_str().unwrap().ends_with("steps");
        let receipt = is_ours.then(|| receipts.lock().pop()).flatten();
        let messages = receipt.map(|receipt| {
            json!([{ "MessageId": "1", "ReceiptHandle": receipt, "Body": job.to_string() }])
        });
        ResponseTemplate::new(200)
            .set_body_json(json!({ "Messages": messages }))
            .set_delay(Duration::from_millis(20))
    };
    Mock::given(action("ReceiveMessage"))
        .respond_with(give)
        .mount(&stand_in)
        .await;
    let prefix = format!("{}/1/", stand_in.uri());
    world.transport = Transport::Sqs(Sqs::new(&aws::config(&stand_in.uri()), &prefix));
    world.overdue = Duration::from_secs(3600);
    let _worker = world.worker();
    eventually("both are deleted, each by its own receipt", async || {
        (*deleted.lock() == ["first", "second"]).then_some(())
    })
    .await;
    let found = world.until(job, State::Succeeded).await;
    assert_eq!((found.attempts, world.effects().await), (1, 1));
}

fn entries(request: &Request) -> Vec<Value> {
    let batch: Value = request.body_json().unwrap();
    batch["Entries"].as_array().unwrap().clone()
}
