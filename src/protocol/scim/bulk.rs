//! Many operations in one request (RFC 7644 section 3.7), one after the other. Each is an operation of its own, with its own rights,
//! audit record and commit; what went before stays when a later one fails.
//!
//! Operations may refer to resources that others of the same request create (`bulkId:...`): such a reference waits until the resource is
//! there. Where groups refer to each other in a circle, one is made first without the members that are not there yet, which
//! are added in the end (section 3.7.1).

use std::collections::HashMap;
use std::time::Duration;

use http::{Method, StatusCode};
use kernel::clock::Stopwatch;
use mfa::scim::MAX_BULK;
use mfa::scim::error::{Kind as Wrong, ScimError};
use mfa::scim::ops::How;
use serde_json::{Map, Value, json};

use super::BASE;
use super::answer::{Outcome, Refusal, Reply, syntax};
use super::request::Request;
use super::resources::{Kind, added, changed, removed};

const PREFIX: &str = "bulkId:";
/// Operations that have not begun by then are not tried: the answer must arrive before the request is given up.
const PATIENCE: Duration = Duration::from_secs(20);
/// A longer bulkId is refused.
const MAX_BULK_ID: usize = 255;

/// One operation.
struct Task {
    method: Method,
    kind: Kind,
    /// The identifier in the path; for POST, none.
    target: Option<String>,
    bulk_id: Option<String>,
    version: Option<String>,
    data: Value,
}

/// What became of one.
struct Done {
    status: StatusCode,
    location: Option<String>,
    tag: Option<String>,
    refusal: Option<Refusal>,
}

/// `POST /Bulk`
pub(super) async fn run(request: Request) -> Outcome {
    let body = request.json()?;
    let operations = member(&body, "Operations").and_then(Value::as_array).ok_or_else(|| syntax("Operations are missing."))?;
    if operations.len() > MAX_BULK {
        let what = format!("A bulk request has at most {MAX_BULK} operations.");
        return Err(ScimError::new(Wrong::TooLarge, what).into());
    }
    let fail_on = member(&body, "failOnErrors").and_then(Value::as_u64).filter(|n| *n > 0);
    let tasks: Vec<Result<Task, Refusal>> = operations.iter().map(Task::read).collect();
    let mut run =
        Run { request: &request, made: HashMap::new(), done: operations.iter().map(|_| None).collect(), late: Vec::new() };
    run.all(tasks, fail_on).await;
    let results: Vec<Value> = operations.iter().zip(run.done).filter_map(|(asked, done)| Some(result(asked, &done?))).collect();
    Ok(Reply::of(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": results })))
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn text(value: &Value, name: &str) -> Option<String> {
    member(value, name).and_then(Value::as_str).map(str::to_owned)
}

impl Task {
    fn read(operation: &Value) -> Result<Self, Refusal> {
        let method = text(operation, "method").unwrap_or_default().to_ascii_uppercase();
        let method = match method.as_str() {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            _ => return Err(syntax("method is POST, PUT, PATCH or DELETE.")),
        };
        let path = text(operation, "path").unwrap_or_default();
        let mut parts = path.trim_start_matches(BASE).trim_matches('/').splitn(2, '/');
        let kind = match parts.next().unwrap_or_default() {
            "Users" => Kind::User,
            "Groups" => Kind::Group,
            _ => return Err(ScimError::new(Wrong::InvalidPath, "path names no type of resource.").into()),
        };
        let target = parts.next().filter(|id| !id.is_empty()).map(str::to_owned);
        let bulk_id = text(operation, "bulkId").filter(|id| !id.is_empty() && id.len() <= MAX_BULK_ID);
        match (&method, &target) {
            (&Method::POST, None) if bulk_id.is_none() => Err(syntax("POST needs a bulkId.")),
            (&Method::POST, None) | (&Method::PUT | &Method::PATCH | &Method::DELETE, Some(_)) => {
                let data = member(operation, "data").cloned().unwrap_or(Value::Null);
                Ok(Self { method, kind, target, bulk_id, version: text(operation, "version"), data })
            }
            _ => Err(ScimError::new(Wrong::InvalidPath, "path does not fit the method.").into()),
        }
    }

    /// The names that it waits for.
    fn waits_for<'t>(&'t self, made: &HashMap<String, String>) -> Vec<&'t str> {
        let mut names = Vec::new();
        references(&self.data, &mut names);
        names.extend(self.target.as_deref().and_then(|id| id.strip_prefix(PREFIX)));
        names.retain(|name| !made.contains_key(*name));
        names
    }
}

/// Every `bulkId:...` in a value.
fn references<'v>(value: &'v Value, names: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => names.extend(text.strip_prefix(PREFIX)),
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        Value::Object(members) => members.values().for_each(|member| references(member, names)),
        _ => {}
    }
}

