//! Sealed columns of flows and web sessions: they are short-lived, but may live longer than an older sealing key.

keys::sealed_columns! {
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
        assert_eq!(keys::reseal::undeclared(&sources, &crate::sealed_columns()).unwrap(), Vec::<String>::new());
    }
}
