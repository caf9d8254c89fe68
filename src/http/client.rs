//! The client's address: the peer, or what trusted proxies say of it.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

/// Walks `X-Forwarded-For` from its end (the nearest hop) as long as the speaker is a trusted proxy. What an untrusted peer
/// writes is never believed, nor anything left of the first hop that is not ours.
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let mut current = peer.to_canonical();
    // What a stranger wrote in front, readable or not, must not hide what the proxy has appended.
    let lines = headers.get_all("x-forwarded-for").iter();
    let hops: Vec<&[u8]> = lines.flat_map(|line| line.as_bytes().split(|b| *b == b',')).collect();
    for hop in hops.into_iter().rev() {
        if !is_trusted(&current) {
            break;
        }
        match std::str::from_utf8(hop.trim_ascii()).ok().and_then(|hop| hop.trim_matches(['[', ']']).parse::<IpAddr>().ok()) {
            Some(ip) => current = ip.to_canonical(),
            None => break,
        }
    }
    current
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, header: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", http::HeaderValue::from_bytes(header.as_bytes()).unwrap());
        address(peer.parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("192.0.2.1", "203.0.113.9"), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", "203.0.113.9"), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "nonsense"), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", "\u{fc}, 203.0.113.9"), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "10.0.0.7, \u{fc}"), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", "10.0.0.7,,203.0.113.9"), "203.0.113.9");
        assert_eq!(seen("::ffff:10.0.0.1", "203.0.113.9"), "203.0.113.9");
    }
}
