//! What was just done or refused, carried over the redirect that follows a form: a word in the query, never text to show.

use kernel::{Class, Classified};
use mfa::operation::Failure;
use templates::views::{PortalError, PortalNotice};

/// The longest name of a factor.
pub(super) const LONGEST: usize = 80;

/// The remark for a word; `name` is that of the factor concerned, looked up anew.
pub(super) fn notice(word: &str, name: String) -> Option<PortalNotice> {
    Some(match word {
        "added" => PortalNotice::Added { name },
        "renamed" => PortalNotice::Renamed { name },
        "disabled" => PortalNotice::Disabled { name },
        "enabled" => PortalNotice::Enabled { name },
        "removed" => PortalNotice::Removed { name },
        "codes" => PortalNotice::CodesRenewed,
        "session" => PortalNotice::SessionEnded,
        "sessions" => PortalNotice::SessionsEnded,
        _ => return None,
    })
}

/// The error for a word.
pub(super) fn error(word: &str) -> Option<PortalError> {
    Some(match word {
        "empty-name" => PortalError::EmptyName,
        "long-name" => PortalError::LongName { most: 80 },
        "last-factor" => PortalError::LastFactor,
        "changed" => PortalError::Changed,
        "not-allowed" => PortalError::NotAllowed,
        "stale" => PortalError::Stale,
        _ => return None,
    })
}

/// The word for a failure that the person can do something about; others are error pages.
pub(super) fn word(failure: &Failure) -> Option<&'static str> {
    match failure.class() {
        Class::Forbidden | Class::Unauthenticated => Some("not-allowed"),
        Class::Conflict | Class::NotFound => Some("changed"),
        Class::Invalid => Some("not-allowed"),
        Class::Limited | Class::Unavailable | Class::Internal => None,
    }
}
