//! The resolver of the outbound client: what it answers is what is connected to, so a name cannot change its address between
//! the check and the connection.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::Allow;

/// A name has no address that may be called.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no address that may be called")]
pub(super) struct ForbiddenAddress(pub(super) String);

/// Answers of a scripted resolver.
#[cfg(test)]
pub(super) type Script = Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

/// Where addresses come from.
#[derive(Clone)]
pub(super) enum Lookup {
    System,
    #[cfg(test)]
    Scripted(Script),
}

impl Lookup {
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()),
            #[cfg(test)]
            Self::Scripted(answers) => Ok(answers(name)),
        }
    }
}

pub(super) struct Guard {
    pub(super) allow: Arc<Allow>,
    pub(super) lookup: Lookup,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow, lookup, name) = (self.allow.clone(), self.lookup.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let listed = allow.name(&name);
            let found = lookup.addresses(&name).await?;
            let usable: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| listed || allow.address(*address))
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if usable.is_empty() {
                return Err(ForbiddenAddress(name).into());
            }
            let addresses: Addrs = Box::new(usable.into_iter());
            Ok(addresses)
        })
    }
}
