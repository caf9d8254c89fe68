//! `/user/attribute`, `/user/editable_attributes` and `/user/internal_attribute`.

use serde_json::{Map, Value, json};

use super::person::UserParams;
use crate::Mfa;
use crate::operation::{Access, Answer, Call, Caller, Code, Failure, FromParams, Operation, ParamError, Params, Target};
use crate::people::Person;
use crate::people::added::OWN_NAMES;
use crate::people::store::attribute as store;
use crate::policy::actions::attributes::{DELETE_CUSTOM_USER_ATTRIBUTES, SET_CUSTOM_USER_ATTRIBUTES, Settable};
use crate::policy::actions::rights;
use crate::policy::{Right, Scope, Words};

/// Longest name of an attribute, in characters.
const MOST_NAME: usize = 255;
/// Longest value, in bytes.
const MOST_VALUE: usize = 64 * 1024;
/// Most attributes of one person in one realm.
const MOST: usize = 100;

async fn target(sys: &Mfa, call: &Call, user: &UserParams) -> Result<Target, Failure> {
    if let Caller::Person(own) = &call.caller {
        return Ok(Target::Person(own.clone()));
    }
    sys.resolve_existing(user).await.map(Target::Person)
}

fn person(call: &Call) -> Result<Person, Failure> {
    match &*call.target {
        Target::Person(person) => Ok(person.clone()),
        _ => Err(Failure::internal("nobody to look at")),
    }
}

/// The realm of a person, to which custom attributes belong.
fn realm(sys: &Mfa, person: &Person) -> Result<kernel::ids::RowId, Failure> {
    let missing = || Failure::user(format!("User {} is in no realm, and custom attributes belong to one.", person.login));
    sys.people.realm_row(&person.realm).ok_or_else(missing)
}

/// What the caller may set and delete. Administrators may do everything as long as no policy speaks of administrators at all; people
/// may do what policies allow, because attributes decide what they can do elsewhere.
fn allowed(sys: &Mfa, call: &mut Call, person: &Person) -> Result<(Settable, Words), Failure> {
    let free = match call.caller {
        Caller::Operator(_) => true,
        Caller::Admin(_) => !sys.policies.load().is_active(Scope::Admin),
        _ => false,
    };
    if free {
        return Ok((Settable::anything(), Words(["*".to_owned()].into())));
    }
    let asked = call.ask(sys, Some(person), |_, at| {
        let set = at.all(&SET_CUSTOM_USER_ATTRIBUTES)?.into_iter().fold(Settable::default(), Settable::with);
        Ok::<_, crate::policy::Fault>((set, at.words(&DELETE_CUSTOM_USER_ATTRIBUTES)?.unwrap_or_default()))
    });
    Ok(asked?)
}

/// Whether it is an attribute that nobody changes for themselves, whatever policy says: to which groups they belong.
fn is_theirs_not(call: &Call, key: &str) -> bool {
    matches!(call.caller, Caller::Person(_)) && key == "groups"
}

fn refused(what: &str, key: &str) -> Failure {
    Failure::policy(format!("You are not allowed to {what} the custom user attribute {key}!"))
}

/// Whom, and which attribute, if one is named.
pub struct Named {
    user: UserParams,
    key: Option<String>,
}

impl FromParams for Named {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        params.required("user")?;
        Ok(Self { user: UserParams::from_params(params)?, key: params.optional("key")? })
    }
}

/// Shows the custom attributes of a person, or one of them.
pub struct GetAttributes;

impl Operation for GetAttributes {
    const EVENT: &'static str = "get_user_attribute";
    const ACCESS: Access = Access::Both;
    type Input = Named;
    type Output = Value;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::USERLIST.clone())
    }

    async fn target(&self, sys: &Mfa, call: &Call, input: &Named) -> Result<Target, Failure> {
        target(sys, call, &input.user).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<Value, Failure> {
        let all = sys.people.custom_attributes(&person(call)?).await?;
        Ok(match &input.key {
            Some(key) => all.get(key).map_or(Value::Null, |value| json!(value)),
            None => json!(all),
        })
    }

    fn answer(&self, output: &Value) -> Answer {
        Answer::value(output.clone())
    }
}

/// Sets a custom attribute of a person.
pub struct SetAttribute;

/// Whom, and what.
pub struct NewValue {
    user: UserParams,
    key: String,
    value: String,
    kind: String,
}

impl FromParams for NewValue {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        params.required("user")?;
        let key = params.required("key")?.trim().to_owned();
        if key.is_empty() || key.chars().count() > MOST_NAME || key.chars().any(char::is_control) {
            return Err(ParamError::wrong("key", "1 to 255 characters without control characters are possible"));
        }
        if OWN_NAMES.contains(&key.as_str()) {
            return Err(ParamError::wrong("key", format!("`{key}` has a meaning of its own")));
        }
        let value = params.text("value")?.ok_or_else(|| ParamError::Missing("value".to_owned()))?;
        if value.len() > MOST_VALUE || value.contains('\0') {
            return Err(ParamError::wrong("value", "at most 65536 bytes without U+0000 are possible"));
        }
        let kind = params.optional("type")?.unwrap_or_else(|| "text".to_owned());
        if kind.chars().count() > 100 || kind.chars().any(char::is_control) {
            return Err(ParamError::wrong("type", "at most 100 characters are possible"));
        }
        Ok(Self { user: UserParams::from_params(params)?, key, value, kind })
    }
}

