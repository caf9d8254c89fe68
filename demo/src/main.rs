//! A small relying party that shows what an application receives from Symbolon.
//!
//! It is written on the `openidconnect` crate, knows nothing of Symbolon but its issuer URL, and does what a careful
//! application does: authorization code with PKCE, `state` and `nonce`, a verified ID token, RP-initiated logout.
//! `symbolon-demo --help` lists its options; run it twice to see single sign-on between two applications.

#![allow(clippy::print_stdout, reason = "a command line program speaks on standard output")]

mod oidc;
mod page;
mod state;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use clap::Parser;

use crate::oidc::Provider;
use crate::state::{Pending, SignedIn, Store};

/// Serves a small application that signs people in with OpenID Connect.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Issuer URL of the identity provider.
    #[arg(long, default_value = "http://localhost:8080")]
    issuer: String,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8091")]
    listen: SocketAddr,
    /// The address of this application as the browser sees it.
    #[arg(long, default_value = "http://localhost:8091")]
    url: String,
    /// Client identifier registered at the provider.
    #[arg(long, default_value = "demo")]
    client_id: String,
    /// File that holds the client secret; a public client without it.
    #[arg(long)]
    client_secret_file: Option<PathBuf>,
    /// Name shown on the pages.
    #[arg(long, default_value = "Field Notes")]
    name: String,
    /// Assurance to ask for, for example 2 for two factors.
    #[arg(long)]
    acr: Option<String>,
    /// Scopes besides `openid`.
    #[arg(long, default_value = "profile email", value_delimiter = ' ')]
    scope: Vec<String>,
}

struct App {
    options: Options,
    /// Name of the session cookie. Cookies ignore ports: each application on one host needs a name of its own.
    cookie: String,
    provider: Provider,
    store: Store,
}

type Shared = State<Arc<App>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let secret = match &options.client_secret_file {
        Some(file) => Some(std::fs::read_to_string(file)?.trim().to_owned()),
        None => None,
    };
    let provider = Provider::new(&options.issuer, &options.client_id, secret, &options.url)?;
    let listen = options.listen;
    let url = options.url.clone();
    let cookie = format!("demo_{}", listen.port());
    let app = Arc::new(App { options, cookie, provider, store: Store::default() });
    let router = Router::new()
        .route("/", get(home))
        .route("/login", get(login))
        .route("/callback", get(callback))
        .route("/logout", get(logout))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind(listen).await?;
    println!("listening on {url}");
    axum::serve(listener, router).await?;
    Ok(())
}

async fn home(State(app): Shared, headers: HeaderMap) -> Html<String> {
    match state::cookie(&headers, &app.cookie).and_then(|id| app.store.signed_in(&id)) {
        Some(person) => Html(page::signed_in(&app.options.name, &person)),
        None => Html(page::welcome(&app.options.name, app.options.acr.as_deref())),
    }
}

#[derive(serde::Deserialize)]
struct LoginQuery {
    acr: Option<String>,
    prompt: Option<String>,
}

/// Sends the browser to the provider; `acr` and `prompt` in the query override the defaults.
async fn login(State(app): Shared, Query(query): Query<LoginQuery>) -> Response {
    let acr = query.acr.or_else(|| app.options.acr.clone());
    match app.provider.authorize(&app.options.scope, acr.as_deref(), query.prompt.as_deref()).await {
        Ok((url, pending)) => {
            let id = app.store.begin(pending);
            ([(header::SET_COOKIE, cookie_header(&app, &id))], Redirect::to(url.as_str())).into_response()
        }
        Err(e) => failure(&app, &e),
    }
}

#[derive(serde::Deserialize)]
struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

async fn callback(State(app): Shared, headers: HeaderMap, Query(query): Query<CallbackQuery>) -> Response {
    let pending: Option<Pending> = state::cookie(&headers, &app.cookie).and_then(|id| app.store.take_pending(&id));
    let Some(pending) = pending else {
        return failure(&app, "This sign-in was not started here, or was finished already. Please start again.");
    };
    if query.state.as_deref() != Some(pending.state.as_str()) {
        return failure(&app, "The answer does not belong to this browser (state differs). Please start again.");
    }
    if query.iss.as_deref().is_some_and(|iss| iss != app.options.issuer) {
        return failure(&app, "The answer comes from another provider than asked (iss differs).");
    }
    if let Some(error) = query.error {
        let text = query.error_description.unwrap_or_default();
        return failure(&app, &format!("The provider answered: {error} {text}"));
    }
    let Some(code) = query.code else { return failure(&app, "The answer carries no code.") };
    match app.provider.redeem(code, pending).await {
        Ok(person) => {
            let id = app.store.sign_in(person);
            ([(header::SET_COOKIE, cookie_header(&app, &id))], Redirect::to("/")).into_response()
        }
        Err(e) => failure(&app, &e),
    }
}

/// Forgets the person here and asks the provider to end the session everywhere.
async fn logout(State(app): Shared, headers: HeaderMap) -> Response {
    let person: Option<SignedIn> = state::cookie(&headers, &app.cookie).and_then(|id| app.store.sign_out(&id));
    let hint = person.map(|p| p.id_token);
    match app.provider.logout_url(hint).await {
        Ok(url) => Redirect::to(url.as_str()).into_response(),
        Err(e) => failure(&app, &e),
    }
}

fn cookie_header(app: &App, id: &str) -> HeaderValue {
    let text = format!("{}={id}; Path=/; HttpOnly; SameSite=Lax", app.cookie);
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn failure(app: &App, text: &str) -> Response {
    (StatusCode::BAD_GATEWAY, Html(page::failure(&app.options.name, text))).into_response()
}
