//! Tokens that we sign, and reading them back.

use data_encoding::BASE64URL_NOPAD;
use kernel::ids::RowId;
use keys::ring::{Alg, Use, VerifyError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha512};

use super::Provider;
use super::problem::Fault;
use crate::party::client::IdTokenAlg;

/// `typ` of ID tokens.
const ID_TOKEN: &str = "JWT";
/// `typ` of access tokens (RFC 9068 section 2.1).
const ACCESS_TOKEN: &str = "at+jwt";

impl From<IdTokenAlg> for Alg {
    fn from(alg: IdTokenAlg) -> Self {
        match alg {
            IdTokenAlg::Rs256 => Self::Rs256,
            IdTokenAlg::Es256 => Self::Es256,
            IdTokenAlg::EdDsa => Self::EdDsa,
        }
    }
}

/// Claims of an access token (RFC 9068 section 2.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccessClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: Vec<String>,
    pub(crate) client_id: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) jti: RowId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acr: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) amr: Vec<String>,
    /// What rules of the client add about the person; never one of the names above.
    #[serde(flatten)]
    pub(crate) about: Map<String, Value>,
}

/// An ID token that came back to us.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Hint {
    iss: String,
    pub(crate) sub: String,
    aud: Audience,
    #[serde(default)]
    pub(crate) sid: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Hint {
    /// Whether it was issued to this client.
    pub(crate) fn is_for(&self, client_id: &str) -> bool {
        match &self.aud {
            Audience::One(aud) => aud == client_id,
            Audience::Several(list) => list.iter().any(|aud| aud == client_id),
        }
    }

    /// The client it was issued to.
    pub(crate) fn client_id(&self) -> Option<&str> {
        match &self.aud {
            Audience::One(aud) => Some(aud),
            Audience::Several(list) => list.first().map(String::as_str),
        }
    }
}

impl Provider {
    pub(crate) fn sign_access(&self, claims: &AccessClaims) -> Result<String, Fault> {
        self.ring.sign_jwt(Use::AccessToken, Alg::Es256, ACCESS_TOKEN, claims).map_err(Fault::internal)
    }

    pub(crate) fn sign_id_token(&self, alg: IdTokenAlg, claims: &Map<String, Value>) -> Result<String, Fault> {
        self.ring.sign_jwt(Use::IdToken, alg.into(), ID_TOKEN, claims).map_err(Fault::internal)
    }

    /// The claims of an access token of ours that is not yet expired. Whether it was revoked, is for its row.
    pub(crate) fn read_access(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        let claims: AccessClaims = self.ring.verify_jwt(Use::AccessToken, ACCESS_TOKEN, token)?;
        if claims.iss == self.issuer() { Ok(claims) } else { Err(VerifyError::Malformed) }
    }

    /// An ID token of ours that comes back as a hint, expired or not.
    pub(crate) fn read_hint(&self, token: &str) -> Result<Hint, VerifyError> {
        let claims = self.ring.verify_signature(Use::IdToken, ID_TOKEN, token)?;
        let hint: Hint = serde_json::from_value(Value::Object(claims)).map_err(|_| VerifyError::Malformed)?;
        if hint.iss == self.issuer() { Ok(hint) } else { Err(VerifyError::Malformed) }
    }
}

/// `at_hash`: the left half of the hash that goes with the algorithm (OpenID Connect Core 3.1.3.6).
pub(crate) fn half_hash(alg: IdTokenAlg, token: &str) -> String {
    match alg {
        IdTokenAlg::Rs256 | IdTokenAlg::Es256 => BASE64URL_NOPAD.encode(&Sha256::digest(token.as_bytes())[..16]),
        // Ed25519 hashes with SHA-512.
        IdTokenAlg::EdDsa => BASE64URL_NOPAD.encode(&Sha512::digest(token.as_bytes())[..32]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OpenID Connect Core, appendix A.3.
    #[test]
    fn at_hash_of_core() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(half_hash(IdTokenAlg::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(half_hash(IdTokenAlg::EdDsa, token).len(), 43);
    }
}
