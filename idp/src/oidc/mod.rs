//! The OpenID Connect provider without HTTP: from parsed parameters to typed answers and typed refusals, which the root renders.
//!
//! [`Provider`] is the assembled provider; each endpoint is a file with functions of it. A request costs no query for
//! configuration: clients and keys are in memory. Everything that is issued hangs on a *grant* (one consent of one person in
//! one session to one client) and dies with it.
//!
//! How a door uses it: `authorize` gives a [`SignIn`](crate::login::SignIn) for the login flow or an [`Answer`] at once; the flow's
//! outcome goes to `answer_success` or `answer_failure`, both of which give an [`Answer`]. `token`, `introspect` and `revoke` take
//! a [`Call`] with the parameters of the **body**; `userinfo` the header and the body; `logout` says whether to end the session,
//! to ask, or what is wrong. Refusals know their status class and `WWW-Authenticate`; every answer with a token, and every
//! refusal, is sent with `Cache-Control: no-store`. A node reloads [`Clients`](crate::party::client::Clients) when the revision
//! of their topic has risen, and purges now and then.
//!
//! To add a grant type: one file in `token/` and one line in its list. To add an endpoint: a file here, its URL in
//! [`Endpoints`], its metadata in `discovery`.

pub mod authorize;
pub mod bearer;
pub mod client_auth;
pub mod discovery;
pub mod introspect;
pub mod logout;
pub mod params;
pub mod pkce;
pub mod problem;
mod provider;
pub mod revoke;
pub mod scope;
mod signing;
pub(crate) mod store;
pub mod token;
pub mod userinfo;

pub use authorize::{Answer, Begun, ResponseMode};
pub use client_auth::Call;
pub use logout::{EndSession, Ending};
pub use params::Params;
pub use problem::Refusal;
pub use provider::{Endpoints, Parts, Provider};
pub use token::Tokens;

#[cfg(test)]
mod tests;
