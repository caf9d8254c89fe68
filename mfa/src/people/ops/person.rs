//! A person as parameters name them: `user` with or without a realm, `realm`, `resolver`.

use std::sync::Arc;

use crate::Mfa;
use crate::operation::{Code, Failure, FromParams, ParamError, Params};
use crate::people::{Attribute, Name, PeopleError, Person, ResolverRef};
use crate::resolvers::Change;

/// A person as parameters name them. All may be missing.
#[derive(Clone, Debug, Default)]
pub struct UserParams {
    /// As typed.
    pub user: Option<String>,
    /// The realm beside it.
    pub realm: Option<String>,
    /// The resolver beside it.
    pub resolver: Option<String>,
}

impl FromParams for UserParams {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let user = params.optional("user")?;
        Ok(Self { user, realm: params.optional("realm")?, resolver: params.optional("resolver")? })
    }
}

impl Mfa {
    /// Reads what was typed as the settings say.
    pub fn name(&self, typed: &str, realm: Option<&str>) -> Name {
        self.people.name(typed, realm, self.settings.load().split_at_sign)
    }

    /// The person that parameters name; `None` when they name nobody, or somebody who does not exist.
    ///
    /// # Errors
    /// When a resolver or the database does not answer.
    pub async fn resolve(&self, user: &UserParams) -> Result<Option<Person>, PeopleError> {
        let Some(typed) = &user.user else { return Ok(None) };
        let name = self.name(typed, user.realm.as_deref());
        match &user.resolver {
            Some(resolver) => self.people.resolve_in(resolver, &name.login, name.realm.as_deref()).await,
            None => self.people.resolve(&name).await,
        }
    }

    /// As [`Mfa::resolve`], but somebody must be named and exist.
    ///
    /// # Errors
    /// Also when nobody is named, or they do not exist.
    pub async fn resolve_existing(&self, user: &UserParams) -> Result<Person, Failure> {
        let Some(typed) = &user.user else { return Err(Failure::new(Code::UserMissing, "Missing parameter: user")) };
        let found = self.resolve(user).await?;
        found.ok_or_else(|| Failure::user(format!("User {typed} does not exist.")))
    }
}

/// The resolver of this name, which must be editable.
pub(super) fn editable(sys: &Mfa, name: &str) -> Result<Arc<ResolverRef>, Failure> {
    let directory = sys.people.directory();
    let resolver = directory.resolver(name).ok_or_else(|| Failure::not_found(format!("The resolver {name} does not exist.")))?;
    if !resolver.editable() {
        return Err(Failure::user(format!("The resolver {name} is not editable.")));
    }
    Ok(Arc::clone(resolver))
}

/// What parameters say about attributes and password. Names that the resolver does not know are left out.
pub(super) fn change(resolver: &ResolverRef, params: &Params) -> Result<Change, Failure> {
    let known = resolver.get()?.attributes();
    let mut change = Change { password: params.secret("password")?, ..Change::default() };
    for name in known.iter().filter(|name| params.raw(name).is_some()) {
        let value = match params.raw(name) {
            Some(serde_json::Value::Array(_)) => params.list(name)?.map(Attribute::List),
            _ => params.optional(name)?.map(Attribute::Text),
        };
        change.attributes.push((name.clone(), value));
    }
    Ok(change)
}
