//! Looks whether the directory answers, step by step, and says at which step it does not and how that may be mended.

use std::fmt::Write as _;

use ldap3::Scope;

use super::config::Server;
use super::connection::{Ask, Connection, Unfound};
use super::pool::Refusal;
use super::transport::{NoConnection, Stage};
use super::{Ldap, people};
use crate::resolvers::ResolverError;

/// People that are named.
const NAMED: usize = 3;

/// Tries every server, and searches on the first that lets us in.
///
/// # Errors
/// When no server can be used, or the search finds nobody.
pub(super) async fn diagnose(ldap: &Ldap) -> Result<String, ResolverError> {
    let (mut failures, mut open) = (Vec::new(), Vec::new());
    for server in &ldap.config.servers {
        match enter(ldap, server).await {
            Ok(connection) => open.push((server, connection)),
            Err(e) => failures.push(format!("{e}. {}", advice(server, &e))),
        }
    }
    let servers = ldap.config.servers.len();
    let Some((server, mut connection)) = open.into_iter().next() else {
        return Err(ResolverError::Unavailable(failures.join(" | ")));
    };
    let mut report = format!("{} of {servers} servers can be used. ", servers - failures.len());
    look(ldap, server, &mut connection, &mut report).await?;
    for failure in &failures {
        let _ = write!(report, " | {failure}");
    }
    if !ldap.config.servers.iter().all(|server| ldap.config.encrypted(server)) {
        report.push_str(" | Passwords cross the network in the clear: use ldaps:// or START_TLS.");
    } else if !ldap.servers.tls().verifies() {
        report.push_str(" | The certificate is not checked, so anybody on the way can read the passwords: set TLS_VERIFY.");
    }
    Ok(report)
}

async fn enter(ldap: &Ldap, server: &Server) -> Result<Connection, NoConnection> {
    ldap.servers.enter(server).await.map_err(|(Refusal::Again(e) | Refusal::Final(e))| e)
}

fn advice(server: &Server, failed: &NoConnection) -> &'static str {
    match failed.stage {
        Stage::Dns => "Is the name in LDAPURI written right?",
        Stage::Tcp => "Is the port right, and does a firewall let us pass?",
        Stage::Tls if server.tls => {
            "Does the server speak TLS on this port, with a certificate for this name that TLS_CA_FILE vouches for?"
        }
        Stage::Tls => "Does the server know StartTLS, with a certificate for this name that TLS_CA_FILE vouches for?",
        Stage::Kerberos(kind) => kind.advice(),
        Stage::Bind => "Are BINDDN and BINDPW right, and does the server demand TLS?",
    }
}

async fn look(ldap: &Ldap, server: &Server, connection: &mut Connection, report: &mut String) -> Result<(), ResolverError> {
    let unusable = |what: String| ResolverError::Unavailable(format!("{server}: {what}"));
    let refused = |e: Unfound, step: &str| match e {
        Unfound::Broken(e) => unusable(format!("{step}: {e}")),
        Unfound::Refused(said) => unusable(format!("{step}: {}", said.words())),
    };
    let base = ldap.config.base.to_string();
    let own = Ask {
        base: base.clone(),
        scope: Scope::Base,
        filter: "(objectClass=*)".to_owned(),
        attributes: vec!["1.1".to_owned()],
        most: 1,
    };
    let found = connection.search(&own).await.map_err(|e| refused(e, &format!("LDAPBASE `{base}`")))?;
    if found.records.is_empty() && found.references.is_empty() {
        return Err(unusable(format!("LDAPBASE `{base}` does not exist, or the account may not see it")));
    }
    let all = ldap.ask(ldap.config.filter.clone(), Some(&[]), ldap.config.size_limit);
    let found = connection.search(&all).await.map_err(|e| refused(e, "LDAPSEARCHFILTER"))?;
    let mut names: Vec<String> = found
        .records
        .iter()
        .filter_map(|record| people::entry(&ldap.config, record, Some(&[])))
        .map(|entry| entry.login)
        .collect();
    if names.is_empty() && found.records.is_empty() {
        return Err(unusable("no entry below LDAPBASE meets LDAPSEARCHFILTER".to_owned()));
    }
    if names.is_empty() {
        let what = format!("{} entries were found, but none has both LOGINNAMEATTRIBUTE and UIDTYPE", found.records.len());
        return Err(unusable(what));
    }
    names.sort_by_cached_key(|name| name.to_lowercase());
    let more = if found.more { "more than " } else { "" };
    let _ = write!(
        report,
        "{more}{} users were found: {}",
        names.len(),
        names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ")
    );
    report.push_str(if names.len() > NAMED { ", ..." } else { "." });
    let unusable = found.records.len() - names.len();
    if unusable > 0 {
        let _ = write!(report, " | {unusable} further entries have no LOGINNAMEATTRIBUTE or UIDTYPE that could be used.");
    }
    Ok(())
}
