//! One call of an operation, under way.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use audit::{Origin, Record};
use db::Batch;
use kernel::ids::PersonId;

use super::caller::Caller;
use super::contract::Target;
use super::params::Params;
use crate::Mfa;
use crate::enrol::FreshProof;
use crate::people::Person;
use crate::policy::{AdminFacts, At, Facts, PolicySet, Section};

type Headers = BTreeMap<String, String>;
type After = Box<dyn FnOnce(Mfa) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// About whom policies are asked.
#[derive(Clone, Copy)]
pub enum About<'p> {
    /// The request alone.
    Request,
    /// Nobody: a token without an owner.
    Nobody,
    /// A person.
    Person(&'p Person),
}

impl<'p> From<Option<&'p Person>> for About<'p> {
    /// The owner of a token, if it has one.
    fn from(owner: Option<&'p Person>) -> Self {
        owner.map_or(Self::Nobody, Self::Person)
    }
}

/// Everything about one call.
pub struct Call {
    /// Where it comes from.
    pub origin: Origin,
    /// Who asks.
    pub caller: Caller,
    /// What was given.
    pub params: Params,
    /// Read only when a policy compares one.
    headers: LazyLock<Arc<Headers>, Box<dyn FnOnce() -> Arc<Headers> + Send + Sync>>,
    /// Evidence that the person who asks has shown a factor lately.
    pub proof: Option<FreshProof>,
    /// What will be written: guarded changes and outbox rows.
    pub batch: Batch,
    /// What will be recorded.
    pub audit: Record,
    /// What was known when rights were checked: the target.
    pub target: Arc<Target>,
    pub(super) all_resolvers: Option<(PersonId, Vec<String>)>,
    after: Vec<After>,
}

impl Call {
    /// A call. `action` is what the audit shows, such as `POST /token/init`.
    pub fn new(origin: Origin, caller: Caller, action: impl Into<String>, params: Params) -> Self {
        let mut audit = Record::new(&origin, action);
        match &caller {
            Caller::Admin(admin) => audit.administrator.clone_from(&admin.name),
            Caller::Operator(name) | Caller::Service(name) => audit.administrator.clone_from(name),
            Caller::Person(person) => name_person(&mut audit, person),
            Caller::Anonymous => {}
        }
        Self {
            origin,
            caller,
            params,
            headers: LazyLock::new(Box::new(Arc::default)),
            proof: None,
            batch: Batch::new(),
            audit,
            target: Arc::default(),
            all_resolvers: None,
            after: Vec::new(),
        }
    }

    /// The same call with the headers of the request: names in lower case. They are read when a policy compares one.
    #[must_use]
    pub fn with_headers(mut self, read: impl FnOnce() -> Headers + Send + Sync + 'static) -> Self {
        self.headers = LazyLock::new(Box::new(move || Arc::new(read())));
        self
    }

    /// The same call with evidence that the person has shown a factor.
    #[must_use]
    pub fn with_proof(mut self, proof: FreshProof) -> Self {
        self.proof = Some(proof);
        self
    }

    /// Writes the person into the record.
    pub fn concerns(&mut self, person: &Person) {
        name_person(&mut self.audit, person);
    }

    /// Keeps the reasons of a question to the policies.
    pub fn decided(&mut self, at: &At<'_>) {
        for reason in at.reasons() {
            if !self.audit.reasons.contains(&reason) {
                self.audit.reasons.push(reason);
            }
        }
    }

    /// Asks the policies, and keeps the reasons of whatever `read` was told.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn ask<'p, T, E>(
        &mut self,
        sys: &Mfa,
        about: impl Into<About<'p>>,
        read: impl FnOnce(&Self, &At<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let set = sys.policies.load();
        let facts = match about.into() {
            About::Request => self.facts(&set),
            About::Nobody => self.facts(&set).nobody(),
            About::Person(person) => self.facts_of(&set, person),
        };
        let at = set.at(&facts);
        let answer = read(self, &at);
        self.decided(&at);
        answer
    }

    /// Does something after the commit (and only then), such as forgetting what a cache holds.
    pub fn after<F, W>(&mut self, what: F)
    where
        F: FnOnce(Mfa) -> W + Send + Sync + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        self.after.push(Box::new(move |sys| Box::pin(what(sys))));
    }

    /// Reloads what is kept compiled after the commit. If that fails, the next look at the revisions does it.
    pub fn reload_after(&mut self) {
        self.after(|sys| async move {
            if let Err(e) = sys.refresh().await {
                tracing::warn!("what is compiled is reloaded later: {e}");
            }
        });
    }

    pub(super) fn take_after(&mut self) -> Vec<After> {
        std::mem::take(&mut self.after)
    }

    /// What is known about the request itself. Data that no policy compares is left out.
    pub fn facts(&self, set: &PolicySet) -> Facts {
        let mut facts = Facts::of(&self.origin);
        if set.needs(Section::Header) {
            facts.headers = Some(Arc::clone(&self.headers));
        }
        if set.needs(Section::Data) {
            facts.params = Some(Arc::new(self.params.open_texts()));
        }
        if let Caller::Admin(admin) = &self.caller {
            facts.admin = Some(AdminFacts { realm: admin.realm.clone(), name: admin.name.clone() });
        }
        facts
    }

    /// What is known about the request and a person.
    pub fn facts_of(&self, set: &PolicySet, person: &Person) -> Facts {
        let known = self.all_resolvers.as_ref().filter(|(id, _)| *id == person.id);
        let all_resolvers = known.map(|(_, resolvers)| resolvers.clone());
        Facts { all_resolvers, ..self.facts(set).person(person) }
    }
}

impl Facts {
    /// The same facts about this person.
    #[must_use]
    pub fn person(mut self, person: &Person) -> Self {
        self.realm = Some(person.realm.clone());
        self.resolver = Some(person.resolver.clone());
        self.login = Some(person.login.clone());
        self.person = Some(person.id);
        self.userinfo = Some(Arc::clone(&person.attributes));
        self
    }

    /// The same facts about nobody: a token without an owner.
    #[must_use]
    pub fn nobody(mut self) -> Self {
        self.realm = Some(String::new());
        self.resolver = Some(String::new());
        self.login = Some(String::new());
        self
    }
}

fn name_person(audit: &mut Record, person: &Person) {
    audit.user.clone_from(&person.login);
    audit.realm.clone_from(&person.realm);
    audit.resolver.clone_from(&person.resolver);
    audit.person = Some(person.id);
}
