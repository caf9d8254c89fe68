//! Configuration: one file per section, every problem reported at once.
//!
//! A value is taken from, weakest first: the default declared with the setting, the configuration file (`--config FILE`, or
//! `symbolon.toml` in the data directory), the environment (`SYMBOLON__SECTION__KEY`), the command line. A setting that is a
//! secret may be given as `KEY_file`, the name of a file that holds it.
//!
//! This is the only place that reads the environment. Request code sees typed values only.
//!
//! To add a setting: one line in its section's `section!` block. To add a section: one file and one line in `sections!` below.
//! The reference page, the schema and the list of known names follow from the declarations.

mod api;
mod audit;
mod brand;
mod database;
mod declare;
mod kerberos;
mod keys;
mod log;
mod login;
mod mail;
mod metrics;
mod outbound;
mod password;
mod problem;
mod reference;
mod saml;
mod scim;
mod server;
mod session;
mod setting;
mod source;
mod timezone;
mod tls;
mod url;

use std::path::{Path, PathBuf};

pub use self::api::{Api, SignResponses};
pub use self::audit::Audit;
pub use self::brand::Brand;
pub use self::database::{Database, DatabaseUrl};
pub use self::declare::Declared;
pub(crate) use self::declare::toml_text;
pub use self::kerberos::{Kerberos, KerberosNames, KerberosRealm, ServiceName};
pub use self::keys::Keys;
pub use self::log::{Log, LogFormat};
pub use self::login::Login;
pub use self::mail::{Mail, MailTls};
pub use self::metrics::Metrics;
pub use self::outbound::Outbound;
pub use self::password::Password;
pub use self::problem::{Problem, Problems};
pub use self::reference::{reference, schema};
pub use self::saml::Saml;
pub use self::scim::Scim;
pub use self::server::Server;
pub use self::session::Session;
pub use self::setting::Setting;
pub use self::source::Sources;
pub use self::timezone::TimeZone;
pub use self::tls::Tls;
pub use self::url::PublicUrl;

declare::sections! {
    server: Server,
    database: Database,
    tls: Tls,
    keys: Keys,
    log: Log,
    api: Api,
    audit: Audit,
    login: Login,
    kerberos: Kerberos,
    session: Session,
    password: Password,
    outbound: Outbound,
    mail: Mail,
    scim: Scim,
    saml: Saml,
    metrics: Metrics,
    brand: Brand,
}

impl Config {
    /// Reads every source and checks what was found.
    ///
    /// # Errors
    /// [`Problems`]: all that is wrong, each with the setting, where it came from and how to mend it.
    pub fn load(sources: &Sources) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let found = sources.read(&mut problems);
        let mut reader = declare::Reader::new(&found, problems);
        let config = Self::read(&mut reader, sources.data_dir.clone());
        let mut problems = reader.finish();
        if problems.is_empty() {
            config.check(&mut problems);
        }
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// Rules that join several settings.
    fn check(&self, problems: &mut Problems) {
        let tls = self.tls.is_on();
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            problems.add(
                "tls.certificate",
                "certificate and key belong together, only one of them is set",
                "set tls.certificate and tls.key",
            );
        }
        if !tls && !self.server.listen.ip().is_loopback() {
            problems.add(
                "server.listen",
                format!("plain http is served on loopback only, and {} is reachable from elsewhere", self.server.listen),
                "set tls.certificate and tls.key, or listen on 127.0.0.1 behind a TLS proxy on this machine",
            );
        }
        if tls && !self.server.public_url.is_https() {
            problems.add("server.public_url", "TLS is configured but the public URL is http", "write https://");
        }
        if let Some(Err(error)) = self.brand.colour.as_deref().map(templates::Accent::parse) {
            problems.add("brand.colour", error.to_string(), "write a colour such as #0b6560");
        }
        if let Err(what) = kernel::outbound::Allow::parse(&self.outbound.allow) {
            problems.add("outbound.allow", what, "write host names, addresses or networks");
        }
        self.saml.check(problems);
        self.mail.check(problems);
        self.kerberos.check(problems);
        if let Err(what) = self.password.cost().check() {
            problems.add("password", what, "choose a cost within these limits");
        }
        if self.session.idle > self.session.absolute {
            problems.add("session.idle", "is longer than session.absolute", "make it at most as long");
        }
    }

    /// Where the database is: the configured URL, or a file in the data directory.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite:{}", self.data_dir.join("symbolon.db").display())
        } else {
            self.database.url.expose().to_owned()
        }
    }

    /// Whether the database is the embedded one.
    pub fn is_embedded(&self) -> bool {
        self.database.url.is_empty() || self.database.url.expose().starts_with("sqlite:")
    }

    /// The directory of the key files.
    pub fn keys_dir(&self) -> PathBuf {
        self.keys.directory.clone().unwrap_or_else(|| self.data_dir.join("keys"))
    }

    /// File to which checkpoints of the audit log are appended.
    pub fn checkpoint_file(&self) -> std::path::PathBuf {
        self.audit.checkpoint_file.clone().unwrap_or_else(|| self.data_dir.join("audit-checkpoints.log"))
    }
}

/// The configuration file that is read when none is named.
pub(crate) fn default_file(data_dir: &Path) -> PathBuf {
    data_dir.join("symbolon.toml")
}

#[cfg(test)]
mod tests;
