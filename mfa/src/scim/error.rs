//! What is wrong with a request, in the words of RFC 7644 section 3.12.

use serde_json::json;

use crate::operation::{Code, Failure};

/// Declares the kinds: status, `scimType`, and the code of the pipeline.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $word:expr, $code:ident;)+) => {
        /// Kinds of error that a client can do something about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $name),+ }

        impl Kind {
            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }
            /// The `scimType`, where RFC 7644 table 9 has one.
            pub const fn scim_type(self) -> Option<&'static str> {
                match self { $(Self::$name => $word),+ }
            }
            const fn code(self) -> Code {
                match self { $(Self::$name => Code::$code),+ }
            }
        }
    };
}

kinds! {
    /// The filter cannot be read, or compares what cannot be compared.
    InvalidFilter = 400, Some("invalidFilter"), Parameter;
    /// More results than the server is willing to go through.
    TooMany = 400, Some("tooMany"), Parameter;
    /// A value that must be unique is taken.
    Uniqueness = 409, Some("uniqueness"), Conflict;
    /// The attribute cannot be changed.
    Mutability = 400, Some("mutability"), Parameter;
    /// The body is not of the expected form.
    InvalidSyntax = 400, Some("invalidSyntax"), Parameter;
    /// The path of a PATCH cannot be read or names nothing that exists.
    InvalidPath = 400, Some("invalidPath"), Parameter;
    /// The path of a PATCH chooses nothing.
    NoTarget = 400, Some("noTarget"), Parameter;
    /// A required value is missing, or a value does not fit its attribute.
    InvalidValue = 400, Some("invalidValue"), Parameter;
    /// The resource is not as the client believes (section 3.14).
    Changed = 412, None, Conflict;
    /// The client may not do this.
    Forbidden = 403, None, Policy;
    /// There is no such resource.
    NotFound = 404, None, NotFound;
    /// More operations, or a longer body, than the server takes (section 3.7.4).
    TooLarge = 413, None, Parameter;
    /// The server does not do this.
    NotImplemented = 501, None, NotImplemented;
}

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// Its kind.
    pub kind: Kind,
    /// For the people behind the client. Never holds values of others, nor a secret.
    pub detail: String,
}

impl ScimError {
    /// An error.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// There is no such resource.
    pub fn not_found(kind: &str, id: &str) -> Self {
        let id: String = id.chars().filter(|c| !c.is_control()).take(64).collect();
        Self::new(Kind::NotFound, format!("There is no {kind} {id}."))
    }
}

impl From<ScimError> for Failure {
    fn from(e: ScimError) -> Self {
        let mut detail = serde_json::Map::from_iter([("status".to_owned(), json!(e.kind.status()))]);
        if let Some(word) = e.kind.scim_type() {
            detail.insert("scimType".to_owned(), json!(word));
        }
        Self { detail: Some(Box::new(detail)), ..Self::new(e.kind.code(), e.detail) }
    }
}
