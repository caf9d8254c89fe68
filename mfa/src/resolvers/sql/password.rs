//! Passwords: compared with the hash in the row.

use std::sync::PoisonError;

use db::foreign::{Change, Select, Test};
use kernel::SecretText;

use super::Sql;
use super::look::plausible;
use crate::resolvers::{NewPasswordFault, PasswordCheck, ResolverError};

/// Longer ones are nobody's password.
const MAX_PASSWORD: usize = 1024;
/// Rows that a collation may hold for the same uid.
const ALIKE: usize = 20;

/// Whether a password can be right at all.
fn possible(password: &SecretText) -> bool {
    (1..=MAX_PASSWORD).contains(&password.len()) && !password.expose().contains('\0')
}

impl Sql {
    pub(super) async fn check(&self, uid: &str, password: &SecretText) -> Result<PasswordCheck, ResolverError> {
        let stored = self.stored(uid).await?;
        let Some(stored) = stored.filter(|_| possible(password)) else {
            self.nobody(password).await?;
            return Ok(PasswordCheck::default());
        };
        match self.passwords.verify_foreign(stored.expose(), password).await? {
            Some(ok) => {
                *self.model.lock().unwrap_or_else(PoisonError::into_inner) = Some(stored);
                Ok(PasswordCheck { ok, ..PasswordCheck::default() })
            }
            None => Err(ResolverError::Unsupported(
                "The password hash of this account has a format that is not known, or costs too much.",
            )),
        }
    }

    /// The work of a wrong password.
    async fn nobody(&self, password: &SecretText) -> Result<(), ResolverError> {
        let model = self.model.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match model {
            Some(model) => self.passwords.verify_foreign(model.expose(), password).await.map(drop)?,
            None => self.passwords.dummy_verify(password).await.map(drop)?,
        }
        Ok(())
    }

    /// The hash of the only row with this uid.
    async fn stored(&self, uid: &str) -> Result<Option<SecretText>, ResolverError> {
        self.table()?;
        let Some(column) = self.config.password.as_ref().filter(|_| plausible(uid)) else { return Ok(None) };
        let columns = vec![self.config.uid.clone(), column.clone()];
        let rows = self.rows(&Select { columns, tests: self.only(uid), order: Vec::new(), most: ALIKE }).await?;
        let mut same = rows.into_iter().filter(|row| row.first().and_then(Option::as_deref) == Some(uid));
        let (first, second) = (same.next(), same.next());
        if second.is_some() {
            tracing::warn!(table = %self.config.table, "several rows have the same uid: they are nobody's");
            return Ok(None);
        }
        Ok(first.and_then(|row| row.into_iter().nth(1)?).filter(|hash| !hash.is_empty()).map(SecretText::new))
    }

    /// The tests that only the row with this uid meets.
    pub(super) fn only(&self, uid: &str) -> Vec<Test> {
        let own = Test::Is(self.config.uid.clone(), uid.to_owned());
        std::iter::once(own).chain(self.config.tests.iter().cloned()).collect()
    }

    /// The hash of a new password.
    pub(super) async fn hashed(&self, password: &SecretText) -> Result<SecretText, ResolverError> {
        let refused = |what: &str| ResolverError::Refused(what.to_owned());
        match password.len() {
            0 => return Err(refused("The password is empty.")),
            length if length > MAX_PASSWORD => return Err(refused(NewPasswordFault::TooLong.words())),
            _ if !possible(password) => return Err(refused("The password has a NUL character.")),
            _ => {}
        }
        let made = self.passwords.hash_foreign(self.config.maker, password).await?;
        made.ok_or_else(|| refused(NewPasswordFault::TooLong.words()))
    }

    /// Changes a password for who knows the old one, if nobody else has changed it meanwhile.
    pub(super) async fn change_own(&self, uid: &str, old: &SecretText, new: &SecretText) -> Result<(), ResolverError> {
        self.check_editable()?;
        let column = self.config.password.as_ref().ok_or(ResolverError::Unsupported("The password cannot be changed here."))?;
        let Some(stored) = self.stored(uid).await?.filter(|_| possible(old)) else {
            return Err(ResolverError::WrongPassword);
        };
        if self.passwords.verify_foreign(stored.expose(), old).await? != Some(true) {
            return Err(ResolverError::WrongPassword);
        }
        let hash = self.hashed(new).await?;
        let mut tests = self.only(uid);
        tests.push(Test::Is(column.clone(), stored.expose().to_owned()));
        let change = Change::Update(vec![(column.clone(), Some(hash))], tests);
        self.table()?.change(&change, None).await.map(drop).map_err(ResolverError::from)
    }
}
