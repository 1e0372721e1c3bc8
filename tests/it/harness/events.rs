use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use http::HeaderMap;
use live::parse::{EventParser, Message};
use serde_json::Value;

use super::{Call, within};

type Bytes = Pin<Box<dyn Stream<Item = Result<Vec<u8>, reqwest::Error>> + Send>>;

/// An event stream, read as a browser does.
pub struct EventStream {
    pub headers: HeaderMap,
    bytes: Bytes,
    parser: EventParser,
    waiting: std::collections::VecDeque<Message>,
    /// Everything that came, as it came.
    pub raw: String,
}

/// What a stream tells.
#[derive(Clone, Debug)]
pub struct StreamEvent {
    pub name: String,
    pub id: String,
    pub data: Value,
}

impl EventStream {
    pub async fn open(call: Call) -> Self {
        let response = within("an event stream opens", call.open())
            .await
            .expect("an answer");
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], "text/event-stream");
        let bytes = response
            .bytes_stream()
            .map(|chunk| chunk.map(|bytes| bytes.to_vec()));
        Self {
            headers,
            bytes: Box::pin(bytes),
            parser: EventParser::new(),
            waiting: Default::default(),
            raw: String::new(),
        }
    }

    /// The next event.
    pub async fn next(&mut self) -> StreamEvent {
        let event = within("an event comes", self.read()).await;
        event.unwrap_or_else(|| panic!("the stream ended: {}", self.raw))
    }

    /// The next event, which has this name: its data.
    pub async fn next_named(&mut self, name: &str) -> Value {
        let event = self.next().await;
        assert_eq!(event.name, name, "{event:?}");
        event.data
    }

    /// The first event that is as wanted.
    pub async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> StreamEvent {
        loop {
            let event = self.next().await;
            if wanted(&event.data) {
                return event;
            }
        }
    }

    /// What comes within this time; nothing, for a quiet board.
    pub async fn next_within(&mut self, time: Duration) -> Option<StreamEvent> {
        tokio::time::timeout(time, self.read()).await.ok().flatten()
    }

    /// Reads until the server ends the stream.
    pub async fn ended(&mut self) {
        within("the stream ends", async {
            while self.read().await.is_some() {}
        })
        .await;
    }

    /// Reads until this stands somewhere in what came.
    pub async fn until_raw(&mut self, text: &str) {
        within("some text comes", async {
            while !self.raw.contains(text) {
                assert!(self.fill().await, "the stream ended: {}", self.raw);
            }
        })
        .await;
    }

    /// How long the server said to wait before coming back.
    pub fn retry(&self) -> Option<Duration> {
        self.parser.reconnection_time()
    }

    async fn read(&mut self) -> Option<StreamEvent> {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                let data = serde_json::from_str(&message.data).expect("JSON in an event");
                return Some(StreamEvent {
                    name: message.name,
                    id: message.last_event_id,
                    data,
                });
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    /// False at the end.
    async fn fill(&mut self) -> bool {
        match self.bytes.next().await {
            Some(Ok(chunk)) => {
                self.raw.push_str(&String::from_utf8_lossy(&chunk));
                self.waiting.extend(self.parser.push(&chunk));
                true
            }
            Some(Err(error)) => panic!("the stream broke: {error:?}"),
            None => false,
        }
    }
}
