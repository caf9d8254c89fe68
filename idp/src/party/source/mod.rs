//! Metadata that somebody publishes at a URL, of one service provider or of a federation: fetched by the guarded client, verified with
//! pinned keys, and looked at again when it is due. What is held is replaced by something better only: while a look fails, it stays.

pub(crate) mod store;

use std::time::Duration;

use data_encoding::BASE64;
use kernel::outbound::{Call, Outbound, OutboundError};
use kernel::{Class, Classified, Timestamp};
use openssl::x509::X509;

use crate::party::sp::MetadataProblem;
use crate::saml::{GateError, PartyKey, time};

/// No source is asked more often than this, whatever it says of its cache.
const SHORTEST: Duration = Duration::from_secs(300);
/// The longest pause after a failure.
const LONGEST_FAILING: Duration = Duration::from_secs(3600);

/// Clocks of those who publish metadata may be so far ahead.
const SKEW: Duration = Duration::from_secs(300);

/// Metadata was not fetched, or not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceProblem {
    /// Nobody has said where it is.
    #[error("no URL of the metadata is configured")]
    NoUrl,
    /// It cannot be fetched.
    #[error("the metadata cannot be fetched: {0}")]
    Fetch(#[from] OutboundError),
    /// The server answers something else.
    #[error("the server of the metadata answers with status {0}; redirects are not followed")]
    Status(u16),
    /// It is not in UTF-8.
    #[error("the metadata is not in UTF-8")]
    Encoding,
    /// The pinned certificate is none.
    #[error("the pinned certificate {0}")]
    Certificate(String),
    /// Its signature is not what it must be.
    #[error("the metadata is not signed as configured: {0}")]
    Signature(#[from] GateError),
    /// It says something else than metadata does.
    #[error("the metadata is not valid: {0}")]
    Metadata(#[from] MetadataProblem),
    /// It has expired.
    #[error("the metadata has expired: its validUntil has passed")]
    Expired,
    /// It does not say when it expires.
    #[error("the metadata names no validUntil, so that an old copy could be shown for ever (require_valid_until)")]
    Endless,
    /// It says that it counts for longer than it may.
    #[error("the metadata says that it is valid until {0}, later than may be (max_validity)")]
    TooLong(String),
    /// It says that it is made later than now.
    #[error("the metadata says that it was made in the future, at {0}")]
    Future(String),
    /// It is older than what is held.
    #[error("the metadata was made before the one that is held (refresh with --older takes it once)")]
    Older,
    /// It does not say when it was made, and what is held does.
    #[error("the metadata says no longer when it was made, as the one that is held does (refresh with --older takes it once)")]
    Undated,
    /// Neither it nor what is held says when it was made, and it expires earlier. Whoever publishes for a shorter time than before is
    /// taken before what is held expires: by then whatever has not expired expires later.
    #[error("the metadata expires before the one that is held, and may be an older copy (refresh with --older takes it once)")]
    Sooner,
    /// It describes somebody else.
    #[error("the metadata describes {0}, another entity than before")]
    OtherEntity(String),
    /// A federation calls itself otherwise than it must.
    #[error("the metadata is that of {0}, not of the federation that is expected (metadata_name)")]
    OtherName(String),
    /// No service provider in it can be used.
    #[error("there is no service provider in the metadata that could be used")]
    Empty,
    /// Two entities have one name.
    #[error("two entities call themselves {0}")]
    Twice(String),
    /// What it says does not fit the settings.
    #[error("the metadata does not fit the settings: {0}")]
    Unfit(String),
    /// Somebody else is at it.
    #[error("another node is refreshing it at this moment")]
    Busy,
    /// A fault of ours.
    #[error("internal: {0}")]
    Fault(String),
}

impl Classified for SourceProblem {
    fn class(&self) -> Class {
        match self {
            Self::Fetch(e) => e.class(),
            Self::Status(_) | Self::Busy => Class::Unavailable,
            Self::Fault(_) => Class::Internal,
            _ => Class::Invalid,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Fetch(e) => e.code(),
            Self::Status(_) => "metadata_status",
            Self::Signature(_) | Self::Certificate(_) => "metadata_signature",
            Self::Expired | Self::Endless | Self::TooLong(_) | Self::Future(_) | Self::Older | Self::Undated | Self::Sooner => {
                "metadata_time"
            }
            Self::Busy => "metadata_busy",
            Self::Fault(_) => "metadata_fault",
            _ => "metadata_invalid",
        }
    }
}

/// How the last look at a source went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// When it was looked at.
    pub checked_at: Timestamp,
    /// When that worked last.
    pub fetched_at: Option<Timestamp>,
    /// When it is looked at again.
    pub due_at: Timestamp,
    /// How many looks have failed since.
    pub failures: i64,
    /// Why the last one failed; empty when it did not.
    pub problem: String,
}

impl State {
    /// It worked.
    pub fn good(now: Timestamp, due_at: Timestamp) -> Self {
        Self { checked_at: now, fetched_at: Some(now), due_at, failures: 0, problem: String::new() }
    }

    /// It did not work. Tried again soon at first, later less often.
    pub fn failed(previous: Option<&Self>, problem: String, now: Timestamp) -> Self {
        let failures = previous.map_or(0, |state| state.failures).saturating_add(1);
        let doubled = 60_u64 << u32::try_from(failures.min(10)).unwrap_or(10);
        let pause = Duration::from_secs(doubled).min(LONGEST_FAILING);
        Self { checked_at: now, fetched_at: previous.and_then(|state| state.fetched_at), due_at: now + pause, failures, problem }
    }
}

/// When metadata that was fetched now is fetched again: after `every`, sooner if it may not be kept so long, and in any case long
/// before it expires.
pub fn due(now: Timestamp, every: Duration, cache: Option<Duration>, valid_until: Option<Timestamp>) -> Timestamp {
    let half = valid_until.map(|until| until.since(now) / 2);
    let pause = [Some(every), cache, half].into_iter().flatten().min().unwrap_or(every);
    now + pause.max(SHORTEST)
}

/// Whether metadata may be older than what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It may not: an old copy could be shown to us.
    Kept,
    /// It may, this once, because an administrator says so.
    Waived,
}

