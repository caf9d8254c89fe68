//! The identity provider: login flow, sessions, parties, claims, consent, OpenID Connect, SAML.
//!
//! Rules: no HTTP and no HTML here (functions from parsed input to typed answers, which the root renders); no knowledge of the
//! multi-factor engine ([`ports`] says what is needed of it); success exists only as [`login::Authenticated`], which nobody but
//! the login flow can build.
//!
//! To add a protocol: a module beside `oidc` that turns its request into a [`login::SignIn`] and an [`login::Authenticated`]
//! into its answer. To add a login step: a variant of `Step` (`login/state.rs`) and of `StepView`, and what leads there.

pub mod assurance;
pub mod claims;
pub mod consent;
pub mod login;
pub mod oidc;
pub mod party;
pub mod ports;
pub mod saml;
pub mod session;
#[cfg(test)]
pub(crate) mod testing;

/// Every statement of this crate; a test prepares each of them on every database.
pub fn statements() -> Vec<&'static db::Stmt> {
    let mut all = [consent::STATEMENTS, login::STATEMENTS, session::STATEMENTS, session::device::STATEMENTS].concat();
    all.extend(session::participant::STATEMENTS);
    all.extend(saml::slo::STATEMENTS);
    all.extend(party::client::store::STATEMENTS);
    all.extend(party::sp::store::STATEMENTS);
    all.extend(party::source::store::STATEMENTS);
    all.extend(party::federation::store::STATEMENTS);
    all.extend(oidc::store::statements());
    all.extend(saml::store::statements());
    all.extend(sealed_columns().into_iter().flat_map(keys::SealedColumn::statements));
    all
}

/// Every sealed column of this crate; they take part in re-sealing.
pub fn sealed_columns() -> Vec<&'static keys::SealedColumn> {
    let mut all = [party::client::store::SEALED, login::SEALED].concat();
    all.extend(saml::store::sealed());
    all
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn every_database_understands_every_statement() {
        db::testing::prepare_all(&super::statements()).await;
    }

    #[test]
    fn every_sealed_place_is_declared() {
        let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert_eq!(keys::reseal::undeclared(&sources, &super::sealed_columns()).unwrap(), Vec::<String>::new());
    }
}
