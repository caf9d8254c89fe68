//! A request as it is configured, and as it is sent.

use kernel::outbound::Call;
use kernel::{SecretBytes, SecretText};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::escape;
use super::response::{ResponseMap, text_of};
use super::template::{Template, Values};
use crate::resolvers::ResolverError;

const FORM: &str = "application/x-www-form-urlencoded";
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];
/// Parameters whose value is a language of its own: a tag in them stands in quotation marks or is not there.
const FILTERS: &[&str] = &["$filter", "filter", "$search"];

/// A request as existing configurations write it. Parts may be JSON or text that holds JSON.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::resolvers) struct Written {
    pub(in crate::resolvers) method: Value,
    pub(in crate::resolvers) endpoint: Value,
    pub(in crate::resolvers) headers: Value,
    pub(in crate::resolvers) request_mapping: Value,
    pub(in crate::resolvers) response_mapping: Value,
    pub(in crate::resolvers) has_special_error_handler: Value,
    pub(in crate::resolvers) error_response: Value,
    pub(in crate::resolvers) active: Value,
    #[serde(rename = "user_groups_attribute")]
    pub(in crate::resolvers) user_groups_attribute: Value,
    #[serde(rename = "pi_user_groups_key")]
    pub(in crate::resolvers) pi_user_groups_key: Value,
}

impl Written {
    /// Whether groups are wanted.
    pub(super) fn active(&self) -> bool {
        truth(&self.active)
    }
}

/// What was written, as text.
pub(in crate::resolvers) fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

fn truth(value: &Value) -> bool {
    matches!(written(value).to_ascii_lowercase().as_str(), "true" | "1" | "yes")
}

/// What a request is read with.
pub(in crate::resolvers) struct Reading<'a> {
    /// What relative endpoints follow.
    pub(in crate::resolvers) base: &'a str,
    /// Tags whose values are known.
    pub(in crate::resolvers) fixed: &'a Values,
    /// Tags that are filled when the request is made.
    pub(in crate::resolvers) tags: &'a [&'a str],
    /// Headers of a request that names none.
    pub(in crate::resolvers) headers: &'a str,
}

impl Reading<'_> {
    fn template(&self, text: &str) -> Template {
        Template::read(text, |name| self.tags.contains(&name) || self.fixed.get(name).is_some()).with(self.fixed)
    }
}

#[derive(Clone)]
enum Shape {
    Text(Template),
    Other(Value),
    List(Vec<Shape>),
    Object(Vec<(String, Shape)>),
}

#[derive(Clone)]
enum Body {
    Nothing,
    /// Name and value.
    Pairs(Vec<(String, Template)>),
    Json(Vec<(String, Shape)>),
}

/// A compiled request.
#[derive(Clone)]
pub(in crate::resolvers) struct Request {
    method: &'static str,
    /// Scheme, host and port.
    origin: String,
    path: Template,
    query: Vec<(String, Template)>,
    headers: Vec<(String, Template)>,
    form: bool,
    body: Body,
    pub(in crate::resolvers) response: ResponseMap,
    /// An answer that contains this is a failure, whatever its status.
    pub(super) failure: Option<Map<String, Value>>,
}

