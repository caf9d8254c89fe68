//! A provider with everything around it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use audit::{Door, Origin};
use db::testing::TestDb;
use db::{Batch, Dialect};
use kernel::ids::{PersonId, SessionId};
use kernel::{Clock, Entropy, SecretText, Timestamp};
use keys::ring::{Ring, RingConfig};
use keys::{Keys, Purpose};
use serde_json::{Value, json};

use crate::login::{Authenticated, SignIn};
use crate::oidc::{Answer, Begun, Call, Params, Parts, Provider, Refusal, Tokens};
use crate::party::client::published::{Fetch, Published};
use crate::party::client::{AuthMethod, Clients, GivenSecret, NewClient, Settings};
use crate::ports::{
    Checked, ClientGuess, ClientGuesses, Event, EventKind, Events, PasswordAttempt, PasswordChange, PasswordChanged,
    PasswordChecked, People, Permit, Person, PortError,
};
use crate::session::{Evidence, Opening, Sessions};

pub(in crate::oidc) const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
pub(in crate::oidc) const ISSUER: &str = "https://id.example";
pub(in crate::oidc) const REDIRECT: &str = "https://rp.example/cb";
pub(in crate::oidc) const SECRET: &str = "a secret of the client";
pub(in crate::oidc) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(in crate::oidc) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// One person, whose state tests may change.
pub(in crate::oidc) struct OnePerson(pub(in crate::oidc) Mutex<Person>);

#[async_trait]
impl People for OnePerson {
    async fn password(&self, _: &Origin, _: PasswordAttempt<'_>) -> Result<PasswordChecked, PortError> {
        Ok(Checked::Refused.into())
    }
    async fn ticket(&self, _: &Origin, _: &crate::ports::Negotiation) -> Result<Checked, PortError> {
        Ok(Checked::Refused)
    }
    async fn change_password(&self, _: &Origin, _: PasswordChange<'_>) -> Result<PasswordChanged, PortError> {
        Ok(PasswordChanged::Refused)
    }
    async fn person(&self, id: PersonId) -> Result<Option<Person>, PortError> {
        let person = self.0.lock().unwrap().clone();
        Ok((person.id == id).then_some(person))
    }
    async fn is_meant(&self, person: &Person, hint: &str) -> Result<bool, PortError> {
        Ok(person.login == hint)
    }
}

/// Lets three wrong secrets pass.
#[derive(Default)]
pub(in crate::oidc) struct Three(Mutex<u32>);

#[async_trait]
impl ClientGuesses for Three {
    async fn count(&self, _: &Origin, guess: ClientGuess<'_>, _: &mut Batch) -> Result<Permit, PortError> {
        let mut wrong = self.0.lock().unwrap();
        if *wrong >= 3 {
            return Ok(Permit::Limited { retry_after: None });
        }
        *wrong += u32::from(!guess.right);
        Ok(Permit::Granted)
    }
}

/// Remembers what happened.
#[derive(Default)]
pub(in crate::oidc) struct Seen(pub(in crate::oidc) Mutex<Vec<EventKind>>);

#[async_trait]
impl Events for Seen {
    async fn record(&self, _: &Origin, _: &mut Batch, event: Event) -> Result<(), PortError> {
        self.0.lock().unwrap().push(event.kind);
        Ok(())
    }
}

/// A client's published keys.
#[derive(Default)]
pub(in crate::oidc) struct Web(pub(in crate::oidc) Mutex<Value>);

#[async_trait]
impl Fetch for Web {
    async fn json(&self, _: &str) -> Result<Value, String> {
        Ok(self.0.lock().unwrap().clone())
    }
}

pub(in crate::oidc) struct Bench {
    pub(in crate::oidc) db: TestDb,
    pub(in crate::oidc) clock: Clock,
    pub(in crate::oidc) provider: Provider,
    pub(in crate::oidc) people: Arc<OnePerson>,
    pub(in crate::oidc) seen: Arc<Seen>,
    pub(in crate::oidc) web: Arc<Web>,
    pub(in crate::oidc) session: SessionId,
}

