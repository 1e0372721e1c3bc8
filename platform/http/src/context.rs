//! What belongs to the request being served, for log lines and error bodies: its id, and its user once known.
//! A task-local rather than a tracing span, so that it costs nothing where nothing is logged.

use std::cell::Cell;

use uuid::Uuid;

tokio::task_local! {
    static CONTEXT: Context;
}

#[derive(Debug)]
pub(crate) struct Context {
    request_id: String,
    user: Cell<Option<Uuid>>,
}

/// Runs a request's future with its own context.
pub(crate) async fn scope<F: Future>(request_id: String, future: F) -> F::Output {
    let context = Context {
        request_id,
        user: Cell::new(None),
    };
    CONTEXT.scope(context, future).await
}

/// The id of the request being served; empty outside of one.
pub fn request_id() -> String {
    CONTEXT
        .try_with(|context| context.request_id.clone())
        .unwrap_or_default()
}

/// The user on whose behalf the request runs, once known.
pub fn user() -> Option<Uuid> {
    CONTEXT.try_with(|context| context.user.get()).ok().flatten()
}

/// Says who is calling, for every log line of this request from here on.
pub fn set_user(user: Uuid) {
    let _ = CONTEXT.try_with(|context| context.user.set(Some(user)));
}