/// A request with all values in it. Not `Debug`: there may be passwords.
#[derive(Clone)]
pub(in crate::resolvers) struct Prepared {
    pub(super) method: &'static str,
    pub(super) url: SecretText,
    pub(super) headers: Vec<(String, SecretText)>,
    pub(super) body: Option<(&'static str, SecretBytes)>,
}

impl Request {
    /// Reads a request; `None` without an endpoint.
    ///
    /// # Errors
    /// Says what is wrong.
    pub(in crate::resolvers) fn read(from: &Written, with: &Reading<'_>) -> Result<Option<Self>, String> {
        let endpoint = written(&from.endpoint);
        if endpoint.is_empty() {
            return Ok(None);
        }
        let method = Some(written(&from.method).to_ascii_uppercase()).filter(|m| !m.is_empty()).unwrap_or("GET".to_owned());
        let method = METHODS.iter().find(|known| **known == method).ok_or(format!("method: `{method}` is not known"))?;
        let (origin, path, query) = place(&endpoint, with)?;
        let own = written(&from.headers);
        let headers = headers(if own.is_empty() || own == "{}" { with.headers } else { &own }, with)?;
        let form = headers.iter().any(|(name, value)| {
            let value = value.fill(&Values::default());
            name == "content-type" && value.is_some_and(|value| value.expose().to_ascii_lowercase().starts_with(FORM))
        });
        let pairs = form || matches!(*method, "GET" | "DELETE");
        let body = body(&written(&from.request_mapping), pairs, with).map_err(|e| format!("requestMapping: {e}"))?;
        let response = ResponseMap::read(&written(&from.response_mapping)).map_err(|e| format!("responseMapping: {e}"))?;
        let failure = match written(&from.error_response).as_str() {
            _ if !truth(&from.has_special_error_handler) => None,
            "" | "{}" => return Err("errorResponse: what tells a failure is needed".to_owned()),
            text => Some(serde_json::from_str(text).map_err(|e| format!("errorResponse: a JSON object is expected: {e}"))?),
        };
        let request = Self { method, origin, path, query, headers, form, body, response, failure };
        request.check()?;
        Ok(Some(request))
    }

    /// Filters with bare tags are refused, and literal text that a URL cannot hold.
    fn check(&self) -> Result<(), String> {
        let pairs = match &self.body {
            Body::Pairs(pairs) => pairs.as_slice(),
            _ => &[],
        };
        for (name, value) in self.query.iter().chain(pairs) {
            if FILTERS.contains(&name.as_str()) && value.bare() {
                return Err(format!("{name}: a tag in a filter needs quotation marks around it"));
            }
        }
        let tags: Vec<&str> = self.path.tags().collect();
        let values = Values::of(tags.iter().map(|tag| (*tag, "x")));
        let path = self.path.fill_path(&values).unwrap_or_default();
        self.url(&path, "").map(drop).ok_or_else(|| "endpoint: this is no URL that can be called".to_owned())
    }

    /// Whether a tag is in it.
    pub(in crate::resolvers) fn has(&self, tag: &str) -> bool {
        let shapes = |shapes: &[(String, Shape)]| shapes.iter().any(|(_, shape)| shape.has(tag));
        let templates = self.query.iter().chain(&self.headers).map(|(_, template)| template).chain([&self.path]);
        templates.flat_map(Template::tags).any(|known| known == tag)
            || match &self.body {
                Body::Nothing => false,
                Body::Pairs(pairs) => pairs.iter().flat_map(|(_, value)| value.tags()).any(|known| known == tag),
                Body::Json(members) => shapes(members),
            }
    }

    /// Whether it has this parameter in its endpoint or mapping.
    pub(super) fn asks(&self, name: &str) -> bool {
        let in_body = matches!(&self.body, Body::Pairs(pairs) if pairs.iter().any(|(known, _)| known == name));
        in_body || self.query.iter().any(|(known, _)| known == name)
    }

    /// Scheme, host and port.
    pub(in crate::resolvers) fn origin(&self) -> &str {
        &self.origin
    }

    /// The method.
    pub(super) fn method(&self) -> &'static str {
        self.method
    }

    fn url(&self, path: &str, query: &str) -> Option<SecretText> {
        let mark = if query.is_empty() { "" } else { "?" };
        let text = format!("{}{path}{mark}{query}", self.origin);
        let parsed = Url::parse(&text).ok()?;
        // A path that a parser changes would lead elsewhere than it seems to.
        (parsed.path() == path && parsed.fragment().is_none()).then(|| SecretText::new(text))
    }

