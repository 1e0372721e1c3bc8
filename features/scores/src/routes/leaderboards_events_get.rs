use accounts::MaybeUser;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use http_api::{ApiPath, ApiQuery, ApiResult, ClientIp, ErrorBody};
use kernel::Tag;
use live::Holder;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Scores;
use crate::boards::{BoardError, feed, snapshot};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Query {
    /// What a page that was loaded anew saw last: browsers send the header `Last-Event-ID` only by themselves.
    last_event_id: Option<String>,
}

/// Watch a leaderboard
///
/// Server-Sent Events: `event: leaderboard`, `id: <version>`, and as data the top 10 with what has changed in
/// it. A snapshot comes at once, unless `Last-Event-ID` is current; then an event each time the top 10 has
/// changed, at most one in 100 ms. `changes` tells the players whose place or score there is another: `rank`
/// is null for one who is gone, `previousRank` for one who wasn't among the first ten.
#[utoipa::path(
    get,
    path = "/api/v1/leaderboards/{id}/events",
    operation_id = "watchLeaderboard",
    tag = "Live events",
    security(()),
    params(
        ("id" = Tag, Path, description = "The leaderboard", example = "global"),
        ("Last-Event-ID" = Option<String>, Header, description = "The version that was seen last"),
        Query,
    ),
    responses(
        (status = 200, description = "The stream; when the server is full, one that ends at once with a `retry:`",
         content_type = "text/event-stream", body = String),
        (status = 404, description = "`leaderboard_not_found`", body = ErrorBody),
    ),
)]
pub(super) async fn watch_leaderboard(
    MaybeUser(user): MaybeUser,
    State(scores): State<Scores>,
    ClientIp(address): ClientIp,
    ApiPath(id): ApiPath<Tag>,
    ApiQuery(query): ApiQuery<Query>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let board = match scores.boards.get(id.as_str()) {
        // Browsers never come back after a 503.
        Err(BoardError::Loading) => return Ok(live::overloaded()),
        board => board?,
    };
    let holder = user.map_or_else(|| Holder::address(address), |user| Holder::User(user.id));
    let session = user.and_then(|user| user.session);
    let Some(permit) = scores.capacity.try_enter(holder, session) else {
        return Ok(live::overloaded());
    };
    // Subscribed before the board is read, so that no change falls between the two.
    let Ok(topic) = feed(&board, &scores.names) else {
        return Ok(live::overloaded());
    };
    let mut subscription = topic.subscribe();
    let seen = live::last_event_id(&headers)
        .or_else(|| live::parse_last_event_id(query.last_event_id.as_deref()?));
    let version = board.read(|version, _| version.unsigned_abs())?;
    if seen != Some(version) || !subscription.resume(seen, version) {
        let (version, event) = snapshot(&board, &scores.names).await?;
        subscription.start_with(version, event);
    }
    Ok(scores.streams.respond(subscription, permit, None))
}
