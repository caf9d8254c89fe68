//! Declarations as they are published (RFC 7643 sections 6 and 7).

use serde_json::{Value, json};

use super::{Attr, Resource, Schema, Type};

impl Attr {
    fn published(&self) -> Value {
        let mut out = json!({
            "name": self.name,
            "type": self.ty.name(),
            "multiValued": self.multi,
            "description": self.doc,
            "required": self.required,
            "mutability": self.mutability.name(),
            "returned": self.returned.name(),
        });
        if !matches!(self.ty, Type::Bool | Type::Complex) {
            out["caseExact"] = json!(self.exact);
            out["uniqueness"] = json!(if self.unique { "server" } else { "none" });
        }
        if !self.values.is_empty() {
            out["canonicalValues"] = json!(self.values);
        }
        if self.ty == Type::Reference {
            out["referenceTypes"] = json!(self.refs);
        }
        if self.ty == Type::Complex {
            out["subAttributes"] = self.subs.iter().map(Self::published).collect();
        }
        out
    }
}

impl Schema {
    /// The schema as a resource below `base`.
    pub fn published(&self, base: &str) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.urn,
            "name": self.name,
            "description": self.doc,
            "attributes": self.attrs.iter().map(Attr::published).collect::<Vec<_>>(),
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{}", self.urn) },
        })
    }
}

impl Resource {
    /// The type as a resource below `base`.
    pub fn published(&self, base: &str) -> Value {
        let extensions: Vec<Value> =
            self.extensions.iter().map(|schema| json!({ "schema": schema.urn, "required": false })).collect();
        let mut out = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": self.name,
            "name": self.name,
            "endpoint": self.endpoint,
            "description": self.doc,
            "schema": self.core.urn,
            "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", self.name) },
        });
        if !extensions.is_empty() {
            out["schemaExtensions"] = extensions.into();
        }
        out
    }
}
