//! Passwords: checked by signing in as the person, changed by the person themselves.

use std::collections::HashSet;

use kernel::SecretText;
use ldap3::Mod;

use super::Ldap;
use super::dn::{Dn, Rdn};
use super::filter::Attr;
use super::pool::Write;
use super::verdict::{MAX_PASSWORD, Policy, verdict};
use super::write::{active_directory_password, refusal};
use crate::resolvers::{MustChange, NewPasswordFault, PasswordCheck, PasswordNote, ResolverError};

/// Nothing that a directory could take for a password: an empty one would be no sign-in at all.
fn impossible(password: &SecretText) -> bool {
    password.is_empty() || password.len() > MAX_PASSWORD || password.expose().contains('\0')
}

impl Ldap {
    pub(super) async fn check(&self, uid: &str, password: &SecretText) -> Result<PasswordCheck, ResolverError> {
        if impossible(password) {
            return Ok(PasswordCheck::default());
        }
        let Some((dn, remembered)) = self.name_of(uid, false).await? else {
            // Nobody costs what somebody costs.
            self.checks.check(&self.nobody()?, password).await?;
            return Ok(PasswordCheck::default());
        };
        let said = self.checks.check(&dn, password).await?;
        if remembered && matches!(said.code, 32 | 34 | 49) {
            // The entry may have been moved since its name was read.
            match self.name_of(uid, true).await? {
                Some((now, _)) if now != dn => return verdict(&self.checks.check(&now, password).await?),
                Some(_) => {}
                None => return Ok(PasswordCheck::default()),
            }
        }
        verdict(&said)
    }

    /// A name that nobody has.
    fn nobody(&self) -> Result<String, ResolverError> {
        let attr = Attr::new("cn").ok_or_else(|| ResolverError::Internal("cn is no attribute".to_owned()))?;
        Ok(Dn::child(Rdn::new(attr, self.chance.token()), &self.config.base).to_string())
    }

    /// Changes a password for who knows the old one, also when it may be used for nothing else any more.
    pub(super) async fn change_own(&self, uid: &str, old: &SecretText, new: &SecretText) -> Result<(), ResolverError> {
        let wrong = || ResolverError::WrongPassword;
        if impossible(old) {
            return Err(wrong());
        }
        if impossible(new) {
            return Err(ResolverError::Refused("The new password is empty or too long.".to_owned()));
        }
        let (dn, _) = self.name_of(uid, false).await?.ok_or_else(wrong)?;
        if self.features().await?.active_directory {
            return self.change_in_active_directory(&dn, old, new).await;
        }
        let (mut connection, said) = self.checks.as_somebody(&dn, old).await?;
        let check = verdict(&said)?;
        let signed_in = said.ok();
        let done = match (signed_in, check.note) {
            (true, _) => connection.change_password(&dn, Some(old.expose()), new.expose()).await,
            // Only who knows the password hears that it has expired. They may not even sign in to change it, so we do it for them.
            (false, PasswordNote::MustChange(MustChange::Expired)) => {
                let said = self.searches.write(Write::Password(&dn, Some(old), new)).await?;
                return if said.ok() { Ok(()) } else { Err(refused(&said)) };
            }
            (false, PasswordNote::Locked | PasswordNote::Barred) => {
                return Err(ResolverError::Refused("The account is locked or disabled.".to_owned()));
            }
            (false, _) => return Err(wrong()),
        };
        match done {
            Ok(said) if said.ok() => Ok(()),
            Ok(said) => Err(refused(&said)),
            Err(e) => Err(ResolverError::Unavailable(e.0)),
        }
    }

    /// There the old value is removed and the new one added in one request, which the server takes as a change, not a reset.
    async fn change_in_active_directory(&self, dn: &str, old: &SecretText, new: &SecretText) -> Result<(), ResolverError> {
        let name = || b"unicodePwd".to_vec();
        let changes = vec![
            Mod::Delete(name(), HashSet::from([active_directory_password(old)])),
            Mod::Add(name(), HashSet::from([active_directory_password(new)])),
        ];
        let said = self.searches.write(Write::Modify(dn, changes)).await?;
        match said.code {
            0 => Ok(()),
            // ERROR_INVALID_PASSWORD: the old value is not there.
            19 if said.text.starts_with("00000056") => Err(ResolverError::WrongPassword),
            // ERROR_PASSWORD_RESTRICTION: length, complexity, history or age.
            19 | 53 if said.text.starts_with("0000052D") => {
                Err(ResolverError::Refused(NewPasswordFault::TooWeak.words().to_owned()))
            }
            _ => Err(refused(&said)),
        }
    }
}

fn refused(said: &super::connection::Said) -> ResolverError {
    match Policy::of(said).refusal() {
        Some(why) => ResolverError::Refused(why.to_owned()),
        None => refusal(said),
    }
}
