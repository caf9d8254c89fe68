//! Home-realm discovery: which realm is meant by a mail address that somebody types to sign in.

use super::error::PeopleError;
use super::handle::People;
use super::names::Name;
use super::person::Person;

impl People {
    /// What a name that somebody typed to sign in may mean, in the order in which it is looked up: never empty. A mail address whose
    /// domain belongs to a realm means somebody there, either by the whole address, where people sign in by it, or by what stands
    /// before the `@`; anything else means what it says. The answer depends on settings alone, not on who exists.
    pub fn homes(&self, name: Name) -> Vec<Name> {
        let directory = self.directory();
        let parts = name.login.rsplit_once('@').filter(|(local, _)| name.realm.is_none() && !local.is_empty());
        let Some((local, domain)) = parts else { return vec![name] };
        let domain = domain.trim_end_matches('.').to_lowercase();
        let Some(home) = directory.realms().find(|realm| realm.domains.contains(&domain)) else { return vec![name] };
        let at_home = |login: &str| Name { login: login.to_owned(), realm: Some(home.name.clone()) };
        vec![at_home(&name.login), at_home(local)]
    }

    /// The first of these names that somebody has.
    ///
    /// # Errors
    /// As [`People::resolve`].
    pub async fn resolve_first(&self, names: &[Name]) -> Result<Option<Person>, PeopleError> {
        for name in names {
            if let Some(person) = self.resolve(name).await? {
                return Ok(Some(person));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::operation::Params;
    use crate::people::ops::{AddUser, SetRealm, SetRealmDomains, SetResolver};
    use crate::testing::{administer, params, sqlite};

    #[tokio::test]
    async fn a_mail_address_leads_home() {
        let (sys, _db) = sqlite().await;
        let slapd = testbed::Slapd::start();
        let given = json!({"resolver": "dir", "type": "ldapresolver", "preset": "openldap", "LDAPURI": slapd.url(),
            "LDAPBASE": testbed::BASE, "LOGINNAMEATTRIBUTE": "uid,mail"});
        administer(&sys, &SetResolver, params(given)).await.unwrap();
        administer(&sys, &SetRealm, Params::of([("realm", "staff"), ("resolvers", "dir")])).await.unwrap();
        let domains = params(json!({"realm": "staff", "domains": ["@Example.org", "example.org"]}));
        assert_eq!(administer(&sys, &SetRealmDomains, domains).await.unwrap().output, ["example.org"]);
        administer(&sys, &AddUser, params(json!({"user": "hans", "resolver": "internal"}))).await.unwrap();
        let found = async |typed: &str, realm: Option<&str>| {
            let names = sys.people.homes(sys.name(typed, realm));
            sys.people.resolve_first(&names).await.unwrap().map(|person| format!("{}@{}", person.login, person.realm))
        };
        let canonical = |typed: &str| sys.people.canonical(sys.people.homes(sys.name(typed, None)).last().unwrap());
        for (typed, wanted) in [
            ("hans", Some("hans@default")),
            ("hans@staff", Some("hans@staff")),
            ("hans@example.org", Some("hans@staff")),
            ("hans@EXAMPLE.ORG.", Some("hans@staff")),
            ("eva@example.org", Some("eva@staff")),
            ("hans@example.com", None),
            ("hans@sub.example.org", None),
            ("nobody@example.org", None),
            ("@example.org", None),
            ("*@example.org", None),
            ("hans)(uid=*@example.org", None),
        ] {
            assert_eq!(found(typed, None).await.as_deref(), wanted, "{typed}");
        }
        assert_eq!(found("hans@example.org", Some("default")).await, None, "a realm that is named wins");
        // Somebody whose login is no part of their address is found by the whole address.
        slapd.modify("dn: uid=eva,ou=people,dc=example,dc=org\nchangetype: modify\nreplace: mail\nmail: e.muster@example.org\n");
        assert_eq!(found("e.muster@example.org", None).await.as_deref(), Some("eva@staff"));
        // One spelling for limits, whether there is somebody or not.
        assert_eq!(canonical("Nobody@Example.org"), canonical("nobody@staff"));
    }
}
