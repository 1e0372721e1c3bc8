use super::*;

fn headers(lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(FORWARDED_FOR, line.parse().unwrap());
    }
    headers
}

fn client(trusted: &str, peer: &str, lines: &[&str]) -> String {
    let trusted = trusted.parse().unwrap();
    ClientIp::of(peer.parse().unwrap(), &headers(lines), &trusted)
        .0
        .to_string()
}

#[test]
fn nobody_is_believed_by_default() {
    assert_eq!(client("", "127.0.0.1", &["1.2.3.4"]), "127.0.0.1");
    assert_eq!(client("10.0.0.0/8", "192.0.2.9", &["1.2.3.4"]), "192.0.2.9");
}

#[test]
fn a_trusted_proxy_is_believed_for_what_it_added_only() {
    assert_eq!(client("10.0.0.0/8", "10.1.1.1", &["1.2.3.4"]), "1.2.3.4");
    // The client made up 6.6.6.6; the proxy added the address that it saw.
    assert_eq!(
        client("10.0.0.0/8", "10.1.1.1", &["6.6.6.6, 1.2.3.4"]),
        "1.2.3.4"
    );
    assert_eq!(
        client("10.0.0.0/8", "10.1.1.1", &["6.6.6.6", "1.2.3.4, 10.2.2.2"]),
        "1.2.3.4"
    );
    // All are trusted: the farthest of them is calling.
    assert_eq!(
        client("10.0.0.0/8", "10.1.1.1", &["10.3.3.3, 10.2.2.2"]),
        "10.3.3.3"
    );
    assert_eq!(client("10.0.0.0/8", "10.1.1.1", &[]), "10.1.1.1");
}

#[test]
fn garbage_ends_the_walk() {
    for garbage in [
        "unknown",
        "",
        "1.2.3",
        "1.2.3.4:99999",
        "_hidden",
        "[::1",
        "1.2.3.4/8",
        "é",
    ] {
        let line = format!("6.6.6.6, {garbage}, 10.2.2.2");
        assert_eq!(
            client("10.0.0.0/8", "10.1.1.1", &[&line]),
            "10.2.2.2",
            "{garbage}"
        );
    }
}

#[test]
fn ports_brackets_and_mapped_addresses_are_understood() {
    for (part, address) in [
        ("1.2.3.4:5678", "1.2.3.4"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("\"[2001:db8::1]:443\"", "2001:db8::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("\t 2001:db8::2 ", "2001:db8::2"),
    ] {
        assert_eq!(
            client("10.0.0.0/8", "::ffff:10.1.1.1", &[part]),
            address,
            "{part}"
        );
    }
}

#[test]
fn version_six_counts_by_its_network() {
    let subnet = |text: &str| ClientIp(text.parse().unwrap()).subnet().to_string();
    assert_eq!(subnet("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(subnet("192.0.2.7"), "192.0.2.7");
}

proptest::proptest! {
    /// Whatever a client writes, what the trusted proxy added wins, and nothing panics.
    #[test]
    fn cannot_be_spoofed(lines in proptest::collection::vec("[ -~]{0,40}", 0..4), address: u32) {
        let real = IpAddr::V4(Ipv4Addr::from_bits(address));
        let trusted: Networks = "192.0.2.1".parse().unwrap();
        let mut all: Vec<&str> = lines.iter().map(String::as_str).collect();
        let added = real.to_string();
        all.push(&added);
        let peer = "192.0.2.1".parse().unwrap();
        let found = ClientIp::of(peer, &headers(&all), &trusted);
        if real != peer {
            proptest::prop_assert_eq!(found.0, real);
        }
    }
}
