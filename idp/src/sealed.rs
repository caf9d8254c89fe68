//! Columns of this crate that hold sealed values; they take part in re-sealing after a rotation of the sealing key.
//!
//! To add one: one line in the list. A test looks for places that are missing.

keys::sealed_columns! {
    /// Digests of secrets of clients.
    CLIENT_SECRET = "oidc_client", "secret", "id";
    /// Digests of secrets that were replaced and are accepted for a while.
    CLIENT_FORMER_SECRET = "oidc_client", "former_secret", "id";
    /// What a login flow keeps to itself.
    LOGIN_FLOW = "login_flow", "sealed", "id";
    /// Content of web sessions.
    WEB_SESSION = "web_session", "data", "id";
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
