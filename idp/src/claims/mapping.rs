//! The compiled mapping of one application: what of a person goes where, and why the rest does not.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::compile::{self, Line, Origin, Source};
use super::facts::Facts;
use super::request::ClaimsRequest;
use super::rule::{Destination, Rule};
use super::standard::{self, Kind};
use crate::oidc::scope::{OPENID, Scopes};
use crate::ports::Person;

/// Most values of a list.
const MOST_VALUES: usize = 1000;
/// Most bytes of one claim.
const MOST_BYTES: usize = 16 * 1024;

/// Most bytes of all claims that go to one place: tokens travel in headers and cookies.
const fn room(to: Destination) -> usize {
    match to {
        Destination::AccessToken => 8 * 1024,
        Destination::IdToken => 32 * 1024,
        Destination::Userinfo => 256 * 1024,
    }
}

/// What is granted to an application at the moment.
pub struct Granted<'a> {
    /// The scopes.
    pub scopes: &'a Scopes,
    /// Claims named one by one, of which the person was asked or that a scope covers.
    pub named: &'a ClaimsRequest,
    /// Scopes that the application may be granted at all.
    pub allowed: &'a Scopes,
}

/// Why a claim has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No attribute has a value.
    #[error("the person has no value in {0}")]
    NoValue(String),
    /// There are values, and the filter lets none of them pass.
    #[error("no value passes the filter")]
    Filtered,
    /// There are values, but none of the form that the type wants.
    #[error("no value has the form of its type")]
    Form,
    /// The values hold U+0000.
    #[error("the value holds characters that no application can read")]
    Unreadable,
    /// The values are too many or too long.
    #[error("the value is too long")]
    TooLong,
}

/// Why a claim does not go somewhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// Its rule says that it goes nowhere.
    #[error("its rule lets it go nowhere")]
    Never,
    /// It goes to other places.
    #[error("it does not go there")]
    Elsewhere,
    /// The scope was not granted.
    #[error("the scope {0} is not granted")]
    Scope(String),
    /// It has no value.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// What comes before it has filled the place.
    #[error("there is no room left")]
    NoRoom,
}

/// A value and the attributes that it was made of.
struct Found<'m> {
    value: Value,
    used: Vec<&'m str>,
}

/// What becomes of one claim of a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The claim.
    pub claim: String,
    /// Which rule speaks of it: `standard`, `claim_attributes` or `rule 3`.
    pub rule: String,
    /// Where its values come from, in words.
    pub source: String,
    /// The attributes that were used.
    pub attributes: Vec<String>,
    /// The scope that asks for it.
    pub scope: String,
    /// Whether the person cannot sign in without it.
    pub required: bool,
    /// Its value, or why it has none.
    pub value: Result<Value, Missing>,
    /// Values that the filter left out.
    pub left_out: Vec<String>,
    /// Whether it goes there, or why not.
    pub to: Vec<(Destination, Result<(), Withheld>)>,
}

/// The claims of one application, compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping(Vec<Line>);

impl Mapping {
    /// Compiles the settings of an OpenID Connect client. `renamed` are other attributes for standard claims.
    ///
    /// # Errors
    /// Everything that is wrong, for people.
    pub fn compile(rules: &[Rule], renamed: &BTreeMap<String, String>, scopes: &[String]) -> Result<Self, Vec<String>> {
        compile::lines(rules, renamed, scopes).map(Self)
    }

    /// What of a person goes to a place.
    pub fn release(&self, to: Destination, ask: &Granted<'_>, person: &Person) -> Map<String, Value> {
        let facts = Facts(person);
        let decided = self.decide(to, ask, &facts);
        decided.filter_map(|(line, found)| Some((line.claim.clone(), found.ok()?.value))).collect()
    }

    /// What becomes of every claim, decided as [`Mapping::release`] does.
    pub fn explain(&self, ask: &Granted<'_>, person: &Person) -> Vec<Explained> {
        let facts = Facts(person);
        let decided =
            Destination::ALL.map(|to| self.decide(to, ask, &facts).map(|(_, found)| found.map(drop)).collect::<Vec<_>>());
        let explain = |(at, line): (usize, &Line)| {
            let (value, attributes) = match line.value(&facts) {
                Ok(found) => (Ok(found.value), found.used.into_iter().map(str::to_owned).collect()),
                Err(missing) => (Err(missing), Vec::new()),
            };
            Explained {
                claim: line.claim.clone(),
                rule: match line.origin {
                    Origin::Standard => "standard".to_owned(),
                    Origin::Renamed => "claim_attributes".to_owned(),
                    Origin::Rule(at) => format!("rule {at}"),
                },
                source: line.source_in_words(),
                attributes,
                scope: line.scope.clone(),
                required: line.required,
                value,
                left_out: line.left_out(&facts),
                to: Destination::ALL.into_iter().zip(decided.iter().map(|all| all[at].clone())).collect(),
            }
        };
        self.0.iter().enumerate().map(explain).collect()
    }

    /// The first claim that a person cannot sign in without and has no value for, as far as its scope is granted.
    pub fn unmet(&self, scopes: &Scopes, person: &Person) -> Option<&str> {
        let facts = Facts(person);
        let mut required = self.0.iter().filter(|line| line.required && scopes.contains(&line.scope));
        required.find(|line| line.value(&facts).is_err()).map(|line| line.claim.as_str())
    }

    /// Whether there are claims that people cannot sign in without.
    pub fn has_required(&self) -> bool {
        self.0.iter().any(|line| line.required)
    }