/// Looks whether metadata that says it was made at `created` may take the place of that which was made at `held`.
///
/// # Errors
/// [`SourceProblem::Future`]: whatever came after it would be older. [`SourceProblem::Older`]; [`SourceProblem::Undated`] when it does not
/// say when it was made, although what is held does.
pub fn in_order(created: Option<Timestamp>, held: Option<Timestamp>, now: Timestamp) -> Result<(), SourceProblem> {
    if let Some(created) = created.filter(|created| *created > now + SKEW) {
        return Err(SourceProblem::Future(time::written(created)));
    }
    match (created, held) {
        (Some(created), Some(held)) if created < held => Err(SourceProblem::Older),
        (None, Some(_)) => Err(SourceProblem::Undated),
        _ => Ok(()),
    }
}

/// Fetches the text at a URL.
///
/// # Errors
/// [`SourceProblem::Fetch`], [`SourceProblem::Status`], [`SourceProblem::Encoding`].
pub async fn fetch(outbound: &Outbound, url: &str) -> Result<String, SourceProblem> {
    let answer =
        outbound.send(Call::get(url).header("accept", "application/samlmetadata+xml, application/xml, text/xml")).await?;
    if answer.status != 200 {
        return Err(SourceProblem::Status(answer.status));
    }
    String::from_utf8(answer.body).map_err(|_| SourceProblem::Encoding)
}

/// The keys of pinned certificates: PEM, one or several while they roll over, or the base64 of one alone.
///
/// # Errors
/// [`SourceProblem::Certificate`].
pub fn pinned(text: &str) -> Result<Vec<PartyKey>, SourceProblem> {
    certificates(text)?.iter().map(|der| PartyKey::read(der).map_err(SourceProblem::Certificate)).collect()
}

/// Whether one certificate is pinned by both texts: while keys roll over, older copies are no less old.
pub(crate) fn has_common(one: &str, other: &str) -> bool {
    let (Ok(one), Ok(other)) = (certificates(one), certificates(other)) else { return false };
    one.iter().any(|der| other.contains(der))
}

/// Pinned certificates as DER.
fn certificates(text: &str) -> Result<Vec<Vec<u8>>, SourceProblem> {
    let wrong = |what: &str| SourceProblem::Certificate(what.to_owned());
    let ders = if text.contains("-----BEGIN") {
        let stack = X509::stack_from_pem(text.as_bytes()).map_err(|_| wrong("is not PEM"))?;
        stack
            .iter()
            .map(|certificate| certificate.to_der())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| wrong("cannot be read"))?
    } else {
        let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        vec![BASE64.decode(packed.as_bytes()).map_err(|_| wrong("is neither PEM nor base64"))?]
    };
    if ders.is_empty() || ders.len() > 10 {
        return Err(wrong("must be one, or up to ten while they roll over"));
    }
    Ok(ders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::tests::Party;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    #[test]
    fn looks_are_neither_too_rare_nor_too_frequent() {
        let (hour, day) = (Duration::from_secs(3600), Duration::from_secs(86_400));
        assert_eq!(due(NOW, day, None, None), NOW + day);
        assert_eq!(due(NOW, day, Some(hour), None), NOW + hour);
        assert_eq!(due(NOW, day, None, Some(NOW + hour)), NOW + hour / 2);
        assert_eq!(due(NOW, day, Some(Duration::ZERO), Some(NOW)), NOW + SHORTEST);
        let mut state = State::failed(None, "x".to_owned(), NOW);
        assert_eq!((state.failures, state.due_at, state.fetched_at), (1, NOW + Duration::from_secs(120), None));
        for _ in 0..100 {
            state = State::failed(Some(&state), "x".to_owned(), NOW);
        }
        assert_eq!((state.failures, state.due_at), (101, NOW + LONGEST_FAILING));
    }

    #[test]
    fn what_was_made_earlier_or_later_is_not_taken() {
        let at = |seconds: i64| Some(Timestamp(NOW.0 + seconds * 1_000_000));
        for good in [(None, None), (at(0), None), (at(300), None), (at(-9), at(-9)), (at(0), at(-9))] {
            assert_eq!(in_order(good.0, good.1, NOW), Ok(()), "{good:?}");
        }
        assert!(matches!(in_order(at(301), None, NOW), Err(SourceProblem::Future(_))));
        assert_eq!(in_order(at(-9), at(-8), NOW), Err(SourceProblem::Older));
        assert_eq!(in_order(None, at(-8), NOW), Err(SourceProblem::Undated));
    }

    #[test]
    fn certificates_are_read_in_both_forms() {
        let (one, two) = (Party::rsa(), Party::ec());
        let pem = |party: &Party| String::from_utf8(X509::from_der(&party.certificate).unwrap().to_pem().unwrap()).unwrap();
        assert_eq!(pinned(&[pem(&one), pem(&two)].concat()).unwrap().len(), 2);
        assert_eq!(pinned(&BASE64.encode(&one.certificate)).unwrap().len(), 1);
        for bad in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(pinned(bad).is_err(), "{bad}");
        }
    }
}
