//! `POST /realm/{realm}/domains`: the mail domains whose people are at home in a realm.

use super::realm_delete::RealmParam;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Code, Failure, FromParams, Operation, ParamError, Params};
use crate::people::store::realm as store;
use crate::policy::Right;
use crate::policy::actions::rights;

/// Most domains of one realm.
const MOST: usize = 1000;

/// Says whose mail addresses lead to a realm at sign-in, in place of whatever was said before.
pub struct SetRealmDomains;

/// The realm and its domains.
pub struct Input {
    realm: RealmParam,
    domains: Vec<String>,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let given = params.list("domains")?.ok_or_else(|| ParamError::Missing("domains".to_owned()))?;
        let mut domains: Vec<String> = given.iter().map(|domain| domain.trim_start_matches('@').to_lowercase()).collect();
        domains.sort();
        domains.dedup();
        if let Some(wrong) = domains.iter().find(|domain| !is_domain(domain)) {
            let shown: String = wrong.chars().filter(|c| !c.is_control()).take(60).collect();
            return Err(ParamError::wrong("domains", format!("`{shown}` is no domain such as example.org")));
        }
        if domains.len() > MOST {
            return Err(ParamError::wrong("domains", format!("at most {MOST} are possible")));
        }
        Ok(Self { realm: RealmParam::from_params(params)?, domains })
    }
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.len() <= 253 && domain.split('.').all(label)
}

impl Operation for SetRealmDomains {
    const EVENT: &'static str = "realm_domains_set";
    const ACCESS: Access = Access::Admin;
    type Input = Input;
    /// The domains.
    type Output = Vec<String>;

    fn right(&self, _: &Input) -> Option<Right> {
        Some(rights::RESOLVERWRITE.clone())
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Vec<String>, Failure> {
        let realm = input.realm.find(sys)?;
        for other in store::all(&sys.db).await?.iter().filter(|other| other.id != realm.id) {
            if let Some(taken) = input.domains.iter().find(|domain| other.domains.contains(domain)) {
                return Err(Failure::new(Code::Conflict, format!("The domain {taken} belongs to the realm {}.", other.name)));
            }
        }
        store::set_domains(&mut call.batch, realm.id, &input.domains);
        call.audit.realm.clone_from(&realm.name);
        call.audit.action_detail = input.domains.join(", ").chars().take(200).collect();
        call.reload_after();
        Ok(input.domains.clone())
    }

    fn answer(&self, output: &Vec<String>) -> Answer {
        Answer::value(output.clone())
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "realm_domain_pk").then(|| Failure::new(Code::Conflict, "A domain has been given to another realm meanwhile."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        for good in ["example.org", "a", "xn--bcher-kva.example", "a-b.c1"] {
            assert!(is_domain(good), "{good}");
        }
        for bad in
            ["", ".", "a..b", "-a.b", "a-.b", "a b", "a@b", "b\u{fc}cher.example", "a\0b", "*.example.org", &"a".repeat(64)]
        {
            assert!(!is_domain(bad), "{bad}");
        }
    }
}
