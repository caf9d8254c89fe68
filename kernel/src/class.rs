//! Classes of error. Every crate has small enums by meaning; each says its class and a stable code in one `match`, and the
//! root derives status, protocol code and log level from these in one place.

/// What a failure means for the caller. Nothing here is HTTP: the root maps classes to status codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The request itself is wrong; the same request fails again.
    Invalid,
    /// Who asks is not known, or the proof was not accepted.
    Unauthenticated,
    /// Who asks is known and may not.
    Forbidden,
    /// The thing named does not exist, or may not be seen.
    NotFound,
    /// The thing changed meanwhile, or exists already.
    Conflict,
    /// Too many attempts or requests; may succeed later.
    Limited,
    /// Something that we depend on does not answer; may succeed later.
    Unavailable,
    /// A fault of ours: broken row, bug, full disk.
    Internal,
}

/// An error that knows its [`Class`] and a stable, documented code.
pub trait Classified: std::error::Error {
    /// The class; decides status and log level.
    fn class(&self) -> Class;
    /// A short stable identifier such as `token_unknown`; never translated, never reused.
    fn code(&self) -> &'static str;
}
