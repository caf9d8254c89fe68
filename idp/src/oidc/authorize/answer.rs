//! Answers of the authorization endpoint: parameters for the client, and the way on which the browser carries them.

use serde::{Deserialize, Serialize};

use super::problem::AuthorizeProblem;
use crate::oidc::params;
use crate::oidc::problem::Problem as _;
use crate::party::client::redirect;

/// How the browser carries the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// As a form that posts itself (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

impl ResponseMode {
    /// All of them, for metadata.
    pub const ALL: &'static [&'static str] = &["query", "form_post"];

    /// Reads the parameter.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

/// Where an answer goes: known as soon as client and redirect URI are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnTo {
    /// The redirect URI, as requested.
    pub redirect_uri: String,
    /// How.
    pub mode: ResponseMode,
    /// `state`, byte for byte.
    pub state: Option<String>,
}

/// An answer for the client, good or bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    mode: ResponseMode,
    redirect_uri: String,
    fields: Vec<(&'static str, String)>,
    problem: Option<AuthorizeProblem>,
}

impl Answer {
    /// A code.
    pub(crate) fn code(to: ReturnTo, issuer: &str, code: String) -> Self {
        Self::new(to, issuer, vec![("code", code)], None)
    }

    /// An error.
    pub(crate) fn error(to: ReturnTo, issuer: &str, problem: AuthorizeProblem) -> Self {
        let fields = vec![("error", problem.code().to_owned()), ("error_description", problem.description().to_owned())];
        Self::new(to, issuer, fields, Some(problem))
    }

    /// `iss` goes into every answer, also errors (RFC 9207 section 2).
    fn new(to: ReturnTo, issuer: &str, mut fields: Vec<(&'static str, String)>, problem: Option<AuthorizeProblem>) -> Self {
        fields.extend(to.state.map(|state| ("state", state)));
        fields.push(("iss", issuer.to_owned()));
        Self { mode: to.mode, redirect_uri: to.redirect_uri, fields, problem }
    }

    /// How the browser carries it: redirect to [`Answer::location`], or post [`Answer::fields`] to [`Answer::redirect_uri`].
    pub fn mode(&self) -> ResponseMode {
        self.mode
    }

    /// The client's address as requested; the action of the form.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The parameters, in order.
    pub fn fields(&self) -> &[(&'static str, String)] {
        &self.fields
    }

    /// What was refused, if something was.
    pub fn problem(&self) -> Option<AuthorizeProblem> {
        self.problem
    }

    /// Origin of the client for `form-action`; `None` for private schemes, of which the scheme itself is allowed.
    pub fn form_action(&self) -> Option<String> {
        redirect::origin(&self.redirect_uri)
    }

    /// The address to redirect to in mode `query`. What the redirect URI has of its own query stays in front, untouched.
    pub fn location(&self) -> String {
        with_query(&self.redirect_uri, self.fields.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

/// Appends parameters to a registered URI without touching a byte of it.
pub(crate) fn with_query<'a>(uri: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let query = params::encode(pairs);
    let joint = match uri.split_once('?') {
        _ if query.is_empty() => "",
        None => "?",
        Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
        Some(_) => "&",
    };
    [uri, joint, &query].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(uri: &str, state: Option<&str>) -> ReturnTo {
        ReturnTo { redirect_uri: uri.to_owned(), mode: ResponseMode::Query, state: state.map(str::to_owned) }
    }

    #[test]
    fn the_registered_query_survives() {
        let iss = "https://id.example";
        let location = |uri: &str| Answer::code(to(uri, Some("a b&c=\u{e4}")), iss, "xyz".to_owned()).location();
        let tail = "code=xyz&state=a+b%26c%3D%C3%A4&iss=https%3A%2F%2Fid.example";
        assert_eq!(location("https://rp.example"), format!("https://rp.example?{tail}"));
        assert_eq!(location("https://rp.example/cb?dummy1=lorem%20x"), format!("https://rp.example/cb?dummy1=lorem%20x&{tail}"));
        assert_eq!(location("https://rp.example/cb?"), format!("https://rp.example/cb?{tail}"));
        assert_eq!(location("com.example.app:/cb"), format!("com.example.app:/cb?{tail}"));
    }

    #[test]
    fn errors_carry_nothing_else() {
        let answer = Answer::error(to("https://rp.example/cb", None), "https://id.example", AuthorizeProblem::LoginRequired);
        let names: Vec<_> = answer.fields().iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["error", "error_description", "iss"]);
    }
}