/// Settings of a client with everything.
pub(in crate::oidc) fn settings() -> Settings {
    Settings {
        redirect_uris: vec![REDIRECT.to_owned()],
        post_logout_redirect_uris: vec!["https://rp.example/bye".to_owned()],
        grant_types: ["authorization_code", "refresh_token", "client_credentials"].map(str::to_owned).to_vec(),
        scopes: ["openid", "profile", "email", "offline_access", "api:read"].map(str::to_owned).to_vec(),
        ..Settings::default()
    }
}

pub(in crate::oidc) fn body(text: &str) -> Params {
    Params::from_form(text).unwrap()
}

pub(in crate::oidc) fn pairs(pairs: &[(&str, &str)]) -> Params {
    Params::from_pairs(pairs.iter().copied())
}

/// The parameters of an answer.
pub(in crate::oidc) fn fields(answer: &Answer) -> BTreeMap<&'static str, String> {
    answer.fields().iter().cloned().collect()
}

pub(in crate::oidc) fn error_of<T>(outcome: Result<T, Refusal>) -> &'static str {
    outcome.err().map(|refusal| refusal.error()).unwrap_or("no error")
}

impl Bench {
    pub(in crate::oidc) async fn new() -> Self {
        Self::on(Dialect::Sqlite).await
    }

    /// On a database, with the client `rp` (secret in the header), `post` (in the body), and `app` (public, native).
    pub(in crate::oidc) async fn on(dialect: Dialect) -> Self {
        let db = db::testing::one(dialect).await;
        let (clock, chance, keys) = (Clock::fixed(NOW), Entropy::system(), Keys::for_tests());
        let ring = Ring::open((*db).clone(), &keys, clock.clone(), chance.clone(), RingConfig::new("default")).await.unwrap();
        let clients = Clients::load((*db).clone(), keys.sealer().clone(), chance.clone(), "default").await.unwrap();
        let sessions = Sessions::new((*db).clone(), &keys);
        let person = Person {
            id: PersonId::new(&chance, NOW),
            login: "ada".to_owned(),
            realm: "default".to_owned(),
            display_name: "Ada Lovelace".to_owned(),
            attributes: BTreeMap::from([("email".to_owned(), json!("ada@example.org")), ("nickname".to_owned(), json!("al"))]),
            auth_epoch: 7,
            enabled: true,
        };
        let people = Arc::new(OnePerson(Mutex::new(person)));
        let (seen, web) = (Arc::new(Seen::default()), Arc::new(Web::default()));
        let parts = Parts {
            issuer: ISSUER.to_owned(),
            issuer_name: "default".to_owned(),
            ui_locales: vec!["en".to_owned()],
            db: (*db).clone(),
            chance: chance.clone(),
            ring,
            lookup: keys.mac_key(Purpose::Lookup),
            clients,
            published: Published::new(web.clone()),
            sessions,
            people: people.clone(),
            guesses: Arc::new(Three::default()),
            events: seen.clone(),
        };
        let session = SessionId::new(&chance, NOW);
        let bench = Self { db, clock, provider: Provider::new(parts), people, seen, web, session };
        bench.client("rp", settings()).await;
        bench.client("post", Settings { token_endpoint_auth_method: AuthMethod::Post, ..settings() }).await;
        let app = Settings { token_endpoint_auth_method: AuthMethod::None, ..settings() };
        let grants = ["authorization_code", "refresh_token"].map(str::to_owned).to_vec();
        bench.client("app", Settings { grant_types: grants, ..app }).await;
        bench.open_session().await;
        bench
    }

    pub(in crate::oidc) async fn client(&self, client_id: &str, settings: Settings) {
        let secret = GivenSecret::Given(SecretText::new(SECRET));
        let new = NewClient { client_id: client_id.to_owned(), settings, secret, enabled: true };
        let mut batch = Batch::new();
        self.provider.clients.add(&mut batch, new, NOW).unwrap();
        self.db.write(batch).await.unwrap();
        self.provider.clients.reload().await.unwrap();
    }

    async fn open_session(&self) {
        let person = self.person();
        let mut batch = Batch::new();
        let opening = Opening {
            id: self.session,
            token: &SecretText::new("browser"),
            person: &person,
            origin: &self.origin(),
            evidence: &Evidence::empty(),
            idle: Duration::from_secs(30 * 86_400),
            absolute: Duration::from_secs(30 * 86_400),
        };
        self.provider.sessions.open(&mut batch, &opening).unwrap();
        self.db.write(batch).await.unwrap();
    }

