//! The grant `client_credentials` (RFC 6749 section 4.4): a client acts for itself.

use async_trait::async_trait;
use db::Batch;

use super::{Ask, Denied, Grant, Plan, Spec, Subject, TokenProblem};
use crate::claims::Mapping;
use crate::oidc::Provider;
use crate::oidc::problem::Refusal;
use crate::oidc::scope::{OFFLINE_ACCESS, OPENID, Scopes};

/// Its name.
pub(super) const NAME: &str = "client_credentials";

static SPEC: Spec = Spec { name: NAME, needs: &[], confidential: true };

/// The grant.
pub(super) struct ClientCredentials;

#[async_trait]
impl Grant for ClientCredentials {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn decide(&self, _: &Provider, ask: &Ask<'_>) -> Result<Plan, Denied> {
        let scopes = scopes(ask.params.get("scope")?, ask.client.scopes(), ask.client.claims())?;
        Ok(Plan { subject: Subject::Client, scopes, id_token: None, refresh: None, batch: Batch::new() })
    }
}

/// Scopes that are about people mean nothing here; of the others the client gets what it asks for, or all.
fn scopes(asked: Option<&str>, allowed: &Scopes, claims: &Mapping) -> Result<Scopes, Refusal> {
    let own = allowed.filtered(|scope| scope != OPENID && scope != OFFLINE_ACCESS && !claims.is_scope(scope));
    let Some(asked) = asked else { return Ok(own) };
    let asked = Scopes::parse(asked).map_err(|_| TokenProblem::Scope)?;
    if asked.is_within(&own) { Ok(asked) } else { Err(TokenProblem::Scope.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_about_people_are_refused() {
        let allowed = Scopes::parse("openid email groups api:read api:write").unwrap();
        let rules: Vec<crate::claims::Rule> = serde_json::from_str(r#"[{"claim": "groups", "scope": "groups"}]"#).unwrap();
        let claims = Mapping::compile(&rules, &Default::default(), &["groups".to_owned()]).unwrap();
        let scopes = |asked: Option<&str>, allowed: &Scopes| super::scopes(asked, allowed, &claims);
        assert_eq!(scopes(None, &allowed).unwrap().to_string(), "api:read api:write");
        assert_eq!(scopes(Some("api:read"), &allowed).unwrap().to_string(), "api:read");
        assert!(scopes(Some("openid"), &allowed).is_err());
        assert!(scopes(Some("api:admin"), &allowed).is_err());
    }
}