    /// Puts the values in; `besides` are further parameters, `members` further members of a JSON body, where the mapping has none of
    /// that name. `None` when a value cannot be in its place: then nobody is meant.
    pub(in crate::resolvers) fn prepare(
        &self,
        values: &Values,
        besides: &[(String, String)],
        members: Map<String, Value>,
    ) -> Option<Prepared> {
        let path = self.path.fill_path(values)?;
        let mut query: Vec<(String, SecretText)> = Vec::new();
        for (name, value) in &self.query {
            query.push((name.clone(), value.fill(values)?));
        }
        let mut fields: Vec<(String, SecretText)> = Vec::new();
        if let Body::Pairs(pairs) = &self.body {
            fields.extend(pairs.iter().filter_map(|(name, value)| Some((name.clone(), value.fill(values)?))));
        }
        let in_url = matches!(self.method, "GET" | "DELETE");
        let extra = besides.iter().map(|(name, value)| (name.clone(), SecretText::new(value.as_str())));
        let scalars = members.iter().filter_map(|(name, value)| Some((name.clone(), SecretText::new(text_of(value)?))));
        if in_url {
            query.append(&mut fields);
        }
        add(&mut query, extra);
        let body = if in_url {
            None
        } else if self.form {
            add(&mut fields, scalars);
            Some((FORM, SecretBytes::new(encoded(&fields))))
        } else {
            let mut object = match &self.body {
                Body::Json(shape) => object(shape, values),
                _ => Map::new(),
            };
            fill_up(&mut object, members);
            Some(("application/json", SecretBytes::new(Value::Object(object).to_string())))
        };
        let headers = self.headers.iter().filter_map(|(name, value)| Some((name.clone(), value.fill(values)?)));
        let headers: Vec<_> = headers.filter(|(name, _)| name != "content-type").collect();
        if headers.iter().any(|(_, value)| value.expose().chars().any(char::is_control)) {
            return None;
        }
        let url = self.url(&path, &encoded(&query))?;
        Some(Prepared { method: self.method, url, headers, body })
    }
}

impl Prepared {
    /// GET of a URL that is written out.
    pub(in crate::resolvers) fn get(url: &str) -> Self {
        Self { method: "GET", url: SecretText::new(url), headers: Vec::new(), body: None }
    }

    /// POST of a form.
    pub(in crate::resolvers) fn form(url: &str, fields: &[(String, SecretText)]) -> Self {
        let body = Some((FORM, SecretBytes::new(encoded(fields))));
        Self { method: "POST", url: SecretText::new(url), headers: Vec::new(), body }
    }

    /// Adds a header.
    pub(in crate::resolvers) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), SecretText::new(value)));
        self
    }

    /// The call, with headers besides that win.
    pub(super) fn call(&self, besides: &[(String, SecretText)]) -> Result<Call, ResolverError> {
        let unusable = || ResolverError::Internal("a request cannot be made".to_owned());
        let mut call = Call::method(self.method, self.url.expose()).map_err(|_| unusable())?.header("accept", "application/json");
        let own = self.headers.iter().filter(|(name, _)| besides.iter().all(|(other, _)| other != name) && name != "accept");
        for (name, value) in own.chain(besides) {
            call = call.header(name, value.expose());
        }
        if let Some((kind, body)) = &self.body {
            call = call.body(kind, body.expose());
        }
        Ok(call)
    }
}

impl Shape {
    fn read(value: Value, with: &Reading<'_>) -> Self {
        match value {
            Value::String(text) => Self::Text(with.template(&text)),
            Value::Array(list) => Self::List(list.into_iter().map(|value| Self::read(value, with)).collect()),
            Value::Object(map) => Self::Object(map.into_iter().map(|(name, value)| (name, Self::read(value, with))).collect()),
            other => Self::Other(other),
        }
    }

    fn has(&self, tag: &str) -> bool {
        match self {
            Self::Text(template) => template.tags().any(|known| known == tag),
            Self::Other(_) => false,
            Self::List(list) => list.iter().any(|shape| shape.has(tag)),
            Self::Object(members) => members.iter().any(|(_, shape)| shape.has(tag)),
        }
    }

    /// What lacks a value is left out, with all that consists of nothing else.
    fn fill(&self, values: &Values) -> Option<Value> {
        Some(match self {
            Self::Text(template) => Value::String(template.fill(values)?.expose().to_owned()),
            Self::Other(value) => value.clone(),
            Self::List(list) => {
                let filled: Vec<Value> = list.iter().filter_map(|shape| shape.fill(values)).collect();
                return (list.is_empty() || !filled.is_empty()).then_some(Value::Array(filled));
            }
            Self::Object(members) => {
                // A member that is to hold a value and has none takes its fixed companions with it: no password, no profile of one.
                let incomplete = members.iter().any(|(_, shape)| matches!(shape, Self::Text(_)) && shape.fill(values).is_none());
                return (!incomplete).then(|| Value::Object(object(members, values)));
            }
        })
    }
}

