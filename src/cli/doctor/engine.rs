//! Administrators, realms, resolvers and policies.

use mfa::policy::{Definition, Facts, Outcome, Scope};

use crate::app::App;

use super::{Finding, bad, good, warning};

/// Actions that let somebody in with less than usual: scope, name, what it means.
const RELAXED: &[(&str, &str, &str)] = &[
    ("authentication", "passOnNoToken", "whoever has no token passes without one"),
    ("authentication", "passOnNoUser", "whoever does not exist passes"),
    ("authentication", "passthru", "whoever has no token passes with the password of the directory"),
    ("authentication", "auth_cache", "a code that was used passes again for a while"),
    ("user", "enroll_without_factor", "a second factor is added without showing the first"),
    ("enrollment", "enroll_without_factor", "a second factor is added without showing the first"),
];

/// What should hold for everybody: scope, action, what is missing without it.
const WANTED: &[(Scope, &str, &str)] = &[
    (Scope::Sso, "require_second_factor", "no policy demands a second factor of everybody at sign-in"),
    (Scope::Authentication, "hide_specific_error_message", "answers to failed sign-ins tell outsiders who exists"),
];

pub(super) async fn check(app: &App) -> Vec<Finding> {
    let mut found = vec![administrators(app).await];
    if app.mfa.people.directory().default_realm().is_none() {
        found.push(warning("there is no default realm: names without a realm are nobody's", "symbolon realm default NAME"));
    }
    for (name, works) in app.resolver_trials().await {
        found.push(match works {
            true => good(format!("resolver {name} answers")),
            false => bad(
                format!(
                    "resolver {name} does not answer: its people cannot sign in, unless policy resolver_outage remembers them"
                ),
                format!("symbolon resolver test {name} tells why"),
            ),
        });
    }
    found.extend(policies(app));
    found
}

async fn administrators(app: &App) -> Finding {
    match app.mfa.people.admins().all().await {
        Ok(admins) if admins.is_empty() => bad("there is no administrator", "run `symbolon init`"),
        Ok(admins) if admins.len() == 1 => good("there is one administrator"),
        Ok(admins) => good(format!("there are {} administrators", admins.len())),
        Err(error) => bad(error.to_string(), "look at the database"),
    }
}

fn policies(app: &App) -> Vec<Finding> {
    let set = app.mfa.policies.load();
    let mut found: Vec<Finding> = set
        .lint()
        .into_iter()
        .map(|(policy, field, why)| {
            bad(format!("policy {policy}, {field}: {why}"), "correct the policy; until then it fails closed")
        })
        .collect();
    for def in set.definitions().iter().filter(|def| def.active) {
        found.extend(relaxed(def));
    }
    let facts = Facts::at(app.clock.now());
    for (scope, action, what) in WANTED {
        let explained = set.explain(*scope, action, &facts);
        if !explained.policies.iter().any(|p| matches!(p.outcome, Outcome::Applies(_))) {
            let mend = format!("symbolon policy set NAME --scope {} --action {action}", scope.name());
            found.push(warning(*what, mend));
        }
    }
    if found.is_empty() {
        found.push(good(format!("{} policies can be used as they are written", set.definitions().len())));
    }
    found
}

fn relaxed(def: &Definition) -> Vec<Finding> {
    let says = |(scope, action, _): &&(&str, &str, &str)| def.scope == *scope && def.action.0.contains_key(*action);
    let finding = |(_, action, what): &(&str, &str, &str)| {
        let mend = format!("if that is not meant: symbolon policy disable {}", def.name);
        warning(format!("policy {} says {action}: {what}", def.name), mend)
    };
    RELAXED.iter().filter(says).map(finding).collect()
}
