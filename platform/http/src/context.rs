//! What belongs to the request being served, for log lines and error bodies: its id, and its user once known.
//! A task-local rather than a tracing span, so that it costs nothing where nothing is logged.

use std::cell::Cell;

use http::HeaderValue;
use uuid::Uuid;

tokio::task_local! {
    static CONTEXT: Context;
}

#[derive(Debug)]
struct Context {
    /// As the header that carries it: shared with the request and the answer rather than copied.
    request_id: HeaderValue,
    user: Cell<Option<Uuid>>,
}

/// Runs a request's future with its own context. Ids are visible ASCII.
pub(crate) fn scope<F: Future>(
    request_id: HeaderValue,
    future: F,
) -> impl Future<Output = F::Output> + use<F> {
    let context = Context {
        request_id,
        user: Cell::new(None),
    };
    CONTEXT.scope(context, future)
}

/// Lends the id and the user of the request being served; neither outside of one.
pub(crate) fn with<R>(look: impl FnOnce(Option<(&str, Option<Uuid>)>) -> R) -> R {
    let seen = CONTEXT
        .try_with(|context| (context.request_id.clone(), context.user.get()))
        .ok();
    look(
        seen.as_ref()
            .map(|(id, user)| (id.to_str().unwrap_or_default(), *user)),
    )
}

/// The id of the request being served; empty outside of one.
pub fn request_id() -> String {
    with(|request| request.map_or_else(String::new, |(id, _)| id.to_owned()))
}

/// The user on whose behalf the request runs, once known.
pub fn user() -> Option<Uuid> {
    CONTEXT
        .try_with(|context| context.user.get())
        .ok()
        .flatten()
}

/// Says who is calling, for every log line of this request from here on.
pub fn set_user(user: Uuid) {
    let _ = CONTEXT.try_with(|context| context.user.set(Some(user)));
}
