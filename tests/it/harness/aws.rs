//! AWS, played by MiniStack over real HTTP: one for the whole run, started by the first who asks.

use std::process::{Command, Stdio};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use tokio::sync::OnceCell;

use super::process::free_port;
use super::{eventually, tool};

const REGION: &str = "eu-central-1";

static STAND_IN: OnceCell<String> = OnceCell::const_new();

/// Where AWS's own tools would reach it: `AWS_ENDPOINT_URL`.
pub async fn endpoint() -> &'static str {
    STAND_IN
        .get_or_init(|| async {
            let endpoint = start();
            eventually("the AWS stand-in answers", async || {
                let address = endpoint.trim_start_matches("http://");
                tokio::net::TcpStream::connect(address).await.ok()
            })
            .await;
            endpoint
        })
        .await
}

/// The shell ends it with this process, whose end of the pipe is closed then.
fn start() -> String {
    let port = free_port();
    Command::new("sh")
        .args(["-c", r#""$0" >/dev/null 2>&1 & read -r _; kill $!"#])
        .arg(tool("ministack", "bin/ministack"))
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("SERVICES", "sqs,dynamodb")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(|mut shell| std::mem::forget(shell.stdin.take()))
        .expect("a shell starts");
    format!("http://127.0.0.1:{port}")
}

/// How the SDK reaches it.
pub fn config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "tests");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

pub async fn sqs() -> Client {
    Client::new(&config(endpoint().await))
}

/// How a server of ours reaches it.
pub fn settings(endpoint: &str) -> [(&str, &str); 4] {
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]
}

/// Makes a queue with its dead-letter queue, which has the same name and `-dead` behind it, and gives their URLs.
pub async fn make_queue(client: &Client, name: &str, most_receives: u32) -> (String, String) {
    let dead = client
        .create_queue()
        .queue_name(format!("{name}-dead"))
        .send()
        .await
        .expect("a queue can be made")
        .queue_url
        .expect("it has a URL");
    let attributes = client
        .get_queue_attributes()
        .queue_url(&dead)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await
        .expect("it has attributes")
        .attributes
        .expect("it has attributes");
    let policy = serde_json::json!({
        "deadLetterTargetArn": attributes[&QueueAttributeName::QueueArn],
        "maxReceiveCount": most_receives,
    });
    let queue = client
        .create_queue()
        .queue_name(name)
        .attributes(QueueAttributeName::RedrivePolicy, policy.to_string())
        .send()
        .await
        .expect("a queue can be made")
        .queue_url
        .expect("it has a URL");
    (queue, dead)
}
