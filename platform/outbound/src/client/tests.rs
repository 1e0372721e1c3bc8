use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{any, body_string, header, header_regex, path};
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

use super::*;

mod foreign;

/// A client whose pauses take no time: they move its clock instead, and are noted.
struct World {
    server: MockServer,
    client: Client,
    clock: Clock,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl World {
    async fn new(change: impl FnOnce(&mut Config)) -> Self {
        let server = MockServer::start().await;
        let clock = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut config = Config {
            allow_http: true,
            ..Config::new("https://play.example")
        };
        change(&mut config);
        let pauses = Arc::new(Mutex::new(Vec::new()));
        let (noted, moved) = (Arc::clone(&pauses), clock.clone());
        let client = Client::new(config, clock.clone())
            .unwrap()
            .with_pause(Arc::new(move |wait| {
                noted.lock().push(wait);
                moved.advance(wait);
                Box::pin(std::future::ready(()))
            }));
        Self {
            server,
            client,
            clock,
            pauses,
        }
    }

    /// What the server says, one after the other; the last again and again.
    async fn answers(&self, answers: Vec<ResponseTemplate>) {
        let said = AtomicUsize::new(0);
        let next = move |_: &wiremock::Request| {
            let index = said.fetch_add(1, Ordering::Relaxed);
            answers[index.min(answers.len() - 1)].clone()
        };
        self.respond(next).await;
    }

    async fn respond(&self, responder: impl Respond + 'static) {
        Mock::given(any())
            .respond_with(responder)
            .mount(&self.server)
            .await;
    }

    async fn calls(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }

    async fn get(&self) -> Result<Answer, Error> {
        self.client.send(Request::get(self.server.uri())).await
    }

    fn pauses(&self) -> Vec<Duration> {
        std::mem::take(&mut self.pauses.lock())
    }
}

fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

#[tokio::test]
async fn fetches_json_and_says_who_we_are() {
    let world = World::new(|_| ()).await;
    Mock::given(header_regex(
        "user-agent",
        r"^Grandstand/\d+\.\d+\.\d+ \(\+https://play\.example\)$",
    ))
    .and(header("accept", "application/json"))
    .respond_with(status(200).set_body_json(json!({ "a": 1 })))
    .mount(&world.server)
    .await;
    let value: Value = world
        .client
        .get_json(&world.server.uri(), 100)
        .await
        .unwrap();
    assert_eq!(value, json!({ "a": 1 }));
}

#[tokio::test]
async fn sends_a_form_as_a_browser_would() {
    let world = World::new(|_| ()).await;
    Mock::given(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string("a=b%26c%3D+%C3%A4&d="))
        .respond_with(status(200))
        .mount(&world.server)
        .await;
    let request = Request::post(world.server.uri()).form([("a", "b&c= ä"), ("d", "")]);
    assert_eq!(world.client.send(request).await.unwrap().status, 200);
}

#[tokio::test]
async fn reads_no_more_than_the_cap_whether_its_length_is_told_or_not() {
    let world = World::new(|_| ()).await;
    world
        .answers(vec![status(200).set_body_json("x".repeat(98))])
        .await;
    let url = world.server.uri();
    assert!(world.client.get_json::<Value>(&url, 100).await.is_ok());
    let result = world.client.get_json::<Value>(&url, 99).await;
    assert!(
        matches!(result, Err(Error::TooLarge { cap: 99 })),
        "{result:?}"
    );
    let url = endless_body().await;
    let result = world.client.send(Request::get(&url).cap(100_000)).await;
    assert!(matches!(result, Err(Error::TooLarge { .. })), "{result:?}");
    let answer = world.client.send(Request::get(&url).without_body()).await;
    assert_eq!(answer.unwrap().status, 200);
}

/// A server that sends chunks for as long as anybody listens.
async fn endless_body() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = socket.read(&mut [0; 1024]).await;
                let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                let mut sent = socket.write_all(head).await;
                while sent.is_ok() {
                    sent = socket.write_all(b"4\r\nabcd\r\n").await;
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn whoever_never_answers_is_left_when_the_time_is_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world = World::new(|_| ()).await;
    let request = Request::get(url).timeout(Duration::from_millis(50));
    let result = world.client.send(request).await;
    assert!(matches!(result, Err(Error::TimedOut)), "{result:?}");
}

#[tokio::test]
async fn follows_no_redirect_and_believes_no_error() {
    let world = World::new(|config| config.retries = 0).await;
    Mock::given(path("/b"))
        .respond_with(status(200).set_body_json(1))
        .mount(&world.server)
        .await;
    for number in [301, 302, 307, 400, 404, 500, 503] {
        let at = format!("/{number}");
        Mock::given(path(&at))
            .respond_with(status(number).insert_header("location", "/b"))
            .mount(&world.server)
            .await;
        let url = format!("{}{at}", world.server.uri());
        let result = world.client.get_json::<Value>(&url, 100).await;
        assert!(
            matches!(result, Err(Error::Status(got)) if got == number),
            "{result:?}"
        );
    }
    Mock::given(path("/html"))
        .respond_with(status(200).set_body_string("<html>"))
        .mount(&world.server)
        .await;
    let url = format!("{}/html", world.server.uri());
    let result = world.client.get_json::<Value>(&url, 100).await;
    assert!(matches!(result, Err(Error::NotJson(_))), "{result:?}");
}

#[tokio::test]
async fn calls_nobody_in_the_clear_unless_allowed() {
    let world = World::new(|config| config.allow_http = false).await;
    let result = world.get().await;
    assert!(matches!(result, Err(Error::BadAddress)), "{result:?}");
    assert_eq!(world.calls().await, 0);
}

#[tokio::test]
async fn tries_again_what_may_be_repeated_with_growing_pauses() {
    let world = World::new(|_| ()).await;
    world
        .answers(vec![status(503), status(429), status(200)])
        .await;
    assert_eq!(world.get().await.unwrap().status, 200);
    let pauses = world.pauses();
    assert_eq!(pauses.len(), 2);
    for (pause, longest) in pauses.iter().zip([100, 200]) {
        let longest = Duration::from_millis(longest);
        assert!((longest / 2..=longest).contains(pause), "{pauses:?}");
    }
    assert_eq!(world.calls().await, 3);
}

#[tokio::test]
async fn gives_up_after_the_retries_and_never_repeats_what_may_have_happened() {
    let world = World::new(|_| ()).await;
    world.answers(vec![status(503)]).await;
    assert_eq!(world.get().await.unwrap().status, 503);
    assert_eq!(world.calls().await, 3);
    let post = || Request::post(world.server.uri()).json(&1);
    assert_eq!(world.client.send(post()).await.unwrap().status, 503);
    assert_eq!(world.calls().await, 4, "a POST is sent once");
    let once = world
        .client
        .send(Request::get(world.server.uri()).retries(0));
    assert_eq!(once.await.unwrap().status, 503);
    assert_eq!(world.calls().await, 5);
}

#[tokio::test]
async fn a_post_that_may_be_repeated_is() {
    let world = World::new(|_| ()).await;
    world.answers(vec![status(503), status(200)]).await;
    let request = Request::post(world.server.uri()).json(&1).repeatable();
    assert_eq!(world.client.send(request).await.unwrap().status, 200);
    assert_eq!(world.calls().await, 2);
}

#[tokio::test]
async fn a_post_that_was_never_sent_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let world = World::new(|_| ()).await;
    let result = world.client.send(Request::post(url).json(&1)).await;
    assert!(
        matches!(&result, Err(error @ Error::Unreachable(_)) if error.is_unsent()),
        "{result:?}"
    );
    assert_eq!(world.pauses().len(), 2);
}

