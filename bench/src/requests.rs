//! Requests that are written out before the clock starts.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A request for what is at this path, by whoever has this access token.
pub fn get(path: &str, access_token: Option<&str>) -> String {
    let authorization = access_token.map_or_else(String::new, |token| {
        format!("authorization: Bearer {token}\r\n")
    });
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}\r\n")
}

/// A request to put this JSON there.
pub fn put(path: &str, access_token: &str, body: &str) -> String {
    format!(
        "PUT {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {access_token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Many requests, one after the other in one piece of memory, handed out to all connections in turn.
#[derive(Debug, Default)]
pub struct Requests {
    text: Vec<u8>,
    ends: Vec<usize>,
    next: AtomicUsize,
    /// Whether the first follows the last; else each is sent once.
    repeats: bool,
}

impl Requests {
    pub fn repeated() -> Self {
        Self {
            repeats: true,
            ..Self::default()
        }
    }

    pub fn once() -> Self {
        Self::default()
    }

    pub fn get(paths: impl IntoIterator<Item = String>) -> Self {
        let mut requests = Self::repeated();
        for path in paths {
            requests.add(get(&path, None).as_bytes());
        }
        requests
    }

    pub fn add(&mut self, request: &[u8]) {
        self.text.extend_from_slice(request);
        self.ends.push(self.text.len());
    }

    /// The next request, unless all have been sent.
    pub fn take(&self) -> Option<&[u8]> {
        let count = self.ends.len();
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        if count == 0 || (place >= count && !self.repeats) {
            return None;
        }
        let place = place % count;
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        Some(&self.text[start..self.ends[place]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_come_in_turn() {
        let mut requests = Requests::once();
        requests.add(b"one");
        requests.add(b"two");
        let taken: Vec<_> = std::iter::from_fn(|| requests.take()).collect();
        assert_eq!(taken, [&b"one"[..], b"two"]);

        let requests = Requests::get(["/a".to_owned(), "/b".to_owned()]);
        let first = requests.take().unwrap().to_vec();
        requests.take().unwrap();
        assert_eq!(requests.take().unwrap(), first);
    }
}
