//! How many tokens a person and a realm may have.

use db::Db;

use crate::operation::Failure;
use crate::policy::At;
use crate::policy::actions::enrollment::{
    MAX_ACTIVE_KIND_PER_USER, MAX_ACTIVE_TOKEN_PER_USER, MAX_KIND_PER_USER, MAX_TOKEN_PER_REALM, MAX_TOKEN_PER_USER,
};
use crate::tokens::{KindRef, Token, store};

fn below(count: usize, limit: Option<u32>, message: &str) -> Result<(), Failure> {
    match limit {
        Some(limit) if count >= usize::try_from(limit).unwrap_or(usize::MAX) => Err(Failure::policy(message)),
        _ => Ok(()),
    }
}

/// Whether a person with these tokens may have one more, active one of this kind.
///
/// # Errors
/// [`Failure`] of policy when a limit is reached.
pub fn person(tokens: &[Token], kind: KindRef, at: &At<'_>) -> Result<(), Failure> {
    let name = kind.spec().name;
    let of_kind = |token: &&Token| token.kind.spec().name == name;
    let tokens_of_kind = tokens.iter().filter(of_kind).count();
    below(tokens.len(), at.get(&MAX_TOKEN_PER_USER)?, "The number of tokens for this user is limited!")?;
    below(tokens_of_kind, at.get(&MAX_KIND_PER_USER.of(name))?, "The number of tokens of this type for this user is limited!")?;
    active(tokens, kind, at)
}

/// Whether a person with these tokens may have one more active one of this kind.
///
/// # Errors
/// [`Failure`] of policy when a limit is reached.
pub fn active(tokens: &[Token], kind: KindRef, at: &At<'_>) -> Result<(), Failure> {
    let name = kind.spec().name;
    let active = || tokens.iter().filter(|token| token.active);
    let of_kind = active().filter(|token| token.kind.spec().name == name).count();
    below(active().count(), at.get(&MAX_ACTIVE_TOKEN_PER_USER)?, "The number of active tokens for this user is limited!")?;
    below(
        of_kind,
        at.get(&MAX_ACTIVE_KIND_PER_USER.of(name))?,
        "The number of active tokens of this type for this user is limited!",
    )
}

/// Whether each of these realms may have one more token.
///
/// # Errors
/// [`Failure`] of policy when a limit is reached; when the database fails.
pub async fn realms(db: &Db, realms: &[String], at: &At<'_>) -> Result<(), Failure> {
    let Some(limit) = at.get(&MAX_TOKEN_PER_REALM)? else { return Ok(()) };
    for realm in realms {
        if store::count_of_realm(db, realm).await? >= i64::from(limit) {
            return Err(Failure::policy("The maximum number of tokens for the realm is reached!"));
        }
    }
    Ok(())
}
