//! What the application remembers of its visitors: in memory, lost at a restart, bounded.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, header};
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};

/// Visitors remembered at most; the store is emptied when it is full.
const MOST: usize = 10_000;

/// A sign-in that waits for the provider's answer.
pub(crate) struct Pending {
    pub(crate) state: String,
    pub(crate) nonce: Nonce,
    pub(crate) verifier: PkceCodeVerifier,
}

/// Who is signed in, and what the provider said.
#[derive(Clone)]
pub(crate) struct SignedIn {
    /// The ID token as received; the hint for logout.
    pub(crate) id_token: String,
    /// Its claims, verified.
    pub(crate) claims: serde_json::Value,
    /// The answer of the UserInfo endpoint.
    pub(crate) userinfo: serde_json::Value,
}

enum Visitor {
    Pending(Pending),
    SignedIn(SignedIn),
}

/// Visitors by the random value of their cookie.
#[derive(Default)]
pub(crate) struct Store(Mutex<HashMap<String, Visitor>>);

impl Store {
    fn put(&self, visitor: Visitor) -> String {
        let id = CsrfToken::new_random_len(32).secret().clone();
        let mut visitors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if visitors.len() >= MOST {
            visitors.clear();
        }
        visitors.insert(id.clone(), visitor);
        id
    }

    fn take(&self, id: &str) -> Option<Visitor> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    /// Remembers a started sign-in; returns the cookie value.
    pub(crate) fn begin(&self, pending: Pending) -> String {
        self.put(Visitor::Pending(pending))
    }

    /// The started sign-in of this cookie; each is taken once.
    pub(crate) fn take_pending(&self, id: &str) -> Option<Pending> {
        match self.take(id)? {
            Visitor::Pending(pending) => Some(pending),
            Visitor::SignedIn(_) => None,
        }
    }

    /// Remembers a person under a fresh cookie value.
    pub(crate) fn sign_in(&self, person: SignedIn) -> String {
        self.put(Visitor::SignedIn(person))
    }

    /// Who this cookie belongs to.
    pub(crate) fn signed_in(&self, id: &str) -> Option<SignedIn> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id)? {
            Visitor::SignedIn(person) => Some(person.clone()),
            Visitor::Pending(_) => None,
        }
    }

    /// Forgets the person of this cookie.
    pub(crate) fn sign_out(&self, id: &str) -> Option<SignedIn> {
        match self.take(id)? {
            Visitor::SignedIn(person) => Some(person),
            Visitor::Pending(_) => None,
        }
    }
}

/// The value of the cookie `name` in a request.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get(header::COOKIE)?.to_str().ok()?;
    all.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, v)| v.to_owned())
}
