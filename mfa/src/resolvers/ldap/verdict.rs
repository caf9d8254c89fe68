//! What the answer to a sign-in means: result codes, password policies (draft-behera-ldap-password-policy), the codes of Active
//! Directory and those of 389 Directory Server.

use std::time::Duration;

use super::account::seconds;
use super::connection::{PASSWORD_POLICY, Said};
use super::frames::{Elements, number};
use crate::resolvers::{MustChange, NewPasswordFault, PasswordCheck, PasswordNote, ResolverError};

/// The controls of 389 Directory Server: the password has expired, or expires after so many seconds.
const EXPIRED: &str = "2.16.840.1.113730.3.4.4";
const EXPIRING: &str = "2.16.840.1.113730.3.4.5";

/// What the control of the password policy says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) expires: Option<i32>,
    pub(super) grace: Option<i32>,
    pub(super) error: Option<i32>,
}

impl Policy {
    /// Reads the control, if it is there and can be read.
    pub(super) fn of(said: &Said) -> Self {
        let value =
            said.controls.iter().find(|control| control.ctype == PASSWORD_POLICY).and_then(|control| control.val.as_deref());
        value.and_then(Self::read).unwrap_or_default()
    }

    fn read(value: &[u8]) -> Option<Self> {
        let mut parts = Elements::inside(value, Elements::new(value).expect(0x30).ok()?);
        let mut policy = Self::default();
        while let Some(part) = parts.next().ok()? {
            match part.tag {
                0xa0 => {
                    let warning = Elements::inside(value, part).next().ok()??;
                    let n = Some(number(value, warning).ok()?);
                    match warning.tag {
                        0x80 => policy.expires = n,
                        0x81 => policy.grace = n,
                        _ => {}
                    }
                }
                0x81 => policy.error = Some(number(value, part).ok()?),
                _ => {}
            }
        }
        Some(policy)
    }

    /// Why a new password was not taken.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        Some(match self.error? {
            3 => NewPasswordFault::NotAllowed.words(),
            4 => "The old password is needed to change it.",
            5 => NewPasswordFault::TooWeak.words(),
            6 => NewPasswordFault::TooShort.words(),
            7 => NewPasswordFault::TooSoon.words(),
            8 => NewPasswordFault::Used.words(),
            9 => NewPasswordFault::TooLong.words(),
            _ => return None,
        })
    }
}

const WRONG: PasswordNote = PasswordNote::None;

fn no(note: PasswordNote) -> PasswordCheck {
    PasswordCheck { note, ..PasswordCheck::default() }
}

/// Reads the answer.
///
/// # Errors
/// When the server could not or would not check: that says nothing about the password.
pub(super) fn verdict(said: &Said) -> Result<PasswordCheck, ResolverError> {
    let policy = Policy::of(said);
    let has = |oid: &str| said.controls.iter().find(|control| control.ctype == oid);
    match said.code {
        0 if policy.error == Some(2) => Ok(no(PasswordNote::MustChange(MustChange::Reset))),
        // 389 signs somebody with an expired password in, only to let them change it.
        0 if has(EXPIRED).is_some() && policy.grace.is_none() => Ok(no(PasswordNote::MustChange(MustChange::Expired))),
        0 => Ok(PasswordCheck {
            ok: true,
            note: warning(&policy, has(EXPIRING).and_then(|c| c.val.as_deref())),
            ..Default::default()
        }),
        49 => Ok(no(refused(said, &policy))),
        // 389: the account is locked after too many guesses, or inactive.
        19 => Ok(no(PasswordNote::Locked)),
        53 if said.text.to_ascii_lowercase().contains("inactivated") => Ok(no(PasswordNote::Barred)),
        53 if policy.error == Some(1) => Ok(no(PasswordNote::Locked)),
        53 if policy.error == Some(0) || has(EXPIRED).is_some() => Ok(no(PasswordNote::MustChange(MustChange::Expired))),
        // No such entry, no such name, no password, a referral elsewhere, not permitted to sign in.
        10 | 32 | 34 | 48 | 50 | 53 => {
            tracing::info!("a directory does not check a password: {}", said.words());
            Ok(no(WRONG))
        }
        _ => Err(ResolverError::Unavailable(said.words())),
    }
}

fn warning(policy: &Policy, expiring: Option<&[u8]>) -> PasswordNote {
    let after = expiring.and_then(|value| std::str::from_utf8(value).ok()?.trim().parse::<i64>().ok()).map(seconds);
    match (policy.grace, policy.expires) {
        (Some(left), _) => PasswordNote::Grace(u32::try_from(left).unwrap_or(0)),
        (None, Some(left)) => PasswordNote::Expires(seconds(left.into())),
        (None, None) => after.map_or(PasswordNote::None, PasswordNote::Expires),
    }
}