    pub(in crate::oidc) fn person(&self) -> Person {
        self.people.0.lock().unwrap().clone()
    }

    pub(in crate::oidc) fn origin(&self) -> Origin {
        Origin {
            at: self.clock.now(),
            request: "r".to_owned(),
            door: Door::Oidc,
            client: None,
            relay: None,
            user_agent: String::new(),
            language: None,
            node: "n".to_owned(),
            issuer: ISSUER.to_owned(),
        }
    }

    pub(in crate::oidc) fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// An authorization request of `client` with PKCE and what `more` adds.
    pub(in crate::oidc) fn begin(&self, client: &str, more: &[(&str, &str)]) -> SignIn {
        let mut all = vec![
            ("client_id", client),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("state", "s t"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        all.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        if !more.iter().any(|(name, _)| *name == "scope") {
            all.push(("scope", "openid profile email"));
        }
        match self.provider.authorize(&pairs(&all)) {
            Ok(Begun::SignIn(sign_in)) => *sign_in,
            other => panic!("no sign-in: {other:?}"),
        }
    }

    /// Somebody signs in and grants everything.
    pub(in crate::oidc) fn authenticated(&self, sign_in: &SignIn) -> Authenticated {
        let party = sign_in.party.clone();
        Authenticated::for_tests(self.person(), party, self.session, self.clock.now(), &sign_in.ticket)
            .granting(sign_in.ask.clone())
    }

    /// A fresh code.
    pub(in crate::oidc) async fn code(&self, client: &str, more: &[(&str, &str)]) -> String {
        let success = self.authenticated(&self.begin(client, more));
        let answer = self.provider.answer_success(&self.origin(), &success).await.unwrap();
        fields(&answer).remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// The token endpoint, called by `client` with its credentials.
    pub(in crate::oidc) async fn token(&self, client: &str, params: &[(&str, &str)]) -> Result<Tokens, Refusal> {
        self.token_at(&self.origin(), client, params).await
    }

    pub(in crate::oidc) async fn token_at(
        &self,
        origin: &Origin,
        client: &str,
        params: &[(&str, &str)],
    ) -> Result<Tokens, Refusal> {
        let (header, params) = credentials(client, params);
        let params = Params::from_pairs(params);
        self.provider.token(Call { origin, authorization: header.as_deref(), params: &params }).await
    }

    pub(in crate::oidc) async fn redeem(&self, client: &str, code: &str) -> Result<Tokens, Refusal> {
        self.token(client, &redemption(code)).await
    }

    pub(in crate::oidc) async fn refresh(&self, client: &str, token: &str) -> Result<Tokens, Refusal> {
        self.token(client, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Tokens of a whole sign-in.
    pub(in crate::oidc) async fn tokens(&self, client: &str, more: &[(&str, &str)]) -> Tokens {
        let code = self.code(client, more).await;
        self.redeem(client, &code).await.unwrap()
    }

    pub(in crate::oidc) async fn userinfo(&self, token: &str) -> Result<serde_json::Map<String, Value>, Refusal> {
        self.provider.userinfo(&self.origin(), Some(&format!("Bearer {token}")), None).await
    }

    pub(in crate::oidc) fn events(&self) -> Vec<EventKind> {
        self.seen.0.lock().unwrap().clone()
    }
}

pub(in crate::oidc) fn redemption(code: &str) -> [(&str, &str); 4] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)]
}

/// Credentials as the client is registered to send them.
fn credentials<'a>(client: &'a str, params: &[(&'a str, &'a str)]) -> (Option<String>, Vec<(&'a str, &'a str)>) {
    let mut params = params.to_vec();
    match client {
        "app" => params.push(("client_id", client)),
        "post" => params.extend([("client_id", client), ("client_secret", SECRET)]),
        _ => {
            let text = format!("{client}:{}", SECRET.replace(' ', "+"));
            return (Some(format!("Basic {}", data_encoding::BASE64.encode(text.as_bytes()))), params);
        }
    }
    (None, params)
}
