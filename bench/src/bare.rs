//! The ceilings: what axum does by itself, written as one would write it first.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::net::TcpSocket;
use tokio::sync::broadcast::{self, error::RecvError};

/// The length of the body that the bare handler answers.
const BODY_BYTES: usize = 984;

/// Answers the same JSON to everybody.
pub async fn serve_body(address: SocketAddr) -> Result<()> {
    let text = format!("{{\"padding\":\"{}\"}}", "x".repeat(BODY_BYTES - 14));
    let body = Bytes::from(text);
    let handler = async move || ([(CONTENT_TYPE, "application/json")], body);
    serve(address, Router::new().route("/", get(handler))).await
}

#[derive(Clone)]
struct FanOut {
    events: broadcast::Sender<Arc<str>>,
    padding: Arc<str>,
}

/// `POST /{score}` sends an event to everyone who is at `GET /`.
pub async fn serve_events(address: SocketAddr, event_bytes: usize) -> Result<()> {
    let (events, _) = broadcast::channel(64);
    let state = FanOut {
        events,
        padding: "x".repeat(event_bytes.saturating_sub(80)).into(),
    };
    let router = Router::new()
        .route("/", get(watch))
        .route("/{score}", post(publish))
        .with_state(state);
    serve(address, router).await
}

async fn publish(State(state): State<FanOut>, Path(score): Path<u64>) -> impl IntoResponse {
    let data = format!("{{\"score\":{score},\"padding\":\"{}\"}}", state.padding);
    // Nobody may be there yet.
    let _ = state.events.send(data.into());
    "{}"
}

async fn watch(State(state): State<FanOut>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = unfold(state.events.subscribe(), async |mut events| {
        loop {
            match events.recv().await {
                Ok(data) => {
                    let event = Event::default().event("leaderboard").data(&*data);
                    return Some((Ok(event), events));
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn serve(address: SocketAddr, router: Router) -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(axum::serve(socket.listen(8192)?, router).await?)
}
