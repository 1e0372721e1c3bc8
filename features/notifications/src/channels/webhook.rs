//! A user's own webhook: a signed POST (see [`crate::model::signature`]) to an address on the public internet.

use std::time::Duration;

use jiff::Timestamp;
use outbound::Request;

use super::unanswered;
use crate::Undelivered;
use crate::model::signature::SigningSecret;

pub struct Call<'a> {
    pub url: &'a str,
    pub secret: &'a SigningSecret,
    /// Stays the same when it is sent again, so that the receiver can tell.
    pub id: &'a str,
    pub body: Vec<u8>,
    /// The status must be there by then; the body is never read.
    pub timeout: Duration,
}

pub async fn post(
    outside: &outbound::Client,
    call: Call<'_>,
    now: Timestamp,
) -> Result<(), Undelivered> {
    let headers = call.secret.headers(call.id, now, &call.body);
    let request = Request::post(call.url)
        .body(call.body, "application/json")
        .foreign()
        .without_body()
        .timeout(call.timeout)
        // The job tries again, and notes each attempt.
        .retries(0);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    let answer = match outside.send(request).await {
        Ok(answer) => answer,
        Err(error) => return Err(unanswered("The webhook", &error)),
    };
    let status = answer.status.as_u16();
    match status {
        200..300 => Ok(()),
        300..400 => Err(Undelivered::Refused(format!(
            "The webhook answered with a redirect ({status}), which is not followed. Give its final address."
        ))),
        410 => Err(Undelivered::Closed(
            "The webhook said that it is gone (410).".to_owned(),
        )),
        _ => Err(Undelivered::Later {
            reason: format!("The webhook answered with status {status}."),
            after: answer.retry_after,
        }),
    }
}