fn refused(said: &Said, policy: &Policy) -> PasswordNote {
    match (active_directory(&said.text), policy.error) {
        (Some(note), _) => note,
        (None, Some(0)) => PasswordNote::MustChange(MustChange::Expired),
        (None, Some(1)) => PasswordNote::Locked,
        (None, Some(2)) => PasswordNote::MustChange(MustChange::Reset),
        _ if said.controls.iter().any(|control| control.ctype == EXPIRED) => PasswordNote::MustChange(MustChange::Expired),
        _ => WRONG,
    }
}

/// The code in `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 532, v1db1`. All but the lock are told
/// only to who knows the password.
fn active_directory(text: &str) -> Option<PasswordNote> {
    let (_, data) = text.split_once("AcceptSecurityContext error, data ")?;
    let code = data.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap_or_default();
    Some(match code.to_ascii_lowercase().as_str() {
        "532" => PasswordNote::MustChange(MustChange::Expired),
        "773" => PasswordNote::MustChange(MustChange::Reset),
        "775" => PasswordNote::Locked,
        // Not at this time, not from here, disabled, ended.
        "530" | "531" | "533" | "701" => PasswordNote::Barred,
        _ => WRONG,
    })
}

/// Longest password that is sent to a directory.
pub(super) const MAX_PASSWORD: usize = 1024;
/// How long a whole question may take, in units of the time for one answer.
pub(super) const QUESTION: u32 = 4;

/// The budget of a whole question.
pub(super) const fn budget(timeout: Duration) -> Duration {
    timeout.saturating_mul(QUESTION)
}

#[cfg(test)]
mod tests {
    use ldap3::controls::RawControl;
    use proptest::prelude::*;

    use super::*;

    fn said(code: u32, text: &str, controls: &[(&str, &[u8])]) -> Said {
        let control =
            |(oid, value): &(&str, &[u8])| RawControl { ctype: (*oid).to_owned(), crit: false, val: Some(value.to_vec()) };
        Said { code, text: text.to_owned(), controls: controls.iter().map(control).collect() }
    }

    fn note(code: u32, text: &str, controls: &[(&str, &[u8])]) -> (bool, PasswordNote) {
        let check = verdict(&said(code, text, controls)).unwrap();
        (check.ok, check.note)
    }

    #[test]
    fn password_policies() {
        let policy = |value: &'static [u8]| [(PASSWORD_POLICY, value)];
        assert_eq!(note(0, "", &[]), (true, PasswordNote::None));
        assert_eq!(note(0, "", &policy(b"\x30\x00")), (true, PasswordNote::None));
        assert_eq!(note(0, "", &policy(b"\x30\x05\xa0\x03\x80\x01\x3c")), (true, PasswordNote::Expires(Duration::from_secs(60))));
        assert_eq!(note(0, "", &policy(b"\x30\x05\xa0\x03\x81\x01\x02")), (true, PasswordNote::Grace(2)));
        assert_eq!(note(0, "", &policy(b"\x30\x03\x81\x01\x02")), (false, PasswordNote::MustChange(MustChange::Reset)));
        assert_eq!(note(49, "", &policy(b"\x30\x03\x81\x01\x00")), (false, PasswordNote::MustChange(MustChange::Expired)));
        assert_eq!(note(49, "", &policy(b"\x30\x03\x81\x01\x01")), (false, PasswordNote::Locked));
        assert_eq!(note(49, "", &[]), (false, PasswordNote::None));
        assert_eq!(note(0, "", &[(EXPIRING, b"86400")]), (true, PasswordNote::Expires(Duration::from_secs(86_400))));
        assert_eq!(note(0, "", &[(EXPIRED, b"0")]), (false, PasswordNote::MustChange(MustChange::Expired)));
        assert_eq!(note(19, "Exceed password retry limit. Please try later.", &[]), (false, PasswordNote::Locked));
        assert_eq!(note(53, "Account inactivated. Contact system administrator.", &[]), (false, PasswordNote::Barred));
        assert!(verdict(&said(13, "", &[])).is_err() && verdict(&said(80, "", &[])).is_err());
        for wrong in [10, 32, 34, 48, 50, 53] {
            assert_eq!(note(wrong, "", &[]), (false, PasswordNote::None));
        }
    }

    #[test]
    fn codes_of_active_directory() {
        for (code, expected) in [
            ("525", WRONG),
            ("52e", WRONG),
            ("530", PasswordNote::Barred),
            ("531", PasswordNote::Barred),
            ("532", PasswordNote::MustChange(MustChange::Expired)),
            ("533", PasswordNote::Barred),
            ("701", PasswordNote::Barred),
            ("773", PasswordNote::MustChange(MustChange::Reset)),
            ("775", PasswordNote::Locked),
        ] {
            let text = format!("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {code}, v1db1\0");
            assert_eq!(note(49, &text, &[]), (false, expected), "{code}");
        }
    }

    proptest! {
        #[test]
        fn foreign_controls_never_panic(value in proptest::collection::vec(any::<u8>(), 0..40), code in 0u32..100, text in "(?s).{0,60}") {
            let _ = Policy::read(&value);
            let _ = verdict(&said(code, &text, &[(PASSWORD_POLICY, &value), (EXPIRING, &value)]));
        }
    }
}
