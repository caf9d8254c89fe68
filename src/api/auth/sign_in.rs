//! `POST /auth`: a name and a password, answered with a token. Failures are answered at a fixed time after the request came.

use std::time::Duration;

use kernel::SecretText;
use mfa::Mfa;
use mfa::budget::{CheckError, Guess, Permit, Secret, Subject};
use mfa::operation::{Access, Answer, Authentication, Call, Code, Failure, FromParams, Operation, ParamError, Params, perform};
use mfa::people::admins::LocalAdmin;
use mfa::people::{Name, Person};
use mfa::policy::actions::webui::{JWT_VALIDITY, LOGIN_MODE, LOGOUT_TIME, LoginMode};
use mfa::policy::{AdminFacts, Facts, PolicySet, Rights};
use mfa::resolvers::PasswordNote;
use serde_json::{Value, json};

use crate::api::caller::{self, Holder};
use crate::api::envelope::Reply;
use crate::api::error::{ApiError, code};
use crate::api::operation::refused;
use crate::api::request::{Outcome, Request};
use crate::http::deadline;

const WRONG: &str = "Authentication failure. Wrong credentials";

/// Checks name and password of an administrator or a person.
struct SignIn;

/// What was typed. Not `Debug`.
struct Input {
    name: String,
    realm: Option<String>,
    password: SecretText,
}

impl FromParams for Input {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let password = params.secret("password")?.unwrap_or_default();
        Ok(Self { name: params.required("username")?, realm: params.optional("realm")?, password })
    }
}

/// Who it was, and what policies give them.
enum Found {
    Admin(LocalAdmin, Terms),
    Person(Person, Terms),
    /// Not accepted, for whatever reason; stored with its count.
    Nobody,
    /// As [`Found::Nobody`], while a store of the realm does not answer: it must look like a name that nobody can look up.
    Uncertain,
}

impl Operation for SignIn {
    const EVENT: &'static str = "auth";
    const ACCESS: Access = Access::Everybody;
    type Input = Input;
    type Output = Found;

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Input) -> Result<Found, Failure> {
        let admin = match input.realm {
            None => sys.people.admins().by_name(&input.name).await?,
            Some(_) => None,
        };
        let name = sys.name(&input.name, input.realm.as_deref());
        let found = match admin {
            Some(admin) => check_admin(sys, call, &admin, &input.password).await?,
            None => check_person(sys, call, &name, &input.password).await?,
        };
        Ok(match found {
            Found::Nobody if sys.people.ailing(&name) => Found::Uncertain,
            other => other,
        })
    }

    fn answer(&self, output: &Found) -> Answer {
        let accepted = !matches!(output, Found::Nobody | Found::Uncertain);
        let authentication = if accepted { Authentication::Accept } else { Authentication::Reject };
        Answer { authentication: Some(authentication), ..Answer::value(accepted) }
    }
}

async fn check_admin(sys: &Mfa, call: &mut Call, admin: &LocalAdmin, password: &SecretText) -> Result<Found, Failure> {
    call.audit.administrator.clone_from(&admin.name);
    let id = admin.id.to_string();
    let Some(permit) = admit(sys, call, Subject::Named(&id)).await? else { return Ok(Found::Nobody) };
    let checked = sys.people.admins().check(&mut call.batch, &admin.name, password).await?;
    Ok(match checked {
        Some(admin) => {
            let set = sys.policies.load();
            let facts = Facts { admin: Some(AdminFacts { realm: String::new(), name: admin.name.clone() }), ..call.facts(&set) };
            let terms = Terms::read(sys, call, &set, &facts)?;
            permit.right();
            Found::Admin(admin, terms)
        }
        None => wrong(call, permit, PasswordNote::None),
    })
}

async fn check_person(sys: &Mfa, call: &mut Call, name: &Name, password: &SecretText) -> Result<Found, Failure> {
    let person = sys.people.resolve(name).await?;
    if let Some(person) = &person {
        call.concerns(person);
    }
    let typed = sys.people.canonical(name);
    let subject = Subject::Typed { name: &typed, person: person.as_ref().map(|person| person.id) };
    let Some(permit) = admit(sys, call, subject).await? else { return Ok(Found::Nobody) };
    let checked = match sys.people.check_password(person.as_ref(), password).await {
        Ok(checked) => checked,
        Err(e) => {
            // What could not be checked is no wrong guess.
            permit.right();
            return Err(e.into());
        }
    };
    Ok(match person {
        Some(person) if checked.ok => {
            let set = sys.policies.load();
            let terms = Terms::read(sys, call, &set, &call.facts_of(&set, &person))?;
            permit.right();
            if terms.mode == LoginMode::Disable {
                call.audit.info = "sign-in is disabled by policy".to_owned();
                return Ok(Found::Nobody);
            }
            call.batch.append(checked.batch);
            sys.people.seen(&mut call.batch, person.id);
            Found::Person(person, terms)
        }
        _ => wrong(call, permit, checked.note),
    })
}

