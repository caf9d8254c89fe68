//! What lets us in at a SCIM server.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::SecretText;
use kernel::outbound::Outbound;

use crate::resolvers::web::request::Prepared;
use crate::resolvers::web::token::{Always, Grant, Granted, fetch};
use crate::resolvers::{ParamValues, ResolverError};

/// A token of the authorization server.
struct Token {
    url: String,
    account: SecretText,
}

#[async_trait]
impl Grant for Token {
    async fn ask(&self, out: &Outbound) -> Result<Granted, ResolverError> {
        let prepared = Prepared::get(&self.url).header("authorization", self.account.expose());
        Granted::bearer(&fetch(out, &prepared).await?)
    }
}

/// By the parameters `Authserver`, `Client` and `Secret`.
///
/// # Errors
/// Names the parameter that is wrong.
pub(super) fn read(params: &ParamValues) -> Result<Box<dyn Grant>, ResolverError> {
    let wrong = |what: &str| ResolverError::Parameters(what.to_owned());
    let (server, client, secret) = (params.text("Authserver").trim(), params.text("Client"), params.text("Secret"));
    if client.contains(':') || client.chars().chain(secret.chars()).any(char::is_control) {
        return Err(wrong("Client, Secret: a colon in the name, or a control character, cannot be sent"));
    }
    let basic = || SecretText::new(format!("Basic {}", STANDARD.encode(format!("{client}:{secret}"))));
    let headers = match (server, client, secret) {
        ("", "", "") => Vec::new(),
        ("", "", token) if token.is_ascii() => vec![("authorization".to_owned(), SecretText::new(format!("Bearer {token}")))],
        ("", "", _) => return Err(wrong("Secret: a bearer token has ASCII characters only")),
        ("", ..) => vec![("authorization".to_owned(), basic())],
        (server, ..) => {
            let base = super::endpoint(server).ok_or_else(|| wrong("Authserver: an http or https URL is needed"))?;
            let url = format!("{base}/oauth/token?grant_type=client_credentials");
            return Ok(Box::new(Token { url, account: basic() }));
        }
    };
    Ok(Box::new(Always(headers)))
}
