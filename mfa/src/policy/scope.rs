//! Scopes: the fields of life that policies speak about.

/// A scope. All names but `sso` are those of the wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the name says it")]
pub enum Scope {
    Authorization,
    Admin,
    Authentication,
    Audit,
    User,
    Enrollment,
    Webui,
    Register,
    Container,
    Token,
    Hardening,
    ConditionalAccess,
    /// Sign-in through the hosted pages and the sessions that follow.
    Sso,
}

impl Scope {
    /// All scopes, in the order of the wire format's documentation.
    pub const ALL: [Self; 13] = [
        Self::Authorization,
        Self::Admin,
        Self::Authentication,
        Self::Audit,
        Self::User,
        Self::Enrollment,
        Self::Webui,
        Self::Register,
        Self::Container,
        Self::Token,
        Self::Hardening,
        Self::ConditionalAccess,
        Self::Sso,
    ];

    /// Its name in policies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Admin => "admin",
            Self::Authentication => "authentication",
            Self::Audit => "audit",
            Self::User => "user",
            Self::Enrollment => "enrollment",
            Self::Webui => "webui",
            Self::Register => "register",
            Self::Container => "container",
            Self::Token => "token",
            Self::Hardening => "hardening",
            Self::ConditionalAccess => "conditional_access",
            Self::Sso => "sso",
        }
    }

    /// The scope of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}
