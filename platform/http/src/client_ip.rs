//! Who is calling, by address. `X-Forwarded-For` is what anybody may write, so it is read from the right, and only
//! for as long as what stands there was written by a proxy that the configuration trusts.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName};
use kernel::Networks;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address: the socket's, or what trusted proxies say. `0.0.0.0` where there is no socket, as in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl ClientIp {
    pub(crate) const UNKNOWN: Self = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

    /// What limits count by: an IPv6 caller owns a whole /64 and may change its address at will.
    pub fn subnet(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
                address.to_bits() & !u128::from(u64::MAX),
            )),
        }
    }

    /// The address of a request with this socket peer and these headers. What the `trusted` proxies say is believed.
    pub fn of(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> Self {
        let mut client = peer.to_canonical();
        if !trusted.contains(client) {
            return Self(client);
        }
        let lines = headers.get_all(FORWARDED_FOR);
        // Several headers mean the same as one whose parts are joined, so the last one is the nearest.
        for line in lines.iter().rev() {
            for part in line.as_bytes().rsplit(|&byte| byte == b',') {
                let Some(address) = forwarded_address(part) else {
                    return Self(client);
                };
                client = address;
                if !trusted.contains(client) {
                    return Self(client);
                }
            }
        }
        Self(client)
    }
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`; nothing for `unknown` and other words.
fn forwarded_address(part: &[u8]) -> Option<IpAddr> {
    let part = str::from_utf8(part).ok()?.trim().trim_matches('"');
    let address = if let Ok(address) = part.parse::<IpAddr>() {
        address
    } else if let Ok(address) = part.parse::<SocketAddr>() {
        address.ip()
    } else {
        part.strip_prefix('[')?
            .strip_suffix(']')?
            .parse::<Ipv6Addr>()
            .ok()?
            .into()
    };
    Some(address.to_canonical())
}

impl<S: Send + Sync> FromRequestParts<S> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Self>().copied();
        Ok(known
            .or_else(|| peer(&parts.extensions).map(Self))
            .unwrap_or(Self::UNKNOWN))
    }
}

/// The address at the other end of the socket.
pub(crate) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip().to_canonical())
}

#[cfg(test)]
mod tests;
