//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::error::Error as _;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::future::RouteFuture;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutWriter;
use tokio_util::sync::CancellationToken;
use tower::Service as _;

use super::ServeConfig;
use super::timer::ConnectionTimer;

/// Bytes that are buffered of a connection each way, and the most that a head may have: larger ones are
/// answered with 431.
const BUFFER: usize = 32 * 1024;

/// What all connections share.
pub(super) struct Connections {
    router: Router,
    header_timeout: Duration,
    write_timeout: Duration,
    /// Set before `finish` is cancelled.
    finishing: AtomicBool,
    finish: CancellationToken,
    abort: CancellationToken,
    active: metrics::Gauge,
    stalled: metrics::Counter,
}

impl Connections {
    pub(super) fn new(router: Router, config: &ServeConfig) -> Self {
        Self {
            router,
            header_timeout: config.header_timeout,
            write_timeout: config.write_timeout,
            finishing: AtomicBool::new(false),
            finish: CancellationToken::new(),
            abort: CancellationToken::new(),
            active: metrics::gauge!("http_connections_active"),
            stalled: metrics::counter!("connections_stalled_total"),
        }
    }

    /// Asks every connection to end after the request that it is serving.
    pub(super) fn finish(&self) {
        self.finishing.store(true, Ordering::Release);
        self.finish.cancel();
    }

    /// Drops every connection.
    pub(super) fn abort(&self) {
        self.abort.cancel();
    }

    pub(super) async fn serve(&self, stream: TcpStream, peer: SocketAddr) {
        // Small answers and events must not wait for each other's acknowledgements.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutWriter::new(stream);
        stream.set_timeout(Some(self.write_timeout));
        let service = Peered {
            router: self.router.clone(),
            peer,
        };
        let connection = http1::Builder::new()
            .timer(ConnectionTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        self.active.increment(1.0);
        let outcome = self.run(connection).await;
        self.active.decrement(1.0);
        // All else is a client that left or that doesn't speak HTTP.
        if outcome.is_err_and(|error| is_stalled(&error)) {
            self.stalled.increment(1);
        }
    }

    async fn run<C: Conclude>(&self, connection: C) -> hyper::Result<()> {
        let mut connection = pin!(connection);
        let mut finish = pin!(self.finish.cancelled());
        let mut listening = false;
        let finished = poll_fn(|context| {
            if let Poll::Ready(outcome) = connection.as_mut().poll(context) {
                return Poll::Ready(Some(outcome));
            }
            // A token's lock is shared by all connections, so this asks it once to wake this task, whose waker never
            // changes, rather than at each of its many turns.
            if (!listening || self.finishing.load(Ordering::Acquire))
                && finish.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(None);
            }
            listening = true;
            Poll::Pending
        })
        .await;
        if let Some(outcome) = finished {
            return outcome;
        }
        connection.as_mut().finish();
        self.abort
            .run_until_cancelled(connection)
            .await
            .unwrap_or(Ok(()))
    }
}

/// hyper's connection, without the long name of its type.
trait Conclude: Future<Output = hyper::Result<()>> {
    fn finish(self: Pin<&mut Self>);
}

impl Conclude for http1::Connection<TokioIo<Pin<Box<TimeoutWriter<TcpStream>>>>, Peered> {
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// The client took nothing of its answer for too long.
fn is_stalled(error: &hyper::Error) -> bool {
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::TimedOut)
}

/// The router, told who is calling.
struct Peered {
    router: Router,
    peer: SocketAddr,
}

impl hyper::service::Service<Request<Incoming>> for Peered {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.router.clone().call(request)
    }
}
