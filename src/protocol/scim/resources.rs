//! Users and groups one by one (RFC 7644 sections 3.3 to 3.6).

use std::sync::Arc;

use http::StatusCode;
use mfa::scim::error::{Kind as Wrong, ScimError};
use mfa::scim::ops::{AddGroup, AddUser, ChangeGroup, ChangeUser, GetGroup, GetUser, How, RemoveGroup, RemoveUser};
use mfa::scim::project::Projection;
use mfa::scim::schema::{GROUP, Resource, USER};
use serde_json::Value;

use super::answer::{Outcome, Refusal, Reply};
use super::request::Request;
use super::search::projection;

/// A type of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Users.
    User,
    /// Groups.
    Group,
}

impl Kind {
    /// Its declaration.
    pub(super) fn resource(self) -> &'static Resource {
        match self {
            Self::User => &USER,
            Self::Group => &GROUP,
        }
    }

    /// The attribute that is left out when it is not wanted, because it costs.
    pub(super) fn related(self) -> &'static str {
        match self {
            Self::User => "groups",
            Self::Group => "members",
        }
    }
}

/// The part of a resource that is shown.
pub(super) fn part(kind: Kind, projection: &Projection, whole: &Value) -> Value {
    match whole.as_object() {
        Some(object) => Value::Object(projection.of(kind.resource(), object.clone())),
        None => whole.clone(),
    }
}

/// `POST /Users`, `POST /Groups`
pub(super) async fn add(request: Request, kind: Kind) -> Outcome {
    let projection = projection(&request)?;
    let whole = added(&request, kind, request.json()?, None).await?;
    let shown = part(kind, &projection, &whole);
    Ok(Reply::resource(StatusCode::CREATED, &whole, shown))
}

/// Creates a resource; `action` is what the audit shows, when it is one of several.
pub(super) async fn added(request: &Request, kind: Kind, body: Value, action: Option<&str>) -> Result<Value, Refusal> {
    let params = vec![("resource", body)];
    let client = Arc::clone(&request.client);
    match (kind, action) {
        (Kind::User, None) => request.perform(&AddUser(client), params).await,
        (Kind::User, Some(action)) => request.perform_as(&AddUser(client), params, action).await,
        (Kind::Group, None) => request.perform(&AddGroup(client), params).await,
        (Kind::Group, Some(action)) => request.perform_as(&AddGroup(client), params, action).await,
    }
}

/// `GET /Users/{id}`, `GET /Groups/{id}`
pub(super) async fn get(request: Request, kind: Kind) -> Outcome {
    let projection = projection(&request)?;
    let without = !projection.wants(kind.resource(), kind.related());
    let params = vec![("id", Value::from(request.id.clone())), ("withoutRelated", Value::from(without))];
    let client = Arc::clone(&request.client);
    let whole = match kind {
        Kind::User => request.perform(&GetUser(client), params).await?,
        Kind::Group => request.perform(&GetGroup(client), params).await?,
    };
    let shown = part(kind, &projection, &whole);
    Ok(Reply::resource(StatusCode::OK, &whole, shown).unless_known(request.header("if-none-match")))
}

/// `PUT` and `PATCH` of one. A patched group is shown only when the client asks for attributes: it may have many members.
pub(super) async fn change(request: Request, kind: Kind, how: How) -> Outcome {
    let projection = projection(&request)?;
    let if_match = request.header("if-match").map(str::to_owned);
    let id = request.id.clone();
    let whole = changed(&request, (kind, how, &id), request.json()?, (if_match, None)).await?;
    if kind == Kind::User {
        let shown = part(kind, &projection, &whole);
        return Ok(Reply::resource(StatusCode::OK, &whole, shown));
    }
    if how == How::Patch && projection.is_everything() {
        return Ok(Reply { status: StatusCode::NO_CONTENT, body: None, ..Reply::resource(StatusCode::OK, &whole, Value::Null) });
    }
    let without = !projection.wants(kind.resource(), kind.related());
    let params = vec![("id", Value::from(id)), ("withoutRelated", Value::from(without))];
    let whole = match request.perform(&GetGroup(Arc::clone(&request.client)), params).await {
        Ok(whole) => whole,
        // A client that may write and not read learns what it wrote.
        Err(refusal) if refusal.status == StatusCode::FORBIDDEN => whole,
        Err(refusal) => return Err(refusal),
    };
    let shown = part(kind, &projection, &whole);
    Ok(Reply::resource(StatusCode::OK, &whole, shown))
}

/// Changes a resource.
pub(super) async fn changed(
    request: &Request,
    (kind, how, id): (Kind, How, &str),
    body: Value,
    (if_match, action): (Option<String>, Option<&str>),
) -> Result<Value, Refusal> {
    let mut params = vec![("id", Value::from(id)), ("resource", body)];
    params.extend(if_match.map(|tags| ("if_match", Value::from(tags))));
    let client = Arc::clone(&request.client);
    match (kind, action) {
        (Kind::User, None) => request.perform(&ChangeUser(client, how), params).await,
        (Kind::User, Some(action)) => request.perform_as(&ChangeUser(client, how), params, action).await,
        (Kind::Group, None) => request.perform(&ChangeGroup(client, how), params).await,
        (Kind::Group, Some(action)) => request.perform_as(&ChangeGroup(client, how), params, action).await,
    }
}

/// `DELETE` of one.
pub(super) async fn remove(request: Request, kind: Kind) -> Outcome {
    let if_match = request.header("if-match").map(str::to_owned);
    removed(&request, (kind, &request.id), (if_match, None)).await?;
    Ok(Reply::nothing())
}

/// Removes a resource.
pub(super) async fn removed(
    request: &Request,
    (kind, id): (Kind, &str),
    (if_match, action): (Option<String>, Option<&str>),
) -> Result<(), Refusal> {
    let mut params = vec![("id", Value::from(id))];
    params.extend(if_match.map(|tags| ("if_match", Value::from(tags))));
    let client = Arc::clone(&request.client);
    let done = match (kind, action) {
        (Kind::User, None) => request.perform(&RemoveUser(client), params).await,
        (Kind::User, Some(action)) => request.perform_as(&RemoveUser(client), params, action).await,
        (Kind::Group, None) => request.perform(&RemoveGroup(client), params).await,
        (Kind::Group, Some(action)) => request.perform_as(&RemoveGroup(client), params, action).await,
    };
    done.map(|_| ())
}

/// `/Me`: a client is no user.
pub(super) async fn me(_: Request) -> Outcome {
    Err(ScimError::new(Wrong::NotImplemented, "This server does not support /Me.").into())
}
