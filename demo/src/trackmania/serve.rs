//! The made-up Trackmania on a port of its own, which only this machine reaches. All of its services are at one address: no two
//! have a path in common.

use std::net::{Ipv4Addr, SocketAddr};

use kernel::Clock;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Calls, Conduct, Trackmania, router};

/// Serves until it is told to stop.
pub struct StandIn {
    pub world: Trackmania,
    /// Without a slash at its end.
    pub url: String,
    pub calls: Calls,
    pub serving: JoinHandle<()>,
}

impl StandIn {
    /// # Errors
    /// If no port can be had.
    pub async fn start(
        world: Trackmania,
        conduct: Conduct,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> std::io::Result<Self> {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(anywhere).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let calls = Calls::default();
        let router = router(world.clone(), conduct, calls.clone(), clock);
        let serving =
            axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned());
        let serving = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the made-up Trackmania is gone");
            }
        });
        Ok(Self {
            world,
            url,
            calls,
            serving,
        })
    }
}
