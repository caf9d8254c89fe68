//! What a server says about itself in its root entry (RFC 4512, section 5.1).

use ldap3::Scope;

use super::connection::Ask;
use super::filter::Attr;
use super::pool::Searches;
use super::record::Record;
use crate::resolvers::ResolverError;

/// What matters to us.
#[derive(Clone, Debug, Default)]
pub(super) struct Features {
    /// Active Directory, or what behaves like it.
    pub(super) active_directory: bool,
    /// The extended operation that changes passwords.
    pub(super) password_change: bool,
    /// The attribute by which entries are found by their names in one search.
    pub(super) by_name: Option<Attr>,
}

/// Asks a server.
///
/// # Errors
/// When none answers.
pub(super) async fn ask(searches: &Searches) -> Result<Features, ResolverError> {
    let attributes =
        ["supportedCapabilities", "supportedExtension", "vendorName", "vendorVersion", "objectClass", "structuralObjectClass"];
    let ask = Ask {
        base: String::new(),
        scope: Scope::Base,
        filter: "(objectClass=*)".to_owned(),
        attributes: attributes.map(str::to_owned).to_vec(),
        most: 1,
    };
    let found = searches.search(&ask).await?;
    // A server that hides its root entry is like one without features.
    Ok(found.ok().and_then(|found| found.records.into_iter().next()).map(|root| read(&root)).unwrap_or_default())
}

fn read(root: &Record) -> Features {
    let has = |name: &str, value: &str| root.all(name).iter().any(|v| v.eq_ignore_ascii_case(value.as_bytes()));
    let vendor = [root.text("vendorName"), root.text("vendorVersion")].into_iter().flatten().any(|text| text.contains("389"));
    let active_directory = has("supportedCapabilities", "1.2.840.113556.1.4.800");
    let open_ldap = has("structuralObjectClass", "OpenLDAProotDSE") || has("objectClass", "OpenLDAProotDSE");
    let by_name = match () {
        () if active_directory => Attr::new("distinguishedName"),
        () if open_ldap => Attr::new("entryDN"),
        () if vendor => Attr::new("entrydn"),
        () => None,
    };
    Features { active_directory, password_change: has("supportedExtension", "1.3.6.1.4.1.4203.1.11.1"), by_name }
}
