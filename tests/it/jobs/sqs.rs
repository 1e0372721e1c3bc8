//! Messages come twice, late, for jobs that are gone, or not at all.

use aws_sdk_sqs::types::QueueAttributeName;
use jobs::{New, Sqs, State, Transport};

use super::world::{Act, Hasty, SqsQueues, World, step};
use crate::harness::{aws, eventually};

impl SqsQueues {
    async fn send(&self, body: &str) {
        let sending = self.client.send_message().queue_url(&self.steps);
        sending.message_body(body).send().await.unwrap();
    }

    /// Waiting messages and those that are with a worker.
    async fn messages(&self, url: &str) -> (u32, u32) {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let asking = self.client.get_queue_attributes().queue_url(url);
        let answer = asking.set_attribute_names(Some(names.to_vec())).send();
        let attributes = answer.await.unwrap().attributes.unwrap();
        let number = |name| attributes[name].parse().unwrap();
        (number(&names[0]), number(&names[1]))
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
    worker.stop(std::time::Duration::from_secs(5)).await;
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
    world.overdue = std::time::Duration::from_secs(3600);
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
