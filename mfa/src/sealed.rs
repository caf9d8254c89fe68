//! Columns of this crate that hold sealed values; they take part in re-sealing after a rotation of the sealing key.
//!
//! To add one: one line in the list. A test looks for places that are missing.

keys::sealed_columns! {
    /// Seeds of tokens.
    TOKEN_SEED = "token", "seed", "id";
    /// Hashes of PINs.
    TOKEN_PIN = "token", "pin", "id";
    /// What kinds need to judge answers.
    CHALLENGE_DATA = "challenge", "data", "id";
    /// Hashes of passwords of internal accounts.
    ACCOUNT_PASSWORD = "account", "password", "id";
    /// Hashes of passwords of administrators.
    ADMINISTRATOR_PASSWORD = "administrator", "password", "id";
    /// Secret parameters of resolvers.
    RESOLVER_PARAMS = "resolver", "params", "id", members;
    /// Messages that wait to be sent.
    OUTBOX_PAYLOAD = "outbox", "payload", "id";
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_place_is_declared() {
        let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert_eq!(keys::reseal::undeclared(&sources, super::SEALED).unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn every_column_exists() {
        for db in db::testing::all().await {
            for stmt in super::SEALED.iter().flat_map(|column| column.statements()) {
                db.prepare(stmt).await.unwrap();
            }
        }
    }
}
