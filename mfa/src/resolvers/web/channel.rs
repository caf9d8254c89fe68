//! The way to a store: its own client behind the common guard, and what lets us in.

use std::time::Duration;

use kernel::Clock;
use kernel::outbound::{Answer, Outbound, Tuning};

use super::answer;
use super::request::Prepared;
use super::token::{Grant, Tokens};
use crate::resolvers::{ParamValues, ResolverError};

/// Bytes of an answer at most: a page of a thousand people.
const MAX_BODY: usize = 8 << 20;
/// Files with certificates are not larger.
const MAX_CA: u64 = 1 << 20;

/// How a store is called.
pub(in crate::resolvers) struct Channel {
    pub(super) out: Outbound,
    tokens: Tokens,
}

/// The client of a resolver: `timeout`, `verify_tls` and `tls_ca_path` among its parameters.
///
/// # Errors
/// Names the parameter that is wrong.
pub(in crate::resolvers) fn client(params: &ParamValues, out: &Outbound) -> Result<(Outbound, Duration), ResolverError> {
    let wrong = |what: String| ResolverError::Parameters(what);
    let seconds = params.text("timeout").trim().parse::<u64>().unwrap_or(60).clamp(1, 60);
    let timeout = Duration::from_secs(seconds);
    let unverified = !params.text("verify_tls").is_empty() && !params.flag("verify_tls");
    let only_ca = match params.text("tls_ca_path").trim() {
        "" => None,
        path => {
            let fits = std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_CA);
            let read = if fits { std::fs::read(path).ok() } else { None };
            Some(read.ok_or_else(|| wrong(format!("tls_ca_path: {path} cannot be read as a file")))?)
        }
    };
    let tuning = Tuning { timeout: Some(timeout), max_body: Some(MAX_BODY), only_ca, unverified };
    let out = out.tuned(tuning).map_err(|e| wrong(format!("tls_ca_path: {e}")))?;
    Ok((out, timeout))
}

impl Channel {
    /// A way with this client.
    pub(in crate::resolvers) fn new(out: Outbound, grant: Box<dyn Grant>, clock: Clock) -> Self {
        Self { out, tokens: Tokens::new(grant, clock) }
    }

    /// Looks whether we are let in.
    pub(in crate::resolvers) async fn enter(&self) -> Result<(), ResolverError> {
        self.tokens.pass(&self.out).await.map(drop)
    }

    /// Makes a call with what lets us in; once more with a new pass when the old one is refused.
    ///
    /// # Errors
    /// [`ResolverError::Unavailable`]: no answer, or too large. Any status is an answer.
    pub(in crate::resolvers) async fn call(&self, prepared: &Prepared) -> Result<Answer, ResolverError> {
        let pass = self.tokens.pass(&self.out).await?;
        let first = self.send(prepared, pass.headers()).await?;
        if first.status != 401 || pass.headers().is_empty() || !self.tokens.refused(&pass) {
            return Ok(first);
        }
        let pass = self.tokens.pass(&self.out).await?;
        self.send(prepared, pass.headers()).await
    }

    /// Makes a call with nothing besides.
    pub(in crate::resolvers) async fn bare(&self, prepared: &Prepared) -> Result<Answer, ResolverError> {
        self.send(prepared, &[]).await
    }

    async fn send(&self, prepared: &Prepared, besides: &[(String, kernel::SecretText)]) -> Result<Answer, ResolverError> {
        self.out.send(prepared.call(besides)?).await.map_err(|e| answer::not_answered(&e))
    }
}
