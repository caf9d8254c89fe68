//! What somebody has.

use db::DbError;
use kernel::ids::PersonId;

use super::Mfa;
use crate::tokens::{Token, store};

impl Mfa {
    /// All tokens of a person, usable or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens_of(&self, person: PersonId) -> Result<Vec<Token>, DbError> {
        store::by_person(&self.db, person).await
    }
}
