//! Notices: what people are told about their own account, so that somebody else's doing does not go unnoticed.
//!
//! A notice is an entry of the outbox in the batch of the operation that gives cause to it: it leaves when that has committed, or
//! never. To whom and in which language it goes is settled at that moment. Whoever takes over an account cannot divert it by
//! changing the address afterwards, and no directory is asked when it is delivered.
//!
//! To add one: a line in `notices!`, a call of [`tell`] where it happens, and its sentences in `templates`.

mod change;

use std::net::IpAddr;

use audit::{Door, Origin};
use db::{Batch, outbox};
use kernel::Timestamp;
use kernel::ids::{PersonId, RowId};
use keys::{Keys, Place, SealError};
use serde::{Deserialize, Serialize};

use crate::Mfa;
use crate::operation::{Call, Caller};
use crate::people::{Attribute, Person};
use crate::tokens::Token;

pub(crate) use change::of_change;

/// The topic of notices in the outbox.
pub const TOPIC: &str = "notice";

/// Attributes that may hold the language of a person.
const LANGUAGE: [&str; 3] = ["language", "locale", "preferredlanguage"];

/// Declares what people are told.
macro_rules! notices {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$about:meta])* $field:ident : $ty:ty),+ })? = $word:literal;)+) => {
        /// What somebody is told.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "notice")]
        pub enum What {
            $($(#[$doc])* #[serde(rename = $word)] $name $({ $($(#[$about])* $field: $ty),+ })?,)+
        }

        impl What {
            /// A stable name, for metrics and the audit.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name $({ $($field: _),+ })? => $word),+ }
            }
        }
    };
}

notices! {
    /// A factor can be used from now on.
    FactorAdded {
        /// Which.
        factor: Factor
    } = "factor_added";
    /// A factor that was off is on again.
    FactorEnabled {
        /// Which.
        factor: Factor
    } = "factor_enabled";
    /// A factor is off.
    FactorDisabled {
        /// Which.
        factor: Factor
    } = "factor_disabled";
    /// A factor is gone for good, or somebody else's.
    FactorRemoved {
        /// Which.
        factor: Factor
    } = "factor_removed";
    /// There are new recovery codes.
    CodesMade = "recovery_codes_made";
    /// A recovery code was used up.
    CodeUsed {
        /// How many are left.
        left: u32
    } = "recovery_code_used";
    /// The password is another.
    PasswordChanged = "password_changed";
    /// Mail goes to another address from now on. Goes to the former one.
    EmailChanged = "email_changed";
    /// All sessions were ended.
    SignedOutEverywhere = "signed_out_everywhere";
}

/// A factor as its owner knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Its kind.
    pub kind: String,
    /// Its serial.
    pub serial: String,
    /// What the owner calls it; may be empty.
    pub description: String,
}

impl From<&Token> for Factor {
    fn from(token: &Token) -> Self {
        let kind = token.kind.spec().name.to_owned();
        Self { kind, serial: token.serial.clone(), description: token.description.clone() }
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Somebody who was taken for the person.
    Person,
    /// Somebody who manages the service.
    Administrator,
}

/// One notice, with everything that is needed to deliver it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened.
    pub what: What,
    /// Who did it.
    pub by: By,
    /// When.
    pub at: Timestamp,
    /// Whom it concerns.
    pub person: PersonId,
    /// Their login name.
    pub login: String,
    /// Their realm.
    pub realm: String,
    /// How they are addressed.
    pub name: String,
    /// Their mail address at that moment, if they had one.
    pub email: Option<String>,
    /// Their language, if it is known.
    pub language: Option<String>,
    /// From which address it was done, where that is the person's own affair.
    pub client: Option<IpAddr>,
    /// With which program.
    pub user_agent: Option<String>,
}

impl Notice {
    /// A notice about this person.
    pub fn new(origin: &Origin, by: By, person: &Person, what: What) -> Self {
        let text = |name: &str| person.attributes.get(name).and_then(Attribute::text).filter(|text| !text.is_empty());
        let own = by == By::Person;
        // The page of an administrator tells nothing about the person, and their address is not the person's affair.
        let spoken = origin.language.as_deref().filter(|_| own);
        // What calls the API for a person names itself, not what they sit at.
        let seen = own && !matches!(origin.door, Door::Validate | Door::Job | Door::Cli) && !origin.user_agent.is_empty();
        Self {
            what,
            by,
            at: origin.at,
            person: person.id,
            login: person.login.clone(),
            realm: person.realm.clone(),
            name: person.display_name(),
            email: text("email").map(str::to_owned),
            language: LANGUAGE.iter().find_map(|name| text(name)).or(spoken).map(str::to_owned),
            client: origin.client.filter(|_| own),
            user_agent: seen.then(|| origin.user_agent.clone()),
        }
    }

    /// Adds it to the batch of what gives cause to it.
    pub fn enqueue(&self, sys: &Mfa, batch: &mut Batch) {
        let id = RowId::new(&sys.chance, self.at);
        let place = id.to_string();
        // A value of ours serialises; one that does not would be reported as unreadable by its deliverer.
        let payload = serde_json::to_vec(self).unwrap_or_default();
        let sealed = sys.keys.sealer().seal(&Place::new("outbox", "payload", &place), &payload);
        outbox::enqueue(batch, id, TOPIC, &sealed, self.at);
    }

    /// Reads it back.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn open(keys: &Keys, entry: &outbox::Entry) -> Result<Self, Unreadable> {
        let opened = keys.sealer().open(&Place::new("outbox", "payload", &entry.id.to_string()), &entry.payload)?;
        serde_json::from_slice(opened.expose()).map_err(|_| Unreadable::Form)
    }
}

/// An entry of the outbox is no notice that this program can read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It cannot be opened.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// It was written by another version.
    #[error("the notice has a form that is not known")]
    Form,
}

/// Tells somebody what the operation under way does to their account.
pub(crate) fn tell(sys: &Mfa, call: &mut Call, person: &Person, what: What) {
    let by = match &call.caller {
        Caller::Admin(_) | Caller::Operator(_) | Caller::Service(_) => By::Administrator,
        Caller::Person(own) if own.id != person.id => By::Administrator,
        Caller::Person(_) | Caller::Anonymous => By::Person,
    };
    Notice::new(&call.origin, by, person, what).enqueue(sys, &mut call.batch);
}

#[cfg(test)]
mod tests;