#[tokio::test]
async fn whoever_says_when_to_come_back_is_heard_if_there_is_time() {
    let world = World::new(|_| ()).await;
    let wait = |text: &str| status(429).insert_header("retry-after", text);
    world
        .answers(vec![
            wait("2"),
            wait("Fri, 15 Jan 2027 08:00:05 GMT"),
            wait("60"),
        ])
        .await;
    let request = Request::get(world.server.uri()).timeout(Duration::from_secs(30));
    let answer = world.client.send(request).await.unwrap();
    assert_eq!(world.pauses(), [2, 3].map(Duration::from_secs));
    assert_eq!(answer.status, 429);
    assert_eq!(answer.retry_after, Some(Duration::from_secs(60)));
    let answer = world.get().await.unwrap();
    assert_eq!(answer.status, 429);
    assert_eq!(world.pauses(), [], "a minute is more than there is");
}

#[tokio::test]
async fn a_host_that_fails_is_left_alone_and_tried_again_later() {
    let world = World::new(|config| config.retries = 0).await;
    world.answers(vec![status(500)]).await;
    for _ in 0..5 {
        assert_eq!(world.get().await.unwrap().status, 500);
    }
    for _ in 0..3 {
        let result = world.get().await;
        assert!(matches!(result, Err(Error::Resting { .. })), "{result:?}");
    }
    assert_eq!(world.calls().await, 5);
    // Another host is another matter.
    let other = MockServer::start().await;
    let answer = world.client.send(Request::get(other.uri())).await.unwrap();
    assert_eq!(answer.status, 404);
    world.clock.advance(Duration::from_secs(10));
    world.server.reset().await;
    world.answers(vec![status(200)]).await;
    for _ in 0..3 {
        assert_eq!(world.get().await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_host_has_its_own_limits() {
    let limits = Limits {
        concurrency: 1,
        calls: Some((2, Duration::from_secs(2))),
        ..Limits::default()
    };
    let world = World::new(|config| config.hosts = vec![("127.0.0.1".to_owned(), limits)]).await;
    world.answers(vec![status(200)]).await;
    for _ in 0..4 {
        world.get().await.unwrap();
    }
    assert_eq!(world.pauses(), [1, 1].map(Duration::from_secs));
    let hurried = Request::get(world.server.uri()).timeout(Duration::from_millis(500));
    let result = world.client.send(hurried).await;
    assert!(matches!(result, Err(Error::Crowded { .. })), "{result:?}");
}

#[tokio::test]
async fn so_many_calls_are_under_way_at_a_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world = World::new(|config| config.limits.concurrency = 2).await;
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let (client, request) = (world.client.clone(), Request::get(&url).retries(0));
            tokio::spawn(async move { client.send(request).await.unwrap().status })
        })
        .collect();
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(listener.accept().await.unwrap().0);
    }
    for _ in 0..3 {
        let mut socket = open.remove(0);
        let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
        let waiting = std::future::poll_fn(|context| listener.poll_accept(context).map(|_| ()));
        tokio::select! {
            biased;
            () = waiting => panic!("a third call came while two were under way"),
            sent = async {
                let _ = socket.read(&mut [0; 1024]).await;
                socket.write_all(answer).await
            } => sent.unwrap(),
        }
        drop(socket);
        open.push(listener.accept().await.unwrap().0);
    }
    for mut socket in open {
        let _ = socket.read(&mut [0; 1024]).await;
        let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
        socket.write_all(answer).await.unwrap();
    }
    for call in calls {
        assert_eq!(call.await.unwrap(), 204);
    }
}

#[tokio::test]
async fn a_header_that_is_none_is_refused() {
    let world = World::new(|_| ()).await;
    for (name, value) in [("x", "a\r\nb: c"), ("x y", "a"), ("x", "a\0")] {
        let request = Request::get(world.server.uri()).header(name, value);
        let result = world.client.send(request).await;
        assert!(matches!(result, Err(Error::BadHeader)), "{result:?}");
    }
}