/// What policies give a session of the API.
struct Terms {
    rights: Rights,
    mode: LoginMode,
    /// Lifetime of the token, if a policy names one.
    lifetime: Option<Duration>,
    /// Idle seconds after which the user interface signs out.
    logout_time: u32,
}

impl Terms {
    fn read(sys: &Mfa, call: &mut Call, set: &PolicySet, facts: &Facts) -> Result<Self, Failure> {
        let at = set.at(facts);
        let lifetime = at.get(&JWT_VALIDITY)?.map(|seconds| Duration::from_secs(u64::from(seconds)));
        let (mode, logout_time) = (at.or_default(&LOGIN_MODE)?, at.or_default(&LOGOUT_TIME)?);
        call.decided(&at);
        Ok(Self { rights: at.rights(sys.policies.registry())?, mode, lifetime, logout_time })
    }
}

/// Admits the guess; `None` when there were too many, which is answered like a wrong password.
async fn admit(sys: &Mfa, call: &mut Call, subject: Subject<'_>) -> Result<Option<Permit>, Failure> {
    let guess = Guess { secret: Secret::Password, subject, origin: &call.origin, device: None };
    match sys.budgets.check(&guess, call.origin.at).await {
        Ok(permit) => Ok(Some(permit)),
        Err(CheckError::Limited(limited)) => {
            call.audit.info = limited.to_string();
            Ok(None)
        }
        Err(CheckError::Db(e)) => Err(e.into()),
    }
}

fn wrong(call: &mut Call, permit: Permit, note: PasswordNote) -> Found {
    permit.wrong(&mut call.batch);
    call.audit.info = note.words().to_owned();
    Found::Nobody
}

pub(super) async fn post(request: Request) -> Outcome {
    let (cx, after) = (request.cx.clone(), request.app.config.login.failed_after);
    let outcome = sign_in(request).await;
    if outcome.is_err() {
        deadline::until(&cx, after).await;
    }
    outcome
}

async fn sign_in(request: Request) -> Outcome {
    let id = request.cx.id.clone();
    let (app, call) = request.call()?;
    if !call.params.has("username") {
        return Err(ApiError::unauthenticated(code::MISSING_USERNAME, "Authentication failure. Missing Username"));
    }
    let done = perform(&app.mfa, &SignIn, call).await.map_err(|failed| match failed.code {
        // Too many hashes at once: says nothing about anybody.
        Code::Limited => ApiError::unauthenticated(code::AUTHENTICATE, failed.message),
        Code::Hidden => ApiError::unauthenticated(code::WRONG_CREDENTIALS, WRONG),
        _ => refused(&id, failed),
    })?;
    let (holder, terms) = match &done.output {
        Found::Admin(admin, terms) => (Holder::Admin(&admin.name, admin.auth_epoch), terms),
        Found::Person(person, terms) => (Holder::Person(person), terms),
        Found::Nobody => return Err(ApiError::unauthenticated(code::WRONG_CREDENTIALS, WRONG)),
        Found::Uncertain => return Err(refused(&id, Failure::outage("refused while a user store does not answer"))),
    };
    let token = caller::issue(&app, &holder, "password", terms.lifetime).map_err(|e| ApiError::of(&id, &e))?;
    let (username, realm) = holder.name();
    let value = json!({
        "token": token,
        "role": holder.role(),
        "username": username,
        "realm": realm,
        "auth": true,
        "log_level": 20,
        "rights": terms.rights.names,
        "menus": terms.rights.menus,
        "logout_time": terms.logout_time,
        "audit_page_size": 10,
        "token_page_size": 10,
        "user_page_size": 15,
        "default_tokentype": "totp",
        "user_details": false,
        "subscription_status": 0,
        "qr_image_android": Value::Null,
        "qr_image_ios": Value::Null,
        "qr_image_custom": Value::Null,
    });
    Ok(Reply { value, authentication: Some(Authentication::Accept), ..Reply::default() })
}
