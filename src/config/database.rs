//! `[database]`

use figment::value::Value;

use super::declare::section;
use super::setting::{Setting, text};

section! {
    /// Where the data is kept.
    Database = "database" {
        /// `sqlite:PATH`, `postgres://USER@HOST/NAME` or `mysql://USER@HOST/NAME`; empty means `symbolon.db` in the data directory.
        /// A URL with a password belongs into the environment or a file that only the service can read. To a server on another machine,
        /// add `?sslmode=verify-full` (PostgreSQL) or `?ssl-mode=VERIFY_IDENTITY` (MySQL, MariaDB), and the certificate of an authority
        /// of your own with `&sslrootcert=FILE` or `&ssl-ca=FILE`.
        url: DatabaseUrl = DatabaseUrl::default();
        /// Whether `serve` applies pending migrations itself. The embedded database is always migrated, after a backup.
        migrate_on_start: bool = false;
    }
}

/// The URL of a database. No `Debug`: it may hold a password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The URL with its password, for the one who connects.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether none was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Setting for DatabaseUrl {
    const SECRET: bool = true;
    fn kind() -> String {
        "the URL of a database".into()
    }
    fn read(value: &Value) -> Result<Self, String> {
        text(value).map(Self).ok_or_else(|| "is not a single value".to_owned())
    }
    /// The URL without its password.
    fn show(&self) -> serde_json::Value {
        let Ok(mut url) = url::Url::parse(&self.0) else { return self.0.as_str().into() };
        if url.password().is_none() && !url.query_pairs().any(|(name, _)| name == "password") {
            return self.0.as_str().into();
        }
        let kept: Vec<_> =
            url.query_pairs().filter(|(name, _)| name != "password").map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
        // Both fail only for URLs that cannot have a password.
        let _ = url.set_password(Some("hidden"));
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
        url.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let shown = |url: &str| DatabaseUrl(url.to_owned()).show().as_str().unwrap_or_default().to_owned();
        assert_eq!(shown(""), "");
        assert_eq!(shown("sqlite:/var/lib/x.db"), "sqlite:/var/lib/x.db");
        assert_eq!(shown("postgres://u@db.example/s?sslmode=verify-full"), "postgres://u@db.example/s?sslmode=verify-full");
        assert_eq!(shown("postgres://u:geheim@db.example/s"), "postgres://u:hidden@db.example/s");
        assert!(!shown("postgres://u@db.example/s?password=geheim&port=1").contains("geheim"));
    }
}
