//! Programs that may provision: a token, one internal resolver, and rights.

use audit::Origin;
use db::{Batch, DbError};
use kernel::SecretText;
use kernel::ids::RowId;
use keys::Purpose;

use super::error::{Kind, ScimError};
use super::store::client as store;
use crate::Mfa;
use crate::budget::{CheckError, Guess, Limited, Secret, Subject};

/// What tokens begin with, so that they are recognised where they have leaked.
const PREFIX: &str = "scim_";
/// A longer token is none of ours.
const MAX_TOKEN: usize = 128;

/// Declares the rights.
macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)+) => {
        /// What a client may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Right { $($(#[$doc])* $name),+ }

        impl Right {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

rights! {
    /// Read users.
    ReadUsers = "users:read";
    /// Create, change and delete users.
    WriteUsers = "users:write";
    /// Read groups.
    ReadGroups = "groups:read";
    /// Create, change and delete groups.
    WriteGroups = "groups:write";
}

impl Right {
    /// The right of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|right| right.name() == name)
    }
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its row.
    pub id: RowId,
    /// Its name.
    pub name: String,
    /// Where its people live.
    pub resolver_id: RowId,
    /// What it may do.
    pub rights: Vec<Right>,
    /// When it was added.
    pub created_at: kernel::Timestamp,
}

impl Client {
    /// Goes on only if it has the right.
    ///
    /// # Errors
    /// [`Kind::Forbidden`].
    pub fn demand(&self, right: Right) -> Result<(), ScimError> {
        if self.rights.contains(&right) {
            return Ok(());
        }
        Err(ScimError::new(Kind::Forbidden, format!("This client has not the right {}.", right.name())))
    }
}

/// Why a client was not let in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No client has this token.
    #[error("no client has this token")]
    Unknown,
    /// Too many wrong tokens from there.
    #[error(transparent)]
    Limited(#[from] Limited),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The failure could not be recorded.
    #[error(transparent)]
    Write(#[from] db::WriteError),
}

/// A new token and what is stored of it.
pub(super) fn draw(sys: &Mfa) -> (SecretText, String) {
    let token = SecretText::new(format!("{PREFIX}{}", sys.chance.token()));
    let stored = hashed(sys, &token);
    (token, stored)
}

/// What is stored of a token: nobody who reads the database can use it or try tokens against it.
fn hashed(sys: &Mfa, token: &SecretText) -> String {
    sys.keys.mac(Purpose::Lookup, format!("scim client {}", token.expose()).as_bytes())
}

/// The client that has this token. A wrong one counts as a guess of where it came from, and is recorded. Nobody guesses 256 bits:
/// the budget stops those who try, and never the program next to them that has a right token.
///
/// # Errors
/// [`Refused`].
pub async fn authenticate(sys: &Mfa, origin: &Origin, token: &SecretText) -> Result<Client, Refused> {
    let sound = token.len() <= MAX_TOKEN && token.expose().starts_with(PREFIX);
    let found = if sound { store::by_token(&sys.db, &hashed(sys, token)).await? } else { None };
    if let Some(client) = found {
        return Ok(client);
    }
    let guess = Guess { secret: Secret::ApiKey, subject: Subject::Anyone, origin, device: None };
    let permit = match sys.budgets.check(&guess, origin.at).await {
        Ok(permit) => permit,
        Err(CheckError::Limited(limited)) => return Err(limited.into()),
        Err(CheckError::Db(e)) => return Err(e.into()),
    };
    let mut batch = Batch::new();
    permit.wrong(&mut batch);
    let mut record = audit::Record::new(origin, "SCIM");
    record.info = "no client has this token".to_owned();
    sys.audit.append(&mut batch, record);
    sys.db.write(batch).await?;
    Err(Refused::Unknown)
}
