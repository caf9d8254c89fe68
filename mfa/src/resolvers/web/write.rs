//! Writing back: people are created, changed and removed in the store, where that was allowed.

use kernel::SecretText;
use kernel::outbound::Answer;
use serde_json::{Map, Value};

use super::advanced::Advanced;
use super::answer;
use super::request::{Request, fill_up};
use super::template::Values;
use super::{plausible, possible};
use crate::people::Attribute;
use crate::resolvers::{Change, Filter, Page, ResolverError};

fn refused(what: &str) -> ResolverError {
    ResolverError::Refused(what.to_owned())
}

const UNKNOWN: &str = "The account does not exist.";

impl Advanced {
    fn writer<'a>(&self, request: Option<&'a Request>) -> Result<&'a Request, ResolverError> {
        let request = request.filter(|_| self.config.editable);
        request.ok_or(ResolverError::Unsupported("This resolver cannot be edited."))
    }

    /// Tags and members of a change.
    fn written(&self, request: &Request, change: &Change) -> Result<(Values, Map<String, Value>), ResolverError> {
        let (mut values, mut members) = (Values::default(), Map::new());
        for (ours, value) in &change.attributes {
            let unknown = || ResolverError::Refused(format!("This resolver has no attribute `{ours}`."));
            let theirs = self.config.people.attributes.get(ours).ok_or_else(unknown)?;
            if let Some(text) = value.as_ref().map(Attribute::to_string) {
                values.set(ours, &text);
            }
            let value = value.as_ref().map_or(Value::Null, |value| serde_json::to_value(value).unwrap_or_default());
            put(&mut members, theirs, self.manner.outgoing(theirs, value));
        }
        if let Some(login) = &change.login {
            if !plausible(login) {
                return Err(refused("The login name is empty, too long or has blanks around it."));
            }
            values.set("username", login);
            put(&mut members, &self.config.people.login, Value::from(login.as_str()));
        }
        if let Some(password) = &change.password {
            if !possible(password) {
                return Err(refused("The password is empty, too long or has a NUL character."));
            }
            if !request.has("password") {
                return Err(refused("The password cannot be set here: the request of the resolver has no tag {password}."));
            }
            values.set("password", password.expose());
        }
        Ok((values, members))
    }

    async fn send(&self, request: &Request, values: &Values, members: Map<String, Value>) -> Result<Answer, ResolverError> {
        let prepared = request.prepare(values, &[], members).ok_or_else(|| refused("The request lacks a value."))?;
        let mut answer = self.channel.call(&prepared).await?;
        let failure = serde_json::from_slice(&answer.body).is_ok_and(|document| answer::is_failure(request, &document));
        match answer.status {
            200..300 if !failure => Ok(answer),
            404 => Err(refused(UNKNOWN)),
            // What it says may hold what was sent.
            200..300 | 400 | 402..429 => {
                let words = answer::words(&answer).unwrap_or_else(|| format!("status {}", answer.status));
                let words = match values.get("password").filter(|password| !password.is_empty()) {
                    Some(password) => words.replace(password, "..."),
                    None => words,
                };
                Err(ResolverError::Refused(format!("The store refuses: {words}")))
            }
            _ => {
                answer.body.clear();
                Err(answer::refusal(&answer))
            }
        }
    }

    pub(super) async fn create(&self, login: &str, mut change: Change) -> Result<String, ResolverError> {
        let request = self.writer(self.config.create.as_ref())?;
        change.login = Some(login.to_owned());
        let (values, members) = self.written(request, &change)?;
        if self.by_login(login).await?.is_some() {
            return Err(refused("There is an account with this login name already."));
        }
        let answer = self.send(request, &values, members).await?;
        let record: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let made = self.config.people.entry(&record, &request.response, self.manner.standing(&record));
        if let Some(made) = made.filter(|made| super::alike(&made.login, login)) {
            return Ok(made.uid);
        }
        let found = self.by_login(login).await?;
        found.map(|entry| entry.uid).ok_or_else(|| refused("The account was made, but is not found by its login name."))
    }

    pub(super) async fn update(&self, uid: &str, change: Change) -> Result<(), ResolverError> {
        let request = self.writer(self.config.edit.as_ref())?;
        let (values, mut members) = self.written(request, &change)?;
        if members.is_empty() && change.password.is_none() {
            return Ok(());
        }
        if !plausible(uid) {
            return Err(refused(UNKNOWN));
        }
        if self.manner.replaces() {
            fill_up(&mut members, self.record(uid).await?);
        }
        let values = Values::of([("userid", uid)]).over(&values);
        self.send(request, &values, members).await?;
        self.logins.invalidate(uid).await;
        Ok(())
    }

    /// The whole record of somebody.
    async fn record(&self, uid: &str) -> Result<Map<String, Value>, ResolverError> {
        let prepared = self.config.by_id.prepare(&Values::of([("userid", uid)]), &[], Map::new());
        let answer = self.channel.call(&prepared.ok_or_else(|| refused(UNKNOWN))?).await?;
        match answer.status {
            404 => Err(refused(UNKNOWN)),
            _ => match answer::document(&answer)? {
                Value::Object(record) => Ok(record),
                _ => Err(ResolverError::Unavailable("its answer holds no person".to_owned())),
            },
        }
    }

    pub(super) async fn delete(&self, uid: &str) -> Result<(), ResolverError> {
        let request = self.writer(self.config.delete.as_ref())?;
        let found = self.by_uid(uid).await?.ok_or_else(|| refused(UNKNOWN))?;
        let values = Values::of([("userid", found.uid.as_str()), ("username", found.login.as_str())]);
        self.send(request, &values, Map::new()).await?;
        self.logins.invalidate(uid).await;
        Ok(())
    }

    /// Changes a password for who knows the old one, where the request for changes takes one.
    pub(super) async fn change_own(&self, uid: &str, old: &SecretText, new: &SecretText) -> Result<(), ResolverError> {
        let takes = self.config.editable && self.config.edit.as_ref().is_some_and(|request| request.has("password"));
        if !takes {
            return Err(ResolverError::Unsupported("The password cannot be changed here."));
        }
        if !self.check(uid, old).await?.ok {
            return Err(ResolverError::WrongPassword);
        }
        self.update(uid, Change { password: Some(new.clone()), ..Change::default() }).await
    }

    /// The first people, for who tries the configuration.
    pub(super) async fn some(&self) -> Result<Vec<String>, ResolverError> {
        let page = Page { skip: 0, limit: super::list::MOST };
        Ok(self.by_filter(&Filter::default(), page, Some(&[])).await?.into_iter().map(|entry| entry.login).collect())
    }
}

/// Puts a value at a path of names.
fn put(members: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        Some((first, rest)) if !path.starts_with('@') => {
            let inner = members.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
        _ => {
            members.insert(path.to_owned(), value);
        }
    }
}
