//! OpenLDAP that lets in by tickets of a domain, and looks that they are bound to its TLS channel.

use crate::kerberos::Kdc;
use crate::slapd::{BASE, Options, Slapd};

impl Slapd {
    /// A server at `localhost` whose service is in this domain; `symbolon` there is the service account. Besides these lines of its
    /// configuration, it wants what binds tickets to the TLS channel to be right.
    ///
    /// # Panics
    /// When it does not start (Debian package `libsasl2-modules-gssapi-mit` besides those of every server).
    pub fn in_domain(kdc: &Kdc, global: &str) -> Self {
        let keytab = kdc.add_service("ldap/localhost", "");
        let mut environment = kdc.environment();
        environment.push(("KRB5_KTNAME".to_owned(), format!("FILE:{}", keytab.display())));
        let global = format!(
            "sasl-host localhost\nsasl-cbinding tls-endpoint\n\
             authz-regexp \"uid=symbolon,(cn=[^,]*,)?cn=gssapi,cn=auth\" \"cn=service,{BASE}\"\n{global}"
        );
        Self::start_with(&Options { global, environment, ..Options::default() })
    }
}
