//! What the URL of a server says about TLS: refused where it would not do what it seems to say, and judged for `doctor`.

use std::net::IpAddr;
use std::str::FromStr;

use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::error::OpenError;

/// How one kind of server names what this module is about.
struct Names {
    /// Parameters that its URL may have.
    known: &'static [&'static str],
    /// Parameters that name the certificate of an authority.
    authority: &'static [&'static str],
    /// Parameters that name other files.
    files: &'static [&'static str],
    /// What checks certificate and name.
    best: &'static str,
}

const POSTGRES: Names = Names {
    known: &[
        "sslmode",
        "ssl-mode",
        "sslrootcert",
        "ssl-root-cert",
        "ssl-ca",
        "sslcert",
        "ssl-cert",
        "sslkey",
        "ssl-key",
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "password",
        "application_name",
        "options",
    ],
    authority: &["sslrootcert", "ssl-root-cert", "ssl-ca"],
    files: &["sslcert", "ssl-cert", "sslkey", "ssl-key"],
    best: "sslmode=verify-full",
};

const MYSQL: Names = Names {
    known: &["sslmode", "ssl-mode", "sslca", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key", "socket"],
    authority: &["sslca", "ssl-ca"],
    files: &["sslcert", "ssl-cert", "sslkey", "ssl-key"],
    best: "ssl-mode=VERIFY_IDENTITY",
};

/// How a connection is protected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protection {
    /// Nobody checks who answers: whoever is on the way may read and answer.
    None,
    /// The certificate is checked, but not for whom it was made.
    Authority,
    /// Certificate and name are checked.
    Full,
}

/// A server as its URL names it.
struct Remote {
    host: String,
    is_local: bool,
    protection: Protection,
    names: &'static Names,
}

impl Remote {
    /// `None` for what is no server, or no URL that can be read.
    fn of(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "postgres" | "postgresql" => {
                let options = PgConnectOptions::from_str(url).ok()?;
                let protection = match options.get_ssl_mode() {
                    PgSslMode::VerifyFull => Protection::Full,
                    PgSslMode::VerifyCa => Protection::Authority,
                    _ => Protection::None,
                };
                let host = options.get_host().to_owned();
                let is_local = options.get_socket().is_some() || host.starts_with('/') || is_loopback(&host);
                Some(Self { host, is_local, protection, names: &POSTGRES })
            }
            "mysql" => {
                let options = MySqlConnectOptions::from_str(url).ok()?;
                let protection = match options.get_ssl_mode() {
                    MySqlSslMode::VerifyIdentity => Protection::Full,
                    MySqlSslMode::VerifyCa => Protection::Authority,
                    _ => Protection::None,
                };
                let host = options.get_host().to_owned();
                let is_local = options.get_socket().is_some() || is_loopback(&host);
                Some(Self { host, is_local, protection, names: &MYSQL })
            }
            "mariadb" => Self::of(&url.replacen("mariadb:", "mysql:", 1)),
            _ => None,
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Refuses a URL with a parameter that nobody knows (a misspelt `sslmode` would leave the connection open), and one that
/// names an authority which nobody would ask.
pub(crate) fn check(text: &str) -> Result<(), OpenError> {
    let (Some(remote), Ok(url)) = (Remote::of(text), Url::parse(text)) else { return Ok(()) };
    let names = remote.names;
    let mut has_authority = false;
    for (name, _) in url.query_pairs() {
        has_authority |= names.authority.contains(&&*name);
        if !names.known.contains(&&*name) && !name.starts_with("options[") {
            return Err(OpenError::Failed(format!("the URL has the parameter {name}, which means nothing")));
        }
    }
    if has_authority && remote.protection == Protection::None {
        let best = names.best;
        return Err(OpenError::Failed(format!(
            "the URL names the certificate of an authority, but asks nobody for it; add {best}"
        )));
    }
    Ok(())
}

/// Refuses a URL that names a file which cannot be read: the driver would not say which.
pub(crate) fn check_files(text: &str) -> Result<(), OpenError> {
    let (Some(remote), Ok(url)) = (Remote::of(text), Url::parse(text)) else { return Ok(()) };
    for (name, path) in url.query_pairs() {
        let names_file = [remote.names.authority, remote.names.files].concat().contains(&&*name);
        // A certificate itself may stand in place of its file.
        if names_file && !path.trim_start().starts_with("-----BEGIN") {
            std::fs::File::open(&*path).map_err(|e| OpenError::Failed(format!("{name}={path}: {e}")))?;
        }
    }
    Ok(())
}

/// What is wrong with the way to the database, in words for an administrator; `None` when all is well.
pub fn weakness(url: &str) -> Option<String> {
    let remote = Remote::of(url).filter(|remote| !remote.is_local)?;
    let what = match remote.protection {
        Protection::Full => return None,
        Protection::Authority => "takes any name in the certificate of the server",
        Protection::None => "does not check who answers",
    };
    Some(format!("the connection to the database at {} {what}: add {} to database.url", remote.host, remote.names.best))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_nothing_is_refused() {
        for good in [
            "postgres://u@db.example/s",
            "postgres://u@db.example/s?sslmode=verify-full&sslrootcert=/ca.pem&application_name=x",
            "postgres://u@db.example/s?options[search_path]=x",
            "mysql://u@db.example/s?ssl-mode=VERIFY_CA&ssl-ca=/ca.pem",
            "mariadb://u@db.example/s",
            "sqlite:x.db?sslmod=y",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for (bad, hint) in [
            ("postgres://u@db.example/s?sslmod=verify-full", "sslmod"),
            ("postgres://u@db.example/s?sslrootcert=/ca.pem", "sslmode=verify-full"),
            ("postgres://u@db.example/s?sslmode=require&sslrootcert=/ca.pem", "sslmode=verify-full"),
            ("mysql://u@db.example/s?ssl_mode=VERIFY_IDENTITY", "ssl_mode"),
            ("mariadb://u@db.example/s?ssl-ca=/ca.pem", "VERIFY_IDENTITY"),
        ] {
            assert!(check(bad).unwrap_err().to_string().contains(hint), "{bad}");
        }
    }

    #[test]
    fn the_way_is_judged() {
        for good in [
            "sqlite:x.db",
            "postgres://u@127.0.0.1/s",
            "postgres://u@localhost/s?sslmode=disable",
            "postgres://u@[::1]/s",
            "postgres://u@db.example/s?sslmode=verify-full",
            "mysql://u@localhost/s",
            "mysql://u@db.example/s?ssl-mode=VERIFY_IDENTITY",
        ] {
            assert_eq!(weakness(good), None, "{good}");
        }
        for bad in [
            "postgres://u@db.example/s",
            "postgres://u@db.example/s?sslmode=require",
            "postgres://u@10.0.0.1/s?sslmode=verify-ca",
            "mysql://u@db.example/s",
            "mariadb://u@db.example/s?ssl-mode=REQUIRED",
        ] {
            assert!(weakness(bad).is_some_and(|w| w.contains("add ")), "{bad}");
        }
        assert!(!weakness("postgres://u:geheim@db.example/s").unwrap().contains("geheim"));
    }
}