fn object(members: &[(String, Shape)], values: &Values) -> Map<String, Value> {
    members.iter().filter_map(|(name, shape)| Some((name.clone(), shape.fill(values)?))).collect()
}

/// Adds what a record lacks, within its objects too.
pub(super) fn fill_up(object: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        match (object.get_mut(&name), value) {
            (Some(Value::Object(inner)), Value::Object(more)) => fill_up(inner, more),
            (Some(_), _) => {}
            (None, value) => drop(object.insert(name, value)),
        }
    }
}

fn add(pairs: &mut Vec<(String, SecretText)>, more: impl Iterator<Item = (String, SecretText)>) {
    for (name, value) in more {
        if pairs.iter().all(|(known, _)| *known != name) {
            pairs.push((name, value));
        }
    }
}

fn encoded(pairs: &[(String, SecretText)]) -> String {
    let pair = |(name, value): &(String, SecretText)| format!("{}={}", escape::parameter(name), escape::percent(value.expose()));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

type Place = (String, Template, Vec<(String, Template)>);

/// Origin, path and parameters of an endpoint.
fn place(endpoint: &str, with: &Reading<'_>) -> Result<Place, String> {
    let absolute = endpoint.starts_with("http://") || endpoint.starts_with("https://");
    let whole = match (absolute, with.base.trim_end_matches('/')) {
        (true, _) => endpoint.to_owned(),
        (false, "") => return Err("endpoint: base_url is missing, so a whole URL is needed".to_owned()),
        (false, base) if endpoint.starts_with('?') => format!("{base}{endpoint}"),
        (false, base) => format!("{base}/{}", endpoint.trim_start_matches('/')),
    };
    let (scheme, rest) = whole.split_once("://").ok_or("endpoint: an http or https URL is needed")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let authority = with.template(authority).fill(&Values::default()).ok_or("endpoint: the host cannot be a tag")?;
    let origin = format!("{scheme}://{}", authority.expose());
    let parsed = Url::parse(&origin).map_err(|_| format!("endpoint: `{origin}` is no host"))?;
    let plain = parsed.path() == "/" && parsed.username().is_empty() && parsed.password().is_none() && parsed.query().is_none();
    if !plain || !matches!(scheme, "http" | "https") {
        return Err(format!("endpoint: `{origin}` is no host"));
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = with.template(if path.is_empty() { "/" } else { path });
    Ok((origin, path, pairs(query, with)))
}

fn pairs(text: &str, with: &Reading<'_>) -> Vec<(String, Template)> {
    let parsed = url::form_urlencoded::parse(text.trim().as_bytes());
    parsed.map(|(name, value)| (name.trim().to_owned(), with.template(&value))).collect()
}

fn headers(text: &str, with: &Reading<'_>) -> Result<Vec<(String, Template)>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let map: Map<String, Value> = serde_json::from_str(text).map_err(|e| format!("headers: a JSON object is expected: {e}"))?;
    let mut all = Vec::new();
    for (name, value) in map {
        let known = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) && !name.is_empty();
        let value = text_of(&value).filter(|value| known && !value.chars().any(char::is_control));
        let value = value.ok_or_else(|| format!("headers: `{name}` cannot be sent"))?;
        all.push((name.to_ascii_lowercase(), with.template(&value)));
    }
    Ok(all)
}

fn body(text: &str, as_pairs: bool, with: &Reading<'_>) -> Result<Body, String> {
    if text.is_empty() {
        return Ok(Body::Nothing);
    }
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(map) if as_pairs => {
            let scalar = |(name, value): (String, Value)| Some((name, with.template(&text_of(&value)?)));
            Ok(Body::Pairs(map.into_iter().filter_map(scalar).collect()))
        }
        Ok(map) => Ok(Body::Json(map.into_iter().map(|(name, value)| (name, Shape::read(value, with))).collect())),
        Err(_) if as_pairs && text.contains('=') && !text.starts_with('{') => Ok(Body::Pairs(pairs(text, with))),
        Err(e) => Err(format!("a JSON object is expected: {e}")),
    }
}
