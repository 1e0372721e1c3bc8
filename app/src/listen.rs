//! The socket that the server listens on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "Port {port} is taken by another program, perhaps by another Grandstand. Stop it, or choose another port with PORT or --port."
    )]
    Taken { port: u16 },
    #[error(
        "Only an administrator may listen on port {port}. Choose one above 1023 with PORT, and put a proxy in front."
    )]
    Forbidden { port: u16 },
    #[error(
        "This machine has no network interface with the address {address}. Correct BIND_ADDRESS."
    )]
    NoSuchAddress { address: IpAddr },
    #[error("Couldn't listen on {address}: {source}. Look at BIND_ADDRESS and PORT.")]
    Other {
        address: SocketAddr,
        source: io::Error,
    },
}

/// Listens on every interface for `::`, also where there is no IPv6. To be called within a tokio runtime.
///
/// # Errors
/// If the port or the address can't be had.
pub fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    let everywhere = address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let bound = match http_api::listen(address) {
        Err(error) if everywhere && lacks_ipv6(&error) => http_api::listen(SocketAddr::new(
            Ipv4Addr::UNSPECIFIED.into(),
            address.port(),
        )),
        bound => bound,
    };
    bound.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::Taken {
            port: address.port(),
        },
        io::ErrorKind::PermissionDenied => ListenError::Forbidden {
            port: address.port(),
        },
        io::ErrorKind::AddrNotAvailable => ListenError::NoSuchAddress {
            address: address.ip(),
        },
        _ => ListenError::Other { address, source },
    })
}

fn lacks_ipv6(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    error.kind() == io::ErrorKind::AddrNotAvailable || code == Some(nix::libc::EAFNOSUPPORT)
}
