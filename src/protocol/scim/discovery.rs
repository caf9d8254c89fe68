//! What this server can do (RFC 7644 section 4; RFC 7643 sections 5 to 7). Everything follows from declarations.

use mfa::scim::schema::{RESOURCES, schemas as all_schemas};
use mfa::scim::{MAX_BULK, MAX_RESULTS};
use serde_json::{Value, json};

use crate::app::App;

use super::BASE;
use super::answer::{Outcome, Reply};
use super::request::Question;
use mfa::scim::error::{Kind, ScimError};

fn base(app: &App) -> String {
    app.config.server.public_url.join(BASE)
}

/// `GET /ServiceProviderConfig`
pub(super) fn config(question: Question) -> Outcome {
    let base = base(&question.app);
    let supported = json!({ "supported": true });
    Ok(Reply::of(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": supported,
        "bulk": {
            "supported": true,
            "maxOperations": MAX_BULK,
            "maxPayloadSize": question.app.config.server.body_limit,
        },
        "filter": { "supported": true, "maxResults": MAX_RESULTS },
        "changePassword": supported,
        "sort": supported,
        "etag": supported,
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token that `symbolon scim client add` has shown.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })))
}

/// A list of everything; it cannot be filtered (RFC 7644 section 4).
fn list(question: &Question, all: &[Value]) -> Outcome {
    if question.filtered {
        return Err(ScimError::new(Kind::Forbidden, "This cannot be filtered.").into());
    }
    Ok(Reply::list(all.len(), 1, all))
}

/// `GET /ResourceTypes`
pub(super) fn resource_types(question: Question) -> Outcome {
    let base = base(&question.app);
    list(&question, &RESOURCES.iter().map(|resource| resource.published(&base)).collect::<Vec<_>>())
}

/// `GET /ResourceTypes/{name}`
pub(super) fn resource_type(question: Question) -> Outcome {
    let found = RESOURCES.iter().find(|resource| resource.name == question.id);
    let found = found.ok_or_else(|| ScimError::not_found("type of resource", &question.id))?;
    Ok(Reply::of(found.published(&base(&question.app))))
}

/// `GET /Schemas`
pub(super) fn schemas(question: Question) -> Outcome {
    let base = base(&question.app);
    list(&question, &all_schemas().iter().map(|schema| schema.published(&base)).collect::<Vec<_>>())
}

/// `GET /Schemas/{urn}`
pub(super) fn schema(question: Question) -> Outcome {
    let found = all_schemas().into_iter().find(|schema| schema.urn.eq_ignore_ascii_case(&question.id));
    let found = found.ok_or_else(|| ScimError::not_found("schema", &question.id))?;
    Ok(Reply::of(found.published(&base(&question.app))))
}
