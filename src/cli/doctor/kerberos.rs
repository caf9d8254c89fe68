//! Kerberos: can the key table be read, and has it keys of our service that are taken?

use mfa::kerberos::{Acceptor, Enctype, Entry, Keytab, Settings};

use crate::app::App;

use super::{Finding, bad, good, warning};

pub(super) async fn check(app: &App) -> Vec<Finding> {
    let Some(settings) = app.config.kerberos.settings(&app.config.server.public_url) else { return Vec::new() };
    let mut found = Vec::new();
    let directory = app.mfa.people.directory();
    for (kerberos, home) in &settings.realms {
        let realm = &home.realm;
        match home.resolver(&directory, &app.mfa.node) {
            Err(why) => {
                let mend = format!(
                    "write {kerberos}={realm}/RESOLVER in kerberos.realms, with the resolver that is the directory of the domain"
                );
                found.push(bad(format!("tickets of {kerberos} are refused (realm {realm}): {why}"), mend));
            }
            Ok(resolver) if resolver.get().is_ok_and(|store| store.is_ours()) => {
                let name = &resolver.name;
                let what = format!(
                    "tickets of {kerberos} name people of {name}, which is not the directory of a domain: whoever may make \
                    machine accounts there can be anybody of {name} whom the domain does not know"
                );
                found.push(warning(&what, "bind the Kerberos realm to the directory of the domain in kerberos.realms"));
            }
            Ok(_) => {}
        }
    }
    let acceptor = Acceptor::new(settings);
    match acceptor.keytab().await {
        Ok(keytab) => found.extend(keys(&keytab, acceptor.settings())),
        Err(what) => found.push(bad(what, "correct kerberos.keytab; see docs/guides/kerberos.md")),
    }
    found
}

fn keys(keytab: &Keytab, settings: &Settings) -> Vec<Finding> {
    let ours: Vec<&Entry> = keytab.of(&settings.service).collect();
    let Some(newest) = ours.iter().map(|entry| entry.version()).max() else {
        let mut others: Vec<String> = keytab.entries().iter().map(Entry::principal).collect();
        others.dedup();
        let what = format!("the key table has no key of {}, but of: {}", settings.service, others.join(", "));
        return vec![bad(what, "write the keys of this service into it, or correct kerberos.service")];
    };
    let usable: Vec<&str> = Enctype::ALL
        .into_iter()
        .filter(|enctype| ours.iter().any(|e| e.version() == newest && e.key().is_some_and(|key| key.enctype() == *enctype)))
        .map(Enctype::name)
        .collect();
    if usable.is_empty() {
        let what = format!("the newest key of {} in the key table is of no type that is taken", settings.service);
        return vec![bad(what, "write keys for AES into it; DES and RC4 are refused")];
    }
    let mut found = vec![good(format!("the key table has key {newest} of {}: {}", ours[0].principal(), usable.join(", ")))];
    if ours.iter().any(|entry| entry.key().is_none()) {
        found.push(warning(
            "the key table has keys of types that are not taken",
            "write it anew with AES alone, and let the domain issue no others for this service",
        ));
    }
    found
}
