//! The client field: addresses and networks, with exclusions.

use std::net::IpAddr;

use ipnet::IpNet;

/// A compiled list of networks.
#[derive(Clone, Debug, Default)]
pub(super) struct Networks {
    empty: bool,
    within: Vec<IpNet>,
    without: Vec<IpNet>,
}

impl Networks {
    /// Compiles the entries and tells which of them are no addresses (those match nothing).
    pub(super) fn compile(entries: &[String]) -> (Self, Vec<String>) {
        let mut networks = Self { empty: entries.is_empty(), ..Self::default() };
        let mut wrong = Vec::new();
        for entry in entries {
            let (text, into) = match entry.strip_prefix(['!', '-']) {
                Some(rest) => (rest.trim(), &mut networks.without),
                None => (entry.as_str(), &mut networks.within),
            };
            match network(text) {
                Some(net) => into.push(net),
                None => wrong.push(format!("`{entry}` is neither an address nor a network such as 10.0.0.0/8")),
            }
        }
        (networks, wrong)
    }

    /// An empty list matches; otherwise the address is in a listed network and in no excluded one.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.empty
            || (self.within.iter().any(|net| net.contains(&address)) && !self.without.iter().any(|net| net.contains(&address)))
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical())).or_else(|_| text.parse::<IpNet>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(entries: &[&str]) -> Networks {
        Networks::compile(&entries.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>()).0
    }

    #[test]
    fn rules_of_the_client_field() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(networks(&[]).contains(ip("10.1.2.3")));
        assert!(networks(&["10.0.0.0/8"]).contains(ip("10.1.2.3")));
        assert!(!networks(&["10.0.0.0/8", "-10.1.2.3"]).contains(ip("10.1.2.3")));
        assert!(!networks(&["!10.1.2.3"]).contains(ip("10.1.2.4")), "exclusions alone match nothing");
        assert!(networks(&["10.1.2.3"]).contains(ip("::ffff:10.1.2.3")), "a mapped address is the address");
        assert!(networks(&["2001:db8::/32"]).contains(ip("2001:db8::1")));
        assert_eq!(Networks::compile(&["nowhere".into()]).1.len(), 1);
        assert!(!networks(&["nowhere"]).contains(ip("10.1.2.3")));
    }
}
