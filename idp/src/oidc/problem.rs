//! What the endpoints refuse: one enum of problems per endpoint, each problem with a stable identifier, the OAuth error code, a
//! class, and a description for the developer of the client. What only we may know goes into [`Refusal::internal`].

use std::borrow::Cow;
use std::fmt;

use db::{DbError, WriteError};
use kernel::{Class, Classified};
use keys::SealError;

use crate::ports::PortError;

/// A problem of an endpoint.
pub trait Problem: Copy {
    /// Stable identifier; never reused.
    fn id(self) -> &'static str;
    /// The OAuth error code.
    fn code(self) -> &'static str;
    /// For the developer of the client: printable ASCII without quote and backslash (RFC 6749 section 5.2).
    fn description(self) -> &'static str;
    /// What kind of failure it is; the root makes a status of it.
    fn class(self) -> Class;
}

/// Declares the problems of an endpoint: `Variant = "identifier", "oauth_code", Class, "description";`
macro_rules! problems {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$vdoc:meta])* $variant:ident = $id:literal, $code:literal, $class:ident, $text:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }

        impl $crate::oidc::problem::Problem for $name {
            fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }
            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
            fn description(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
            fn class(self) -> kernel::Class {
                match self { $(Self::$variant => kernel::Class::$class),+ }
            }
        }
    };
}
pub(crate) use problems;

problems! {
    /// Faults of ours, at any endpoint.
    FaultProblem {
        /// Something broke.
        Broken = "oidc_fault", "server_error", Internal, "The server could not complete the request.";
        /// Something is away.
        Away = "oidc_unavailable", "temporarily_unavailable", Unavailable, "The server cannot take the request at present.";
    }
}

/// A fault of ours; the text is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Fault {
    class: Class,
    text: String,
}

impl Fault {
    /// A fault for which nothing but us is to blame.
    pub fn internal(text: impl fmt::Display) -> Self {
        Self { class: Class::Internal, text: text.to_string() }
    }

    /// The problem to show.
    pub fn problem(&self) -> FaultProblem {
        if self.class == Class::Unavailable { FaultProblem::Away } else { FaultProblem::Broken }
    }
}

impl Classified for Fault {
    fn class(&self) -> Class {
        self.class
    }
    fn code(&self) -> &'static str {
        self.problem().id()
    }
}

macro_rules! faults {
    ($($error:ty),+) => {$(
        impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                let class = if error.class() == Class::Unavailable { Class::Unavailable } else { Class::Internal };
                Self { class, text: error.to_string() }
            }
        }
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Fault::from(error).into()
            }
        }
    )+};
}

faults!(DbError, WriteError, PortError, SealError);

/// Which `WWW-Authenticate` goes with a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// None.
    None,
    /// Basic: the client did not authenticate (RFC 6749 section 5.2).
    Basic,
    /// Bearer without an error: no token was sent (RFC 6750 section 3.1).
    BearerPlain,
    /// Bearer with the error.
    Bearer,
}

/// A request that is not answered as asked. Rendered as a JSON object with `error` and `error_description`, the status of
/// its class, `Cache-Control: no-store`, and [`Refusal::www_authenticate`] if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    id: &'static str,
    error: &'static str,
    description: &'static str,
    class: Class,
    scheme: Scheme,
    internal: Cow<'static, str>,
}

impl<P: Problem> From<P> for Refusal {
    fn from(problem: P) -> Self {
        Self {
            id: problem.id(),
            error: problem.code(),
            description: problem.description(),
            class: problem.class(),
            scheme: Scheme::None,
            internal: Cow::Borrowed(""),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::from(fault.problem()).because(fault.text)
    }
}

impl Refusal {
    /// With a text that goes to the log and nowhere else.
    #[must_use]
    pub fn because(mut self, internal: impl Into<Cow<'static, str>>) -> Self {
        self.internal = internal.into();
        self
    }

    /// With a challenge.
    #[must_use]
    pub fn with(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// The OAuth error code; the member `error`.
    pub fn error(&self) -> &'static str {
        self.error
    }

    /// The member `error_description`.
    pub fn description(&self) -> &'static str {
        self.description
    }

    /// For the log.
    pub fn internal(&self) -> &str {
        &self.internal
    }

    /// Value of the header `WWW-Authenticate`, if it has one.
    pub fn www_authenticate(&self) -> Option<String> {
        match self.scheme {
            Scheme::None => None,
            Scheme::Basic => Some("Basic realm=\"token endpoint\", charset=\"UTF-8\"".to_owned()),
            Scheme::BearerPlain => Some("Bearer".to_owned()),
            Scheme::Bearer => Some(format!("Bearer error=\"{}\", error_description=\"{}\"", self.error, self.description)),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.error, self.id, if self.internal.is_empty() { self.description } else { &self.internal })
    }
}

impl std::error::Error for Refusal {}

impl Classified for Refusal {
    fn class(&self) -> Class {
        self.class
    }
    fn code(&self) -> &'static str {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::oidc::authorize::{AuthorizeProblem, PageProblem};
    use crate::oidc::client_auth::ClientProblem;
    use crate::oidc::logout::LogoutProblem;
    use crate::oidc::revoke::RevokeProblem;
    use crate::oidc::token::TokenProblem;
    use crate::oidc::userinfo::UserInfoProblem;

    fn check<P: Problem>(all: &[P], seen: &mut BTreeSet<&'static str>) {
        for problem in all {
            let text = problem.description();
            assert!(!text.is_empty() && text.bytes().all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\'), "{text}");
            assert!(problem.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert!(seen.insert(problem.id()), "{} is used twice", problem.id());
        }
    }

    #[test]
    fn descriptions_fit_the_wire_and_identifiers_are_unique() {
        let mut seen = BTreeSet::new();
        check(FaultProblem::ALL, &mut seen);
        check(PageProblem::ALL, &mut seen);
        check(AuthorizeProblem::ALL, &mut seen);
        check(ClientProblem::ALL, &mut seen);
        check(TokenProblem::ALL, &mut seen);
        check(RevokeProblem::ALL, &mut seen);
        check(UserInfoProblem::ALL, &mut seen);
        check(LogoutProblem::ALL, &mut seen);
    }
}
