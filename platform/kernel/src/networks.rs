use std::net::IpAddr;
use std::str::FromStr;

/// Blocks of addresses, as configuration names them: `10.0.0.0/8, 127.0.0.1, 2001:db8::/32`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<Network>);

/// IPv4 lies at `::ffff:0:0/96`, so that one comparison serves both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    bits: u128,
    mask: u128,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an address nor a network such as 10.0.0.0/8")]
pub struct NetworksError(String);

impl Networks {
    pub fn contains(&self, address: IpAddr) -> bool {
        // Most lists are empty, and cost nothing.
        !self.0.is_empty() && {
            let bits = mapped(address);
            self.0
                .iter()
                .any(|network| bits & network.mask == network.bits)
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl FromStr for Networks {
    type Err = NetworksError;

    fn from_str(list: &str) -> Result<Self, NetworksError> {
        list.split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .map(|entry| network(entry).ok_or_else(|| NetworksError(entry.to_owned())))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn network(entry: &str) -> Option<Network> {
    let (address, prefix) = match entry.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (entry, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let width: u32 = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|&prefix| prefix <= width)?
        }
        Some(_) => return None,
        None => width,
    };
    let mask = u128::MAX.checked_shl(width - prefix).unwrap_or(0);
    Some(Network {
        bits: mapped(address) & mask,
        mask,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_checked() {
        for good in [
            "",
            " , ",
            "127.0.0.1",
            "0.0.0.0/0,::/0",
            "10.0.0.1/8",
            "fe80::/10",
            "::1",
        ] {
            assert!(good.parse::<Networks>().is_ok(), "{good}");
        }
        for bad in [
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "localhost",
            "10.0.0/8",
            "10.0.0.1/8/8",
        ] {
            assert!(bad.parse::<Networks>().is_err(), "{bad}");
        }
        let trusted: Networks = "10.0.0.0/8, 2001:db8::/32, 0.0.0.0/32".parse().unwrap();
        for (address, inside) in [
            ("10.255.0.1", true),
            ("11.0.0.1", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
            ("0.0.0.0", true),
            ("0.0.0.1", false),
            ("::1", false),
        ] {
            assert_eq!(
                trusted.contains(address.parse().unwrap()),
                inside,
                "{address}"
            );
        }
        // All of IPv4 isn't all of IPv6.
        let version_four: Networks = "0.0.0.0/0".parse().unwrap();
        assert!(!version_four.contains("2001:db8::1".parse().unwrap()));
    }
}
