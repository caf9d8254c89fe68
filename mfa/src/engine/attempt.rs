//! What the verifier is asked.

use audit::Origin;
use kernel::SecretText;

use crate::people::Person;
use crate::tokens::KindRef;

/// Whose factor is checked.
#[derive(Clone)]
pub enum Who {
    /// A person, all of whose tokens may answer.
    Person(Person),
    /// One token, whoever owns it.
    Serial(String),
    /// Somebody who was typed but does not exist: costs the same and is never right.
    Unknown(String),
}

/// What the secret consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// PIN and value in one text, as the rules say; or the PIN alone, to ask for a challenge.
    #[default]
    PinAndValue,
    /// The value alone. For doors that have checked another factor or asked for the value by themselves; policy decides.
    ValueOnly,
}

/// One attempt.
pub struct Attempt<'a> {
    /// Where it comes from.
    pub origin: &'a Origin,
    /// Whose factor.
    pub who: Who,
    /// What was typed.
    pub secret: SecretText,
    /// The transaction that it answers, if it answers one.
    pub transaction: Option<String>,
    /// What the secret consists of.
    pub form: Form,
    /// Only tokens of this kind.
    pub kind: Option<KindRef>,
    /// The known device from which it comes, by an identifier that cannot be forged.
    pub device: Option<String>,
}
