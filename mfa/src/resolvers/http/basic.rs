//! One request that tells of one person.

use std::collections::HashSet;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use kernel::SecretText;
use serde_json::{Map, Value};

use crate::resolvers::web::advanced::budget;
use crate::resolvers::web::channel::{self, Channel};
use crate::resolvers::web::list::AT_ONCE;
use crate::resolvers::web::manner::STALENESS;
use crate::resolvers::web::people::attribute;
use crate::resolvers::web::request::{Reading, Request, Written};
use crate::resolvers::web::response::text_of;
use crate::resolvers::web::token::Grant;
use crate::resolvers::web::{Values, alike, answer, plausible};
use crate::resolvers::{
    Capabilities, Entry, Env, Filter, Limits, Page, ParamValues, PasswordCheck, Resolver, ResolverError, Standing,
};

const NO_LIST: &str =
    "It answers. People can be looked up by name only: advanced configuration can list them, and check passwords.";

/// An API that tells of one person by name.
pub(super) struct Basic {
    request: Request,
    channel: Channel,
    limits: Limits,
    verifies: bool,
}

impl Basic {
    pub(super) fn new(params: &ParamValues, env: &Env, grant: Box<dyn Grant>) -> Result<Self, ResolverError> {
        let text = |name: &str| Value::from(params.text(name));
        let written = Written {
            method: text("method"),
            endpoint: text("endpoint"),
            headers: text("headers"),
            request_mapping: text("requestMapping"),
            response_mapping: text("responseMapping"),
            has_special_error_handler: text("hasSpecialErrorHandler"),
            error_response: text("errorResponse"),
            ..Written::default()
        };
        let reading = Reading {
            base: params.text("base_url").trim(),
            fixed: &Values::default(),
            tags: &["userid", "username"],
            headers: "",
        };
        let request = Request::read(&written, &reading).map_err(ResolverError::Parameters)?;
        let wrong = |what: &str| ResolverError::Parameters(what.to_owned());
        let request = request.ok_or_else(|| wrong("endpoint: a URL is needed"))?;
        if !request.has("userid") && !request.has("username") {
            return Err(wrong("requestMapping: the tag {userid} is missing, so everybody would be the same person"));
        }
        if !request.response.names().any(|name| name == "username") {
            return Err(wrong("responseMapping: username is missing"));
        }
        let (out, timeout) = channel::client(params, &env.outbound)?;
        let limits = Limits { budget: budget(timeout), ..Limits::default() };
        Ok(Self { request, channel: Channel::new(out, grant, env.clock.clone()), limits, verifies: params.flag("verify_tls") })
    }

    /// The person that a name means. The name is the uid, in the spelling of the answer, which has to be about that name: otherwise there
    /// would be as many people as there are ways to write one.
    ///
    /// # Errors
    /// [`ResolverError::Unclear`] when the answer does not say that nobody has the name, and tells of nobody who does.
    async fn ask(&self, name: &str) -> Result<Option<Entry>, ResolverError> {
        if !plausible(name) {
            return Ok(None);
        }
        let unclear = |what: &str| ResolverError::Unclear(what.to_owned());
        let values = Values::of([("userid", name), ("username", name)]);
        let prepared = self.request.prepare(&values, &[], Map::new());
        let said = self.channel.call(&prepared.ok_or_else(|| unclear("it cannot be asked for such a name"))?).await?;
        if answer::is_nobody(&said) {
            return Ok(None);
        }
        if answer::finds_nobody(&said) {
            return Err(ResolverError::Unclear(format!("it answers with status {}", said.status)));
        }
        let document = answer::document(&said)?;
        if answer::is_failure(&self.request, &document) || document.is_null() {
            return Ok(None);
        }
        let mut mapped = self.request.response.apply(&document);
        let mut text = |key: &str| mapped.remove(key).as_ref().and_then(text_of).filter(|text| plausible(text));
        let (uid, Some(login)) = (text("userid"), text("username")) else { return Err(unclear("its answer tells of nobody")) };
        mapped.remove("password");
        let same = uid.into_iter().chain([login.clone()]).find(|known| alike(known, name));
        let uid = same.ok_or_else(|| unclear("its answer is about somebody else"))?;
        let attributes = mapped.into_iter().filter_map(|(name, value)| Some((name, attribute(&value)?))).collect();
        Ok(Some(Entry { uid, login, attributes, standing: Standing::default() }))
    }

    /// As [`Basic::ask`]; who is not told of is nobody.
    async fn named(&self, name: &str) -> Result<Option<Entry>, ResolverError> {
        match self.ask(name).await {
            Err(ResolverError::Unclear(_)) => Ok(None),
            other => other,
        }
    }
}

#[async_trait]
impl Resolver for Basic {
    fn capabilities(&self) -> Capabilities {
        Capabilities { editable: false, passwords: false, folds_case: false, staleness: STALENESS }
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn attributes(&self) -> Vec<String> {
        let names = self.request.response.names().filter(|name| !matches!(*name, "username" | "userid" | "password"));
        names.map(str::to_owned).collect()
    }

    async fn find_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        self.named(login).await
    }

    async fn find_many(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        if let [uid] = uids {
            return Ok(self.ask(uid).await?.filter(|entry| entry.uid == *uid).into_iter().collect());
        }
        let questions: Vec<_> = uids.iter().map(|uid| self.named(uid)).collect();
        let found: Vec<Option<Entry>> = stream::iter(questions).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().filter(|entry| uids.contains(&entry.uid)).collect())
    }

    async fn who_is_there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        let questions: Vec<_> = uids.iter().map(|uid| self.ask(uid)).collect();
        let told: Vec<Option<Entry>> = stream::iter(questions).buffered(AT_ONCE).try_collect().await?;
        Ok(uids.iter().zip(told).filter(|(_, told)| told.is_some()).map(|(uid, _)| uid.clone()).collect())
    }

    /// Only who is named can be found.
    async fn search(&self, filter: &Filter, page: Page, projection: Option<&[String]>) -> Result<Vec<Entry>, ResolverError> {
        let plain =
            |(name, pattern): &&(String, String)| matches!(name.as_str(), "username" | "userid") && !pattern.contains('*');
        let Some((_, name)) = filter.conditions.iter().find(plain) else { return Ok(Vec::new()) };
        let found = self.named(name).await?.filter(|entry| filter.admits(entry));
        let keep = |mut entry: Entry| {
            if let Some(wanted) = projection {
                entry.attributes.retain(|name, _| wanted.contains(name));
            }
            entry
        };
        Ok(found.into_iter().skip(page.skip).take(page.limit).map(keep).collect())
    }

    async fn check_password(&self, _: &str, _: &SecretText) -> Result<PasswordCheck, ResolverError> {
        Err(ResolverError::Unsupported("This resolver does not check passwords."))
    }

    async fn test(&self) -> Result<String, ResolverError> {
        let tried = tokio::time::timeout(self.limits.budget, self.named("symbolon-connection-test")).await;
        tried.unwrap_or_else(|_| Err(ResolverError::Unavailable("no answer in time".to_owned())))?;
        let unverified = " | The certificate is not checked, so anybody on the way can change what it says: set verify_tls.";
        Ok(format!("{NO_LIST}{}", if self.verifies { "" } else { unverified }))
    }
}
