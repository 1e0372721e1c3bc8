//! How much of a body is read. hyper holds a body to its Content-Length, so one that is declared is judged by that;
//! only one of unknown length is counted while it is read.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt as _, Limited};
use kernel::ErrorKind;

use crate::ApiError;

/// What is read of a body that is refused. A client that is still sending when the connection closes may see
/// that, and not the answer.
const DISCARDED: usize = 8 * 1024 * 1024;

pub(super) enum Size {
    Fits,
    TooLarge,
}

/// Judges the declared length, and has an undeclared one counted.
pub(super) fn limit(request: &mut Request<Body>, limit: usize) -> Size {
    let hint = request.body().size_hint();
    let declared = declared(request.headers()).max(hint.lower());
    if declared > limit as u64 {
        return Size::TooLarge;
    }
    if hint.exact().is_none() {
        let body = std::mem::take(request.body_mut());
        let patient = Patient {
            inner: body,
            left: limit,
            discardable: DISCARDED,
            excess: None,
        };
        *request.body_mut() = Body::new(Limited::new(patient, limit));
    }
    Size::Fits
}

fn declared(headers: &HeaderMap) -> u64 {
    let length = headers.get(header::CONTENT_LENGTH);
    length
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

/// Reads what the client is sending, so that it gets to see the answer. A client that waits for a
/// `100 Continue` isn't sending anything: it must not be told to begin.
pub(super) async fn discard(body: Body, headers: &HeaderMap) {
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let mut body = Limited::new(body, DISCARDED);
    while let Some(Ok(_)) = body.frame().await {}
}

pub(super) fn too_large(limit: usize) -> ApiError {
    ApiError::new(
        ErrorKind::TooLarge,
        "body_too_large",
        format!("The request body is too large: at most {limit} bytes are taken."),
    )
}

/// A body that, once it is over its limit, reads on before it hands out the frame that went too far,
/// for the same reason as [`discard`]. [`Limited`] around it makes the error that axum's extractors know.
struct Patient {
    inner: Body,
    /// What may still come before the limit.
    left: usize,
    /// What may still be read in vain.
    discardable: usize,
    /// The frame that went too far.
    excess: Option<Frame<Bytes>>,
}

impl http_body::Body for Patient {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        loop {
            let next = ready!(Pin::new(&mut self.inner).poll_frame(context));
            let length = match &next {
                Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
                Some(Err(_)) | None => 0,
            };
            if self.excess.is_none() {
                match self.left.checked_sub(length) {
                    Some(left) => {
                        self.left = left;
                        return Poll::Ready(next);
                    }
                    None => self.excess = next.and_then(Result::ok),
                }
            } else {
                let more = matches!(next, Some(Ok(_)));
                match self.discardable.checked_sub(length) {
                    Some(left) if more => self.discardable = left,
                    _ => return Poll::Ready(self.excess.take().map(Ok)),
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.excess.is_none() && self.inner.is_end_stream()
    }
}
