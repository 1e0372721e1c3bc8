use accounts::MaybeUser;
use axum::extract::State;
use axum::response::Response;
use http_api::{ApiError, ApiQuery, ApiResult, ErrorBody};
use kernel::FieldError;
use live::{InboxTopic, InboxTopics};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::events::Events;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Query {
    /// Some of `presence`, `jobs` and `notifications`, separated by commas; all of them if left out.
    #[param(example = "jobs,notifications")]
    topics: Option<String>,
    /// From `POST /events/ticket`, in place of the header `Authorization`, which a browser's EventSource can't send.
    ticket: Option<String>,
}

/// Watch my own events
///
/// Server-Sent Events about the caller: `event: presence`, `event: job`, `event: notification`, each with the thing as
/// JSON. The stream begins with `event: resync`, which comes again when something may have been missed: read anew what
/// you show, and go on from there. Where an event would be too long, its data are `{"id": …, "readAgain": true}`.
///
/// The stream ends when the access token expires, the device is signed out or the account deleted. A ticket opens one
/// stream: to come back, ask for another. A browser's EventSource that comes back by itself is answered 401, and stops.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "watchEvents",
    tag = "Live events",
    security(("user" = [])),
    params(Query),
    responses(
        (status = 200, description = "The stream; when the server is full, one that ends at once with a `retry:`",
         content_type = "text/event-stream", body = String),
        (status = 401, description = "`unauthenticated`, `invalid_token`, `token_expired`, `session_ended` or \
          `invalid_ticket`", body = ErrorBody),
        (status = 422, description = "`validation_failed`: a topic that there isn't", body = ErrorBody),
    ),
)]
pub(super) async fn watch_events(
    MaybeUser(user): MaybeUser,
    State(events): State<Events>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Response> {
    // First: a mistake there must not cost the ticket.
    let topics = topics(query.topics.as_deref())?;
    let user = match query.ticket {
        Some(ticket) => events.redeem(&ticket).await?,
        None => user.ok_or(accounts::Error::Unauthenticated)?,
    };
    Ok(events.open(user, topics).await?)
}

fn topics(asked: Option<&str>) -> Result<InboxTopics, ApiError> {
    let Some(asked) = asked else {
        return Ok(InboxTopic::ALL.into_iter().collect());
    };
    let find = |name: &str| {
        let mut known = InboxTopic::ALL.into_iter();
        known.find(|topic| topic.name() == name.trim())
    };
    asked
        .split(',')
        .map(find)
        .collect::<Option<InboxTopics>>()
        .ok_or_else(|| {
            let known = InboxTopic::ALL.map(InboxTopic::name).join(", ");
            let message = format!("must be some of {known}, separated by commas");
            ApiError::invalid(vec![FieldError::new("topics", message)])
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_some_of_those_that_there_are() {
        let all: InboxTopics = InboxTopic::ALL.into_iter().collect();
        assert_eq!(topics(None).unwrap(), all);
        assert_eq!(
            topics(Some("notifications, jobs,presence,jobs")).unwrap(),
            all
        );
        let jobs = topics(Some("jobs")).unwrap();
        assert!(jobs.contains(InboxTopic::Jobs) && !jobs.contains(InboxTopic::Presence));
        for bad in ["", ",", "job", "jobs,", "JOBS", "jobs;presence", "all"] {
            assert!(topics(Some(bad)).is_err(), "{bad}");
        }
    }
}