    /// The scope that a claim belongs to.
    pub fn scope_of(&self, claim: &str) -> Option<&str> {
        let mut released = self.0.iter().filter(|line| !line.to.is_empty());
        released.find(|line| line.claim == claim).map(|line| line.scope.as_str())
    }

    /// Whether claims belong to this scope.
    pub fn is_scope(&self, scope: &str) -> bool {
        self.0.iter().any(|line| line.scope == scope)
    }

    /// Claims that the application gets beyond what the scopes say that people are asked about.
    pub fn unasked(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|line| line.scope == OPENID && !line.to.is_empty()).map(|line| line.claim.as_str())
    }

    fn decide<'m>(
        &'m self,
        to: Destination,
        ask: &'m Granted<'_>,
        facts: &'m Facts<'_>,
    ) -> impl Iterator<Item = (&'m Line, Result<Found<'m>, Withheld>)> {
        let mut left = room(to);
        self.0.iter().map(move |line| {
            let found = line.wanted(to, ask).and_then(|()| Ok(line.value(facts)?)).and_then(|found| {
                left = left.checked_sub(line.claim.len() + weight(&found.value)).ok_or(Withheld::NoRoom)?;
                Ok(found)
            });
            (line, found)
        })
    }
}

impl Line {
    fn wanted(&self, to: Destination, ask: &Granted<'_>) -> Result<(), Withheld> {
        if self.to.is_empty() {
            return Err(Withheld::Never);
        }
        let named = match to {
            Destination::IdToken => ask.named.id_token.contains_key(&self.claim),
            Destination::Userinfo => ask.named.userinfo.contains_key(&self.claim),
            Destination::AccessToken => false,
        };
        if named && ask.allowed.contains(&self.scope) {
            return Ok(());
        }
        if !self.to.contains(&to) {
            return Err(Withheld::Elsewhere);
        }
        if ask.scopes.contains(&self.scope) { Ok(()) } else { Err(Withheld::Scope(self.scope.clone())) }
    }

    fn value(&self, facts: &Facts<'_>) -> Result<Found<'_>, Missing> {
        let (texts, used) = match &self.source {
            Source::Constant(constant) => return Ok(Found { value: constant.clone(), used: Vec::new() }),
            Source::Template(_, template) => {
                let (text, used) = template.fill(facts).map_err(Missing::NoValue)?;
                (vec![text], used)
            }
            Source::Attributes(names) if self.kind == Kind::Address && self.filter.is_none() => {
                let (value, used) = standard::address(facts, names).ok_or_else(|| Missing::NoValue(names.join(", ")))?;
                return bounded(value).map(|value| Found { value, used });
            }
            Source::Attributes(names) => {
                let (name, texts) = first(facts, names).ok_or_else(|| Missing::NoValue(names.join(", ")))?;
                (self.passed(texts)?, vec![name])
            }
        };
        let readable: Vec<String> = texts.into_iter().filter(|text| !text.contains('\0')).collect();
        if readable.is_empty() {
            return Err(Missing::Unreadable);
        }
        let mut values = readable.into_iter().filter_map(|text| self.kind.read(text));
        let value = match self.multiple {
            true => {
                let mut all: Vec<Value> = Vec::new();
                for value in values.take(MOST_VALUES + 1) {
                    if !all.contains(&value) {
                        all.push(value);
                    }
                }
                if all.is_empty() {
                    return Err(Missing::Form);
                }
                Value::Array(all)
            }
            false => values.next().ok_or(Missing::Form)?,
        };
        bounded(value).map(|value| Found { value, used })
    }

    fn passed(&self, texts: Vec<String>) -> Result<Vec<String>, Missing> {
        let Some(filter) = &self.filter else { return Ok(texts) };
        let passed: Vec<String> = texts.iter().filter_map(|text| filter.pass(text)).map(str::to_owned).collect();
        if passed.is_empty() { Err(Missing::Filtered) } else { Ok(passed) }
    }

    fn left_out(&self, facts: &Facts<'_>) -> Vec<String> {
        let (Source::Attributes(names), Some(filter)) = (&self.source, &self.filter) else { return Vec::new() };
        let texts = first(facts, names).map(|(_, texts)| texts).unwrap_or_default();
        texts.into_iter().filter(|text| filter.pass(text).is_none()).take(MOST_VALUES).collect()
    }

    fn source_in_words(&self) -> String {
        match &self.source {
            Source::Attributes(names) => format!("attribute {}", names.join(" or ")),
            Source::Template(text, _) => format!("template {text}"),
            Source::Constant(_) => "constant".to_owned(),
        }
    }
}

/// The first attribute that has a value, and all of its texts.
fn first<'n>(facts: &Facts<'_>, names: &'n [String]) -> Option<(&'n str, Vec<String>)> {
    names.iter().map(|name| (name.as_str(), facts.texts(name))).find(|(_, texts)| !texts.is_empty())
}

fn bounded(value: Value) -> Result<Value, Missing> {
    let many = value.as_array().is_some_and(|list| list.len() > MOST_VALUES);
    if many || weight(&value) > MOST_BYTES { Err(Missing::TooLong) } else { Ok(value) }
}

/// About how many bytes a value takes as JSON; never fewer.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 10,
        Value::String(text) => {
            3 + text.bytes().map(|b| if b < 0x20 { 6 } else { 1 + usize::from(matches!(b, b'"' | b'\\')) }).sum::<usize>()
        }
        Value::Array(list) => 2 + list.iter().map(weight).sum::<usize>(),
        Value::Object(members) => 2 + members.iter().map(|(name, value)| name.len() + 4 + weight(value)).sum::<usize>(),
    }
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
