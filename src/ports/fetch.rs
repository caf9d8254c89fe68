//! Documents that clients publish, through the one guarded client.

use async_trait::async_trait;
use idp::party::client::published::Fetch;
use kernel::outbound::Outbound;
use serde_json::Value;

/// The world outside.
#[derive(Clone)]
pub struct Outside(pub Outbound);

#[async_trait]
impl Fetch for Outside {
    async fn json(&self, url: &str) -> Result<Value, String> {
        self.0.get_json(url).await.map_err(|e| e.to_string())
    }
}
