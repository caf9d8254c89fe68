//! `[server]`

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;

use super::declare::section;
use super::timezone::TimeZone;
use super::url::PublicUrl;

section! {
    /// Where the service listens and under which name it is known.
    Server = "server" {
        /// Address and port of the main listener. Plain http is served on loopback only.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        /// The origin under which people and applications reach the service; also the issuer. Changing it invalidates every
        /// session and registration that names the old one.
        public_url: PublicUrl = PublicUrl::default();
        /// Addresses of proxies whose `X-Forwarded-For` is believed. Headers from anyone else are ignored.
        trusted_proxies: Vec<IpNet> = Vec::new();
        /// Further names under which machines may call the API (the Host header); pages answer under the public URL only.
        extra_hosts: Vec<String> = Vec::new();
        /// IANA name of the time zone in which policy times are meant.
        timezone: TimeZone = TimeZone::default();
        /// Name of this node in audit records and policy conditions.
        node: String = "localnode".to_owned();
        /// Longest request body in bytes.
        body_limit: u32 = 1024 * 1024;
        /// A request that takes longer is given up.
        request_timeout: Duration = Duration::from_secs(30);
        /// How long running requests may take to finish at shutdown.
        shutdown_grace: Duration = Duration::from_secs(10);
    }
}
