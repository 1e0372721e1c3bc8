//! Reads HTTP/1.1 answers with as little work as can be: the load generator shares the processor with what it
//! measures.

use std::io;

use memchr::memmem::find;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// One connection's answers, one after the other.
#[derive(Debug)]
pub struct Responses {
    buffer: Vec<u8>,
    filled: usize,
}

/// An answer: its status, and where its body lies in [`Responses::body`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    body: (usize, usize),
}

impl Responses {
    pub fn new() -> Self {
        Self {
            buffer: vec![0; 16 * 1024],
            filled: 0,
        }
    }

    /// Reads one answer whole. What was read before is gone.
    pub async fn read(&mut self, stream: &mut TcpStream) -> io::Result<Response> {
        self.filled = 0;
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
            let count = stream.read(&mut self.buffer[self.filled..]).await?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.filled += count;
            if let Some(response) = parse(&self.buffer[..self.filled])? {
                return Ok(response);
            }
        }
    }

    pub fn body(&self, response: Response) -> &[u8] {
        &self.buffer[response.body.0..response.body.1]
    }
}

/// The answer at the start of `bytes`, if all of it is there.
fn parse(bytes: &[u8]) -> io::Result<Option<Response>> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = &bytes[..end];
    let unexpected = || io::Error::other("not an HTTP/1.1 answer with a content-length");
    let status = head
        .get(9..12)
        .and_then(|digits| str::from_utf8(digits).ok()?.parse().ok())
        .ok_or_else(unexpected)?;
    const LENGTH: &[u8] = b"\r\ncontent-length: ";
    let length = &head[find(head, LENGTH).ok_or_else(unexpected)? + LENGTH.len()..];
    let length: usize = length
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    let start = end + 4;
    let whole = bytes.len() >= start + length;
    Ok(whole.then_some(Response {
        status,
        body: (start, start + length),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_once_it_is_whole() {
        let text = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\ndate: x\r\n\r\nhi";
        for length in 0..text.len() {
            assert_eq!(parse(&text[..length]).unwrap(), None);
        }
        let response = parse(text).unwrap().unwrap();
        assert_eq!(
            (response.status, &text[response.body.0..response.body.1]),
            (200, &b"hi"[..])
        );
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
