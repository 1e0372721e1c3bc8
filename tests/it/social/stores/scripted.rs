//! A DynamoDB that says what it is told to say, in the JSON protocol: what the real one says seldom, and the stand-in never.

use kernel::UserId;
use serde_json::{Value, json};
use social::DynamoStore;
use wiremock::matchers::{header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::World;
use crate::harness::Dynamo;

const VERSION: &str = "DynamoDB_20120810";

pub struct Script {
    server: MockServer,
    pub world: World,
}

impl Script {
    pub async fn start() -> Self {
        let server = MockServer::start().await;
        let world = World::on(Some(Dynamo::unmade(&server.uri()))).await;
        Self { server, world }
    }

    pub fn store(&self) -> &DynamoStore {
        self.world.dynamo_store.as_ref().unwrap()
    }

    pub fn follows(&self) -> &str {
        &self.world.dynamo().names.follows
    }

    pub fn uri(&self) -> String {
        self.server.uri()
    }

    async fn say(&self, call: &str, answer: ResponseTemplate, times: Option<u64>) {
        let mock = Mock::given(method("POST"))
            .and(header("X-Amz-Target", format!("{VERSION}.{call}").as_str()))
            .respond_with(answer);
        match times {
            Some(times) => mock.up_to_n_times(times).mount(&self.server).await,
            None => mock.mount(&self.server).await,
        }
    }

    /// The answers to these calls, one after the other.
    pub async fn answers(&self, call: &str, answers: impl IntoIterator<Item = Value>) {
        for answer in answers {
            self.say(call, json_answer(200, &answer), Some(1)).await;
        }
    }

    /// Refuses so many of these calls; all, where it is None.
    pub async fn refuses(&self, call: &str, error: &str, times: Option<u64>) {
        self.refuses_because(call, error, json!({}), times).await;
    }

    pub async fn refuses_because(
        &self,
        call: &str,
        error: &str,
        mut more: Value,
        times: Option<u64>,
    ) {
        more["__type"] = json!(format!("com.amazonaws.dynamodb.v20120810#{error}"));
        more["message"] = json!("not now");
        let status = if error == "InternalServerError" {
            500
        } else {
            400
        };
        self.say(call, json_answer(status, &more), times).await;
    }

    /// Cancels so many transactions, for these reasons by action.
    pub async fn cancels(&self, reasons: Value, times: Option<u64>) {
        let more = json!({ "CancellationReasons": reasons });
        let error = "TransactionCanceledException";
        self.refuses_because("TransactWriteItems", error, more, times)
            .await;
    }

    /// What was asked by these calls.
    pub async fn asked(&self, call: &str) -> Vec<Value> {
        let target = format!("{VERSION}.{call}");
        let requests = self.server.received_requests().await.unwrap();
        let asked = requests.iter().filter(|request| {
            let asked = request.headers.get("X-Amz-Target");
            asked.is_some_and(|asked| asked == target.as_str())
        });
        asked
            .map(|request| serde_json::from_slice(&request.body).unwrap())
            .collect()
    }
}

fn json_answer(status: u16, body: &Value) -> ResponseTemplate {
    let answer = ResponseTemplate::new(status);
    answer.set_body_raw(body.to_string(), "application/x-amz-json-1.0")
}

pub fn edge_key(user: UserId, target: UserId) -> Value {
    json!({ "userId": { "S": user.to_string() }, "targetUserId": { "S": target.to_string() } })
}

pub fn edge(user: UserId, target: UserId) -> Value {
    let mut edge = edge_key(user, target);
    edge["createdAt"] = json!({ "S": "2026-01-01T00:00:00.000000Z" });
    edge
}

pub fn counts(user: UserId, followers: u64) -> Value {
    json!({
        "userId": { "S": user.to_string() },
        "targetUserId": { "S": format!("counts:{user}") },
        "followers": { "N": followers.to_string() },
    })
}
