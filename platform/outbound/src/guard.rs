//! Where an address that a user gave may lead: to the public internet, and to networks that the configuration allows.
//!
//! Invariant: what is checked is what is connected to. A name is resolved once per connection, by [`Guard`] itself, so
//! that an answer that changes (DNS rebinding) is checked each time; a literal address is checked before the call.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use kernel::Networks;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// All addresses of the name, or of the literal, are off limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address doesn't lead to the public internet")]
pub struct Forbidden;

type Found = std::io::Result<Vec<IpAddr>>;
type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, Found> + Send + Sync>;

/// Decides where calls may go.
#[derive(Clone)]
pub struct Guard {
    allowed: Networks,
    /// Whether the public internet may be called too.
    public: bool,
    lookup: Lookup,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Guard")
            .field("allowed", &self.allowed)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// The public internet, and these networks.
    pub fn public_and(allowed: Networks) -> Self {
        Self {
            allowed,
            public: true,
            lookup: Arc::new(|name| Box::pin(system_lookup(name))),
        }
    }

    /// These networks only.
    pub fn only(allowed: Networks) -> Self {
        Self {
            public: false,
            ..Self::public_and(allowed)
        }
    }

    pub fn permits_anything(&self) -> bool {
        self.public || !self.allowed.is_empty()
    }

    pub fn permits(&self, address: IpAddr) -> bool {
        // `::ffff:127.0.0.1` is 127.0.0.1, to the machine too.
        let address = address.to_canonical();
        self.allowed.contains(address) || (self.public && is_public(address))
    }

    /// Refuses a literal address that is off limits: those are never resolved.
    pub fn check_literal(&self, url: &Url) -> Result<(), Forbidden> {
        let host = url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) if !self.permits(address) => Err(Forbidden),
            _ => Ok(()),
        }
    }

    async fn addresses(&self, name: &str) -> Result<Vec<SocketAddr>, Failure> {
        let found = (self.lookup)(name.to_owned()).await?;
        let permitted: Vec<SocketAddr> = found
            .into_iter()
            .filter(|address| self.permits(*address))
            // The port is the URL's.
            .map(|address| SocketAddr::new(address, 0))
            .collect();
        if permitted.is_empty() {
            return Err(Forbidden.into());
        }
        Ok(permitted)
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = guard.addresses(name.as_str()).await?;
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

async fn system_lookup(name: String) -> Found {
    let found = tokio::net::lookup_host((name, 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Whether the address is one that anybody on the internet may reach, and that reaches somebody else: by IANA's
/// registries of special-purpose addresses (RFC 6890), and by what clouds keep their metadata at.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    !(first == 0
        || first == 127
        || first >= 224
        || address.is_private()
        || address.is_link_local()
        // Shared by carriers (RFC 6598), where Alibaba keeps its metadata too.
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && (third == 0 || third == 2))
        // 6to4 relays.
        || (first == 192 && second == 88 && third == 99)
        || (first == 198 && (18..20).contains(&second))
        || (first == 198 && second == 51 && third == 100)
        || (first == 203 && second == 0 && third == 113)
        // Azure's metadata and health checks.
        || address == Ipv4Addr::new(168, 63, 129, 16))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let inner = match segments {
        // IPv4 in other clothes: compatible, NAT64 (RFC 6052), 6to4 (RFC 3056).
        [0, 0, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some((high, low)),
        [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = inner {
        let bits = u32::from(high) << 16 | u32::from(low);
        return is_public_v4(Ipv4Addr::from_bits(bits));
    }
    // Only 2000::/3 is given out. In it: Teredo and ORCHID (2001::/23), documentation (2001:db8::/32, 3fff::/20).
    segments[0] & 0xe000 == 0x2000
        && !(segments[0] == 0x2001 && segments[1] < 0x200)
        && !(segments[0] == 0x2001 && segments[1] == 0xdb8)
        && !(segments[0] == 0x3fff && segments[1] < 0x1000)
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;

    fn networks(text: &str) -> Networks {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_public_is_refused() {
        let guard = Guard::public_and(Networks::default());
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!guard.permits(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "9.9.9.9",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
            "::ffff:1.1.1.1",
        ] {
            assert!(guard.permits(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_the_configuration_allows_may_be_called() {
        let home = networks("10.1.0.0/16, ::1");
        for guard in [Guard::public_and(home.clone()), Guard::only(home)] {
            assert!(guard.permits("10.1.2.3".parse().unwrap()));
            assert!(guard.permits("::ffff:10.1.2.3".parse().unwrap()));
            assert!(guard.permits("::1".parse().unwrap()));
            assert!(!guard.permits("10.2.0.1".parse().unwrap()));
            assert_eq!(guard.permits("1.1.1.1".parse().unwrap()), guard.public);
        }
    }

    #[test]
    fn literals_are_seen_through_in_every_spelling() {
        let guard = Guard::public_and(Networks::default());
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://[::1]:8443/",
            "https://[::ffff:7f00:1]/",
            "https://10.0.0.1./",
            "https://user@169.254.169.254/",
            "https://①②⑦.0.0.1/",
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(guard.check_literal(&url), Err(Forbidden), "{url}");
        }
        for url in [
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
            "https://example.org/",
        ] {
            assert_eq!(
                guard.check_literal(&Url::parse(url).unwrap()),
                Ok(()),
                "{url}"
            );
        }
    }

    #[tokio::test]
    async fn each_look_at_a_name_is_checked_by_itself() {
        let answers = Mutex::new(vec![
            vec!["127.0.0.1", "10.0.0.1"],
            vec!["127.0.0.1", "1.1.1.1"],
            vec!["1.1.1.1"],
        ]);
        let lookup: Lookup = Arc::new(move |_| {
            let found = answers.lock().pop().unwrap();
            Box::pin(async move { Ok(found.iter().map(|text| text.parse().unwrap()).collect()) })
        });
        let guard = Guard {
            lookup,
            ..Guard::public_and(Networks::default())
        };
        let public: Vec<SocketAddr> = vec!["1.1.1.1:0".parse().unwrap()];
        assert_eq!(guard.addresses("rebinding.example").await.unwrap(), public);
        assert_eq!(guard.addresses("rebinding.example").await.unwrap(), public);
        let error = guard.addresses("rebinding.example").await.unwrap_err();
        assert!(error.is::<Forbidden>(), "{error}");
    }
}
