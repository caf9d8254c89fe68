//! In what stores differ.

use std::time::Duration;

use kernel::outbound::Answer;
use serde_json::Value;

use super::config::Config;
use crate::resolvers::{Filter, PasswordCheck, ResolverError, Standing};

/// Parameters of a request.
pub(in crate::resolvers) type Query = Vec<(String, String)>;

/// How a long list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::resolvers) enum Paging {
    /// At once, or by the links that answers hold (`@odata.nextLink`).
    Links,
    /// By the parameters `first` and `max`.
    FirstMax(usize),
}

/// One kind of store. What it does not say holds for any API.
pub(in crate::resolvers) trait Manner: Send + Sync {
    /// Whether what lets us in goes with a question for a password too.
    fn passes_with_passwords(&self) -> bool {
        true
    }

    /// Whether login names that differ only in case are the same.
    fn folds_case(&self) -> bool {
        false
    }

    /// How lists are asked for.
    fn paging(&self) -> Paging {
        Paging::Links
    }

    /// Parameters that every question for people has besides.
    fn fields(&self, config: &Config) -> Query {
        let _ = config;
        Query::new()
    }

    /// Told that a question for people was refused: whether another one may help.
    fn asks_less(&self, answer: &Answer) -> bool {
        let _ = answer;
        false
    }

    /// Parameters with which the store leaves out who is not looked for; it may tell of others.
    fn conditions(&self, config: &Config, filter: &Filter) -> Query {
        exact(config, filter)
    }

    /// Questions for the people with these uids that are asked of the list; `None` when each has to be asked for.
    fn batches(&self, config: &Config, uids: &[String]) -> Option<Vec<Query>> {
        let _ = (config, uids);
        None
    }

    /// Whether the store bars somebody.
    fn standing(&self, record: &Value) -> Standing {
        let _ = record;
        Standing::default()
    }

    /// Whether a record of somebody's groups is a group.
    fn is_group(&self, record: &Value) -> bool {
        let _ = record;
        true
    }

    /// What an answer says of a password.
    ///
    /// # Errors
    /// When it says nothing of it. Words of the store are not repeated: the password may be among them.
    fn verdict(&self, config: &Config, uid: &str, answer: &Answer) -> Result<PasswordCheck, ResolverError>;

    /// Whether an answer that a password is right also says whose it is.
    fn names_owner(&self, answer: &Answer) -> bool {
        let _ = answer;
        true
    }

    /// A value as the store wants it.
    fn outgoing(&self, theirs: &str, value: Value) -> Value {
        let _ = theirs;
        value
    }

    /// Whether a change has to hold the whole record.
    fn replaces(&self) -> bool {
        false
    }

    /// What there is to say to who tries the configuration.
    fn remark(&self) -> Option<String> {
        None
    }
}

/// Conditions without `*`, by name.
fn exact(config: &Config, filter: &Filter) -> Query {
    let plain = filter.conditions.iter().filter(|(_, pattern)| !pattern.is_empty() && !pattern.contains('*'));
    plain.filter_map(|(ours, pattern)| Some((config.people.theirs(ours)?.to_owned(), pattern.clone()))).collect()
}

/// Ok, and nothing else.
pub(in crate::resolvers) fn right() -> PasswordCheck {
    PasswordCheck { ok: true, ..PasswordCheck::default() }
}

/// How old what is remembered may be.
pub(in crate::resolvers) const STALENESS: Duration = Duration::from_secs(60);
