//! Errors of the API: numeric codes and statuses of the wire format.

use http::StatusCode;
use kernel::{Class, Classified};
use serde_json::{Map, Value};

/// A refused or failed API request.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// The code of the wire format.
    pub code: i64,
    /// Text for the caller.
    pub message: String,
    /// `detail` of the error document.
    pub detail: Option<Map<String, Value>>,
}

/// Codes of the wire format.
pub mod code {
    /// An unexpected fault.
    pub const INTERNAL: i64 = -500;
    /// Not implemented.
    pub const NOT_IMPLEMENTED: i64 = -501;
    /// A policy or a missing right forbids it.
    pub const POLICY: i64 = 303;
    /// Authentication failed.
    pub const AUTHENTICATE: i64 = 403;
    /// Wrong credentials.
    pub const WRONG_CREDENTIALS: i64 = 4031;
    /// No user name.
    pub const MISSING_USERNAME: i64 = 4032;
    /// No authorization header.
    pub const AUTH_HEADER: i64 = 4033;
    /// The token cannot be read.
    pub const DECODING: i64 = 4304;
    /// The token has expired.
    pub const EXPIRED: i64 = 4305;
    /// The role may not do this.
    pub const MISSING_RIGHT: i64 = 4306;
    /// There is no such thing.
    pub const NOT_FOUND: i64 = 601;
    /// It exists already, or changed meanwhile.
    pub const CONFLICT: i64 = 602;
    /// Something that we depend on fails.
    pub const SERVER: i64 = 903;
    /// A wrong user.
    pub const USER: i64 = 904;
    /// A wrong parameter.
    pub const PARAMETER: i64 = 905;
    /// The user parameter is missing.
    pub const USER_MISSING: i64 = 9051;
}

/// Classes whose messages carry no `ERRn: ` prefix.
const BARE: [i64; 10] = [403, 4031, 4032, 4033, 4304, 4305, 4306, 4307, 303, 601];

impl ApiError {
    /// An error with its status.
    pub fn new(status: StatusCode, code: i64, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), detail: None }
    }

    /// A wrong or missing parameter.
    pub fn parameter(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::PARAMETER, message)
    }

    /// Who asks is not known.
    pub fn unauthenticated(code: i64, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }

    /// Who asks may not.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code::POLICY, message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code::NOT_FOUND, message)
    }

    /// An error of a library, by class. The text of our own faults stays in the log.
    pub fn of(request: &str, error: &(dyn Classified + '_)) -> Self {
        crate::http::failure::log(request, error);
        let (status, code) = match error.class() {
            Class::Invalid => (StatusCode::BAD_REQUEST, code::PARAMETER),
            Class::Unauthenticated => (StatusCode::UNAUTHORIZED, code::WRONG_CREDENTIALS),
            Class::Forbidden => (StatusCode::FORBIDDEN, code::POLICY),
            Class::NotFound => (StatusCode::NOT_FOUND, code::NOT_FOUND),
            Class::Conflict => (StatusCode::CONFLICT, code::CONFLICT),
            Class::Limited => (StatusCode::UNAUTHORIZED, code::AUTHENTICATE),
            Class::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, code::SERVER),
            Class::Internal => (StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL),
        };
        let message = match error.class() {
            Class::Internal | Class::Unavailable => format!("An internal error occurred ({}).", error.code()),
            _ => error.to_string(),
        };
        Self::new(status, code, message)
    }

    /// The message as it stands in the document.
    pub fn text(&self) -> String {
        if BARE.contains(&self.code) { self.message.clone() } else { format!("ERR{}: {}", self.code, self.message) }
    }
}
