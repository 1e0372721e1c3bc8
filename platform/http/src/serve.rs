//! The accept loop and the life of a connection. Every wait has an end: for a request's head, for a client that
//! doesn't read its answer, for connections at shutdown; and there are never more connections than configured.
//!
//! This is axum's own loop less what costs each request something, plus those bounds.

mod connection;
mod timer;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use connection::Connections;

/// Connections that may wait to be accepted: thousands of spectators may come at once.
const BACKLOG: u32 = 4096;
/// After a failed accept, such as for want of file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);
const LOG_AGAIN: Duration = Duration::from_secs(1);

/// How connections are kept.
#[derive(Clone, Copy, Debug)]
pub struct ServeConfig {
    /// For a client to send the whole head of a request, counted from the end of the last answer: so it bounds idle
    /// connections, too. Longer than a load balancer's own limit, or that may use one that is just being closed.
    pub header_timeout: Duration,
    /// For a client to take some of an answer.
    pub write_timeout: Duration,
    /// Connections at once. When they are all in use, further ones wait in the kernel.
    pub maximum_connections: usize,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
            maximum_connections: 25_000,
        }
    }
}

/// Listens on `address`, with a long queue of those who wait. To be called within a tokio runtime.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restarted server needn't wait for the old one's connections to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `shutdown`. Then takes no more connections, lets requests that are under way end, and after `drain`
/// cuts off what is left.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: ServeConfig,
    shutdown: CancellationToken,
    drain: Duration,
) {
    let connections = Arc::new(Connections::new(router, &config));
    let tasks = TaskTracker::new();
    let mut acceptor = Acceptor::new(listener, config.maximum_connections);
    while let Some(accepted) = shutdown.run_until_cancelled(acceptor.accept()).await {
        let (stream, peer, permit) = accepted;
        let connections = Arc::clone(&connections);
        tasks.spawn(async move {
            connections.serve(stream, peer).await;
            drop(permit);
        });
    }
    drop(acceptor);
    tasks.close();
    connections.finish();
    if tokio::time::timeout(drain, tasks.wait()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "connections cut off");
        connections.abort();
        tasks.wait().await;
    }
}

/// Takes connections, one for each permit.
struct Acceptor {
    listener: TcpListener,
    permits: Arc<Semaphore>,
    last_logged: Option<Instant>,
}

impl Acceptor {
    fn new(listener: TcpListener, connections: usize) -> Self {
        let permits = connections.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            listener,
            permits: Arc::new(Semaphore::new(permits)),
            last_logged: None,
        }
    }

    async fn accept(&mut self) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
        loop {
            let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else {
                // The semaphore is never closed.
                std::future::pending().await
            };
            match self.listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, permit),
                Err(error) if is_about_the_client(&error) => {}
                Err(error) => {
                    self.log(&error);
                    sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    }

    fn log(&mut self, error: &io::Error) {
        if self.last_logged.is_none_or(|at| at.elapsed() >= LOG_AGAIN) {
            self.last_logged = Some(Instant::now());
            tracing::error!(cause = %error, "can't accept connections");
        }
    }
}

/// The client was gone before it was accepted.
fn is_about_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

#[cfg(test)]
mod tests;
