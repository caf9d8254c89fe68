//! Which addresses may be called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Hosts and networks that may be called although they are not public, and without TLS.
#[derive(Clone, Debug, Default)]
pub struct Allow {
    names: Vec<String>,
    networks: Vec<IpNet>,
}

impl Allow {
    /// Reads a list of host names, addresses and networks (`idp.internal`, `10.1.2.3`, `10.0.0.0/8`).
    ///
    /// # Errors
    /// The entry that is none of these.
    pub fn parse<S: AsRef<str>>(entries: impl IntoIterator<Item = S>) -> Result<Self, String> {
        let mut out = Self::default();
        for entry in entries {
            let entry = entry.as_ref().trim();
            if let Ok(network) = entry.parse::<IpNet>() {
                out.networks.push(network);
            } else if let Ok(address) = entry.trim_matches(['[', ']']).parse::<IpAddr>() {
                out.networks.push(address.into());
            } else if is_name(entry) {
                out.names.push(normal(entry));
            } else {
                return Err(format!("`{entry}` is neither a host name nor an address nor a network"));
            }
        }
        Ok(out)
    }

    /// Whether the host of this name is listed.
    pub(super) fn name(&self, name: &str) -> bool {
        let name = normal(name);
        self.names.contains(&name)
    }

    /// Whether the address is in a listed network.
    pub(super) fn listed(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address) || network.contains(&plain))
    }

    /// Whether the address is listed or public.
    pub(super) fn address(&self, address: IpAddr) -> bool {
        self.listed(address) || is_public(address)
    }
}

fn is_name(text: &str) -> bool {
    let label = |l: &str| {
        let plain = l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        !l.is_empty() && l.len() <= 63 && plain
    };
    text.len() <= 253 && text.trim_end_matches('.').split('.').all(label)
}

fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether the address belongs to the public internet: not this machine, not a private or link-local network, no metadata
/// service, no multicast, nothing reserved, and no IPv6 form of such an IPv4 address.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Whether the address is this machine itself, link-local, a metadata service or multicast, or an IPv6 form of such an IPv4
/// address: what nobody may have us call by naming it. Private networks are not meant: directories live there.
pub fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => matches!(v4.octets(), [0 | 127 | 224..=255, ..] | [169, 254, ..]),
        IpAddr::V6(v6) => {
            let segments = v6.segments();
            let v4 = |high: u16, low: u16| is_local(IpAddr::V4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))));
            match segments {
                [0, 0, 0, 0, 0, 0 | 0xffff, g, h] | [0x64, 0xff9b, 0, 0, 0, 0, g, h] | [0x2002, g, h, ..] => v4(g, h),
                // The metadata service of a large cloud.
                [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] => true,
                // fe80::/10 and ff00::/8.
                [first, ..] => first & 0xffc0 == 0xfe80 || first & 0xff00 == 0xff00,
            }
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| is_public_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match (a, b) {
        // NAT64 and 6to4 carry an IPv4 address.
        (0x64, 0xff9b) if (c, d, e, f) == (0, 0, 0, 0) => v4(g, h),
        (0x2002, _) => v4(b, c),
        // Teredo, ORCHID, benchmarking and other special purposes; documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        // Global unicast is 2000::/3; nothing else is.
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_local() {
        for text in [
            "127.0.0.1",
            "127.255.0.1",
            "0.0.0.0",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "febf::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fd00:ec2::254",
        ] {
            assert!(is_local(text.parse().unwrap()), "{text}");
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "2606:4700::1", "fd00::1", "::ffff:10.0.0.1"] {
            assert!(!is_local(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_not_public() {
        let not = "0.0.0.0 10.1.2.3 127.0.0.1 127.9.9.9 100.64.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 192.0.0.8 \
                   192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 \
                   :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 2001:db8::1 \
                   64:ff9b::7f00:1 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1:: 2001::1 100::1 5f00::1 3fff::1";
        for address in not.split_whitespace() {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        let public = "1.1.1.1 100.63.0.1 100.128.0.1 172.15.0.1 172.32.0.1 192.167.1.1 223.255.255.254 2606:4700::1111 2a00:1450::1 \
                      ::ffff:1.1.1.1 64:ff9b::101:101 2002:101:101::1";
        for address in public.split_whitespace() {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn lists() {
        let allow = Allow::parse(["IdP.internal.", "10.0.0.0/8", "127.0.0.1", "[::1]"]).unwrap();
        assert!(allow.name("idp.internal") && !allow.name("internal") && !allow.name("x.idp.internal"));
        for (address, yes) in
            [("10.9.9.9", true), ("::ffff:10.9.9.9", true), ("127.0.0.1", true), ("127.0.0.2", false), ("::1", true)]
        {
            assert_eq!(allow.address(address.parse().unwrap()), yes, "{address}");
        }
        for wrong in ["", "a b", "http://x", "10.0.0.0/99", "x/8", "a..b"] {
            assert!(Allow::parse([wrong]).is_err(), "{wrong}");
        }
    }
}
