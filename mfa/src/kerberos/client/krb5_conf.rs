//! The key distribution centres that the machine's `krb5.conf` names for a realm. A plain reading of the one section that matters;
//! what is included or looked up elsewhere is not followed.

use super::wire::Centre;

/// Where the file is.
pub(super) const FILE: &str = "/etc/krb5.conf";
/// A file larger than this is none.
pub(super) const MAX_FILE: u64 = 1 << 20;

/// The centres of a realm, in their order.
pub(super) fn centres(text: &str, realm: &str) -> Vec<Centre> {
    let (mut in_realms, mut depth, mut in_realm, mut found) = (false, 0_usize, false, Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        if line.starts_with('[') {
            (in_realms, depth, in_realm) = (line.trim_end_matches('*') == "[realms]", 0, false);
            continue;
        }
        let (name, value) = line.split_once('=').map_or((line, ""), |(name, value)| (name.trim(), value.trim()));
        if value.starts_with('{') {
            in_realm = if depth == 0 { in_realms && name == realm } else { in_realm };
            depth += 1;
        } else if name.starts_with('}') {
            depth = depth.saturating_sub(1);
            in_realm &= depth > 0;
        } else if in_realm && depth == 1 && matches!(name, "kdc" | "master_kdc" | "primary_kdc") {
            found.extend(value.split_whitespace().next().and_then(Centre::parse).filter(|centre| !found.contains(centre)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_centres_of_one_realm() {
        let text = "# kdc = not:1\n[libdefaults]\n kdc = no:2\n default_realm = A\n[realms]\n B = {\n  kdc = b.example.org\n }\n \
                    A = {\n  kdc = kdc1.example.org\n  ; kdc = old.example.org\n  kdc = kdc2.example.org:8888 # second\n  \
                    auth_to_local_names = {\n   kdc = alias\n  }\n  kdc = https://proxy.example.org/KdcProxy\n  master_kdc = kdc1.example.org\n  \
                    kdc = [::1]:750\n }\n C={\n kdc=c\n}\n[domain_realm]\n .example.org = A\n";
        let read = |realm: &str| centres(text, realm).iter().map(Centre::to_string).collect::<Vec<_>>();
        assert_eq!(read("A"), ["kdc1.example.org:88", "kdc2.example.org:8888", "[::1]:750"]);
        assert_eq!(read("B"), ["b.example.org:88"]);
        assert_eq!(read("C"), ["c:88"]);
        assert_eq!(read("a"), [""; 0]);
        assert_eq!(centres("}}}}\n[realms]\nA = {\n}\n kdc = x\n{{{", "A"), []);
    }
}