/// The value with references to what is there.
fn resolved(value: &Value, made: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix(PREFIX).and_then(|name| made.get(name)) {
            Some(id) => Value::from(id.clone()),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| resolved(item, made)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), resolved(member, made))).collect())
        }
        other => other.clone(),
    }
}

struct Run<'r> {
    request: &'r Request,
    /// Identifiers of what was made, by bulkId.
    made: HashMap<String, String>,
    done: Vec<Option<Done>>,
    /// Groups that lack members, by position.
    late: Vec<(usize, Vec<Value>)>,
}

impl Run<'_> {
    async fn all(&mut self, tasks: Vec<Result<Task, Refusal>>, fail_on: Option<u64>) {
        let watch = Stopwatch::start();
        let mut open: Vec<(usize, Task)> = Vec::new();
        for (at, task) in tasks.into_iter().enumerate() {
            match task {
                Ok(task) => open.push((at, task)),
                Err(refusal) => self.done[at] = Some(failed(refusal)),
            }
        }
        while !open.is_empty() && !self.enough(fail_on) {
            if watch.elapsed() > PATIENCE {
                let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "It was not tried: the request has taken too long.");
                open.drain(..).for_each(|(at, _)| self.done[at] = Some(failed(refusal.clone())));
                break;
            }
            let ready = open.iter().position(|(_, task)| task.waits_for(&self.made).is_empty());
            match ready.or_else(|| self.breaks(&open)) {
                Some(next) => {
                    let (at, task) = open.remove(next);
                    self.done[at] = Some(self.one(at, task).await);
                }
                None => {
                    let (at, _) = open.remove(0);
                    let what = "It refers to a bulkId of which nothing was made.";
                    self.done[at] = Some(failed(ScimError::new(Wrong::InvalidValue, what).into()));
                }
            }
        }
        self.complete().await;
    }

    fn enough(&self, fail_on: Option<u64>) -> bool {
        let errors = self.done.iter().flatten().filter(|done| done.refusal.is_some()).count();
        fail_on.is_some_and(|most| u64::try_from(errors).unwrap_or(u64::MAX) >= most)
    }

    /// Where nothing is ready: a new group whose members only wait for others that are still to be made.
    fn breaks(&self, open: &[(usize, Task)]) -> Option<usize> {
        let to_come: Vec<&str> = open.iter().filter_map(|(_, task)| task.bulk_id.as_deref()).collect();
        open.iter().position(|(_, task)| {
            let waits = task.waits_for(&self.made);
            task.method == Method::POST && task.kind == Kind::Group && waits.iter().all(|name| to_come.contains(name))
        })
    }

    async fn one(&mut self, at: usize, mut task: Task) -> Done {
        if task.method == Method::POST && task.kind == Kind::Group {
            self.put_off(at, &mut task);
        }
        let data = resolved(&task.data, &self.made);
        let target = task.target.as_ref().map(|id| resolved(&Value::from(id.clone()), &self.made));
        let id = target.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        let action = format!("{} {BASE}{} (bulk)", task.method, task.kind.resource().endpoint);
        let (request, guard) = (self.request, (task.version, Some(action.as_str())));
        let outcome = match task.method {
            Method::POST => added(request, task.kind, data, Some(&action)).await.map(|made| (StatusCode::CREATED, made)),
            Method::DELETE => removed(request, (task.kind, &id), guard).await.map(|()| (StatusCode::NO_CONTENT, Value::Null)),
            _ => {
                let how = if task.method == Method::PUT { How::Replace } else { How::Patch };
                changed(request, (task.kind, how, &id), data, guard).await.map(|now| (StatusCode::OK, now))
            }
        };
        match outcome {
            Ok((status, now)) => {
                if let (Some(bulk_id), Some(id)) = (task.bulk_id, now["id"].as_str()) {
                    self.made.insert(bulk_id, id.to_owned());
                }
                let meta = |name: &str| now["meta"][name].as_str().map(str::to_owned);
                let location = meta("location").unwrap_or_else(|| self.place(task.kind, &id));
                Done { status, location: Some(location), tag: meta("version"), refusal: None }
            }
            // Of what was not made nobody knows where it is.
            Err(refusal) if task.method == Method::POST => failed(refusal),
            Err(refusal) => Done { location: Some(self.place(task.kind, &id)), ..failed(refusal) },
        }
    }

    fn place(&self, kind: Kind, id: &str) -> String {
        let path = format!("{BASE}{}/{id}", kind.resource().endpoint);
        self.request.app.config.server.public_url.join(&path)
    }

    /// Leaves members out that are not there yet.
    fn put_off(&mut self, at: usize, task: &mut Task) {
        let waits = |value: &Value| value["value"].as_str().and_then(|v| v.strip_prefix(PREFIX)).is_some();
        let made = &self.made;
        let Some(Value::Array(members)) = task.data.get_mut("members") else { return };
        let now: Vec<Value> = members.iter().map(|member| resolved(member, made)).collect();
        let (late, here): (Vec<Value>, Vec<Value>) = now.into_iter().partition(waits);
        *members = here;
        if !late.is_empty() {
            self.late.push((at, late));
        }
    }

    /// Adds the members that were left out.
    async fn complete(&mut self) {
        for (at, members) in std::mem::take(&mut self.late) {
            let Some(Done { refusal: None, location: Some(location), .. }) = &self.done[at] else { continue };
            let id = location.rsplit('/').next().unwrap_or_default().to_owned();
            let value = resolved(&Value::Array(members), &self.made);
            let body = json!({ "Operations": [{ "op": "add", "path": "members", "value": value }] });
            let action = format!("PATCH {BASE}/Groups (bulk)");
            let outcome = changed(self.request, (Kind::Group, How::Patch, &id), body, (None, Some(&action))).await;
            self.done[at] = Some(match outcome {
                Ok(now) => Done {
                    status: StatusCode::CREATED,
                    location: Some(location.clone()),
                    tag: now["meta"]["version"].as_str().map(str::to_owned),
                    refusal: None,
                },
                Err(refusal) => failed(refusal),
            });
        }
    }
}

fn failed(refusal: Refusal) -> Done {
    Done { status: refusal.status, location: None, tag: None, refusal: Some(refusal) }
}

/// One result (RFC 7644 section 3.7): what was asked, by its name, and what came of it.
fn result(asked: &Value, done: &Done) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Option<String>| out.extend(value.map(|value| (name.to_owned(), Value::from(value))));
    put("method", text(asked, "method"));
    put("bulkId", text(asked, "bulkId"));
    put("location", done.location.clone());
    put("version", done.tag.clone());
    put("status", Some(done.status.as_u16().to_string()));
    if let Some(refusal) = &done.refusal {
        out.insert("response".to_owned(), refusal.document());
    }
    Value::Object(out)
}
