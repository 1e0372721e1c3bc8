//! The line between a server and AWS's stand-in: it remembers what was called, and can be cut.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::aws;

#[derive(Default)]
struct State {
    calls: Vec<String>,
    /// Such calls don't come through any more, once there were so many of them.
    cut: Option<(&'static str, usize)>,
}

#[derive(Clone)]
pub struct Line {
    pub uri: String,
    state: Arc<Mutex<State>>,
}

impl Line {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self {
            uri: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::default(),
        };
        let there = aws::endpoint().await.trim_start_matches("http://");
        let lines = line.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(lines.clone().carry(client, there));
            }
        });
        line
    }

    async fn carry(self, mut client: TcpStream, there: &str) {
        let Ok(mut server) = TcpStream::connect(there).await else {
            return;
        };
        let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
        loop {
            let (from_client, count) = tokio::select! {
                read = client.read(&mut asked) => (true, read),
                read = server.read(&mut answered) => (false, read),
            };
            let Ok(count @ 1..) = count else { return };
            let carried = if from_client {
                if !self.comes_through(&asked[..count]) {
                    return;
                }
                server.write_all(&asked[..count]).await
            } else {
                client.write_all(&answered[..count]).await
            };
            if carried.is_err() {
                return;
            }
        }
    }

    /// A request's head is in what is read first of it.
    fn comes_through(&self, asked: &[u8]) -> bool {
        let text = String::from_utf8_lossy(asked);
        let mut state = self.state.lock();
        for (_, rest) in text
            .match_indices("DynamoDB_20120810.")
            .map(|(at, name)| text.split_at(at + name.len()))
        {
            let call: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
            state.calls.push(call.clone());
            if let Some((cut, left)) = &mut state.cut
                && *cut == call
            {
                if *left == 0 {
                    return false;
                }
                *left -= 1;
            }
        }
        true
    }

    /// Lets so many such calls through, and then none until it is mended.
    pub fn cut_after(&self, call: &'static str, count: usize) {
        self.state.lock().cut = Some((call, count));
    }

    pub fn mend(&self) {
        self.state.lock().cut = None;
    }

    /// What was called since this was asked before.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().calls)
    }
}