impl Operation for SetAttribute {
    const EVENT: &'static str = "set_custom_user_attribute";
    const ACCESS: Access = Access::Both;
    type Input = NewValue;
    /// Its id in the wire format.
    type Output = i64;

    async fn target(&self, sys: &Mfa, call: &Call, input: &NewValue) -> Result<Target, Failure> {
        target(sys, call, &input.user).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &NewValue) -> Result<i64, Failure> {
        let person = person(call)?;
        let (settable, _) = allowed(sys, call, &person)?;
        if is_theirs_not(call, &input.key) || !settable.allows(&input.key, &input.value) {
            return Err(refused("set", &input.key));
        }
        let realm = realm(sys, &person)?;
        let present = sys.people.custom_attributes(&person).await?;
        if present.len() >= MOST && !present.contains_key(&input.key) {
            return Err(Failure::new(Code::Parameter, format!("A person has at most {MOST} custom attributes.")));
        }
        let number = sys.sequences.next("custom_attribute").await?;
        let custom = store::Custom { number, name: &input.key, value: &input.value, kind: &input.kind };
        store::put_custom(&mut call.batch, (person.id, realm), &custom);
        changed(call, &person, &input.key);
        Ok(number)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }

    fn constraint(&self, name: &str) -> Option<Failure> {
        (name == "custom_attribute_pk").then(|| Failure::new(Code::Conflict, "The attribute has been set meanwhile."))
    }
}

/// Deletes a custom attribute of a person.
pub struct DeleteAttribute;

impl FromParams for Deletion {
    fn from_params(params: &Params) -> Result<Self, ParamError> {
        let user = match params.optional("username")? {
            Some(user) => Some(user),
            None => Some(params.required("user")?),
        };
        let resolver = params.optional("resolver")?;
        Ok(Self { user: UserParams { user, realm: params.optional("realm")?, resolver }, key: params.required("attrkey")? })
    }
}

/// Whom, and which.
pub struct Deletion {
    user: UserParams,
    key: String,
}

impl Operation for DeleteAttribute {
    const EVENT: &'static str = "delete_custom_user_attribute";
    const ACCESS: Access = Access::Both;
    type Input = Deletion;
    /// How many there were.
    type Output = i64;

    async fn target(&self, sys: &Mfa, call: &Call, input: &Deletion) -> Result<Target, Failure> {
        target(sys, call, &input.user).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Deletion) -> Result<i64, Failure> {
        let person = person(call)?;
        let (_, deletable) = allowed(sys, call, &person)?;
        let may = deletable.0.contains("*") || deletable.0.contains(&input.key);
        if is_theirs_not(call, &input.key) || !may {
            return Err(refused("delete", &input.key));
        }
        if !sys.people.custom_attributes(&person).await?.contains_key(&input.key) {
            return Ok(0);
        }
        store::delete_custom(&mut call.batch, (person.id, realm(sys, &person)?), &input.key);
        changed(call, &person, &input.key);
        Ok(1)
    }

    fn answer(&self, output: &i64) -> Answer {
        Answer::value(*output)
    }
}

/// Names the attribute in the audit, and forgets what is remembered of the person once it has changed.
fn changed(call: &mut Call, person: &Person, key: &str) {
    call.audit.action_detail = key.to_owned();
    let id = person.id;
    call.after(move |sys| async move { sys.people.forget(id).await });
}

/// Tells which custom attributes the caller may set and delete.
pub struct EditableAttributes;

impl Operation for EditableAttributes {
    const EVENT: &'static str = "get_editable_attributes";
    const ACCESS: Access = Access::Both;
    type Input = Named;
    type Output = (Settable, Words);

    async fn target(&self, sys: &Mfa, call: &Call, input: &Named) -> Result<Target, Failure> {
        target(sys, call, &input.user).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, _: &Named) -> Result<Self::Output, Failure> {
        let person = person(call)?;
        allowed(sys, call, &person)
    }

    fn answer(&self, (set, delete): &Self::Output) -> Answer {
        Answer::value(json!({ "set": set.0, "delete": delete.0 }))
    }
}

/// Shows what the engine keeps about a person.
pub struct InternalAttributes;

impl Operation for InternalAttributes {
    const EVENT: &'static str = "get_user_internal_attribute";
    const ACCESS: Access = Access::Admin;
    type Input = Named;
    type Output = Value;

    fn right(&self, _: &Named) -> Option<Right> {
        Some(rights::GET_USER_INTERNAL_ATTRIBUTES.clone())
    }

    async fn target(&self, sys: &Mfa, call: &Call, input: &Named) -> Result<Target, Failure> {
        target(sys, call, &input.user).await
    }

    async fn run(&self, sys: &Mfa, call: &mut Call, input: &Named) -> Result<Value, Failure> {
        let mut all: Map<String, Value> = sys.people.internal_attributes(&person(call)?).await?.into_iter().collect();
        Ok(match &input.key {
            Some(key) => all.remove(key).unwrap_or_default(),
            None => Value::Object(all),
        })
    }

    fn answer(&self, output: &Value) -> Answer {
        Answer::value(output.clone())
    }
}
