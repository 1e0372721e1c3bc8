//! The made-up AoE4World on a port of its own, which only this machine reaches.

use std::net::{Ipv4Addr, SocketAddr};

use kernel::Clock;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{AoE4World, router};

/// Serves until it is told to stop.
pub struct StandIn {
    pub world: AoE4World,
    /// Without a slash at its end.
    pub url: String,
    pub serving: JoinHandle<()>,
}

impl StandIn {
    /// # Errors
    /// If no port can be had.
    pub async fn start(
        world: AoE4World,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> std::io::Result<Self> {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(anywhere).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let serving = axum::serve(listener, router(world.clone(), clock))
            .with_graceful_shutdown(shutdown.cancelled_owned());
        let serving = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the made-up AoE4World is gone");
            }
        });
        Ok(Self {
            world,
            url,
            serving,
        })
    }
}
