//! Where the attributes of accounts are in a user.

use serde_json::{Value, json};

use crate::scim::Object;
use crate::scim::schema::ENTERPRISE;

/// An attribute of accounts.
pub(super) struct Slot {
    /// Its name there.
    pub(super) name: &'static str,
    /// Every account has it, so that its absence means that there is no value. The others exist where the resolver declares them.
    pub(super) own: bool,
    /// Where it is in a user.
    pub(super) place: Place,
}

/// A place in a user.
pub(super) enum Place {
    /// An attribute.
    Attr(&'static str),
    /// An attribute of an object.
    Sub(&'static str, &'static str),
    /// An attribute of the extension for enterprises.
    Enterprise(&'static str),
    /// The preferred mail address.
    Email,
    /// The preferred number that is no mobile one.
    Phone,
    /// The mobile number.
    Mobile,
}

const fn own(name: &'static str, place: Place) -> Slot {
    Slot { name, own: true, place }
}

const fn further(name: &'static str, place: Place) -> Slot {
    Slot { name, own: false, place }
}

/// All of them.
pub(super) static MAP: &[Slot] = &[
    own("displayname", Place::Attr("displayName")),
    own("givenname", Place::Sub("name", "givenName")),
    own("surname", Place::Sub("name", "familyName")),
    own("email", Place::Email),
    own("phone", Place::Phone),
    own("mobile", Place::Mobile),
    own("locale", Place::Attr("locale")),
    own("zoneinfo", Place::Attr("timezone")),
    further("nickname", Place::Attr("nickName")),
    further("title", Place::Attr("title")),
    further("usertype", Place::Attr("userType")),
    further("preferredlanguage", Place::Attr("preferredLanguage")),
    further("middlename", Place::Sub("name", "middleName")),
    further("employeenumber", Place::Enterprise("employeeNumber")),
    further("costcenter", Place::Enterprise("costCenter")),
    further("organization", Place::Enterprise("organization")),
    further("division", Place::Enterprise("division")),
    further("department", Place::Enterprise("department")),
];

impl Place {
    /// The value, if there is one.
    pub(super) fn get<'o>(&self, user: &'o Object) -> Option<&'o str> {
        let value = match self {
            Self::Attr(name) => user.get(*name),
            Self::Sub(name, sub) => user.get(*name).and_then(|object| object.get(sub)),
            Self::Enterprise(name) => user.get(ENTERPRISE.urn).and_then(|object| object.get(name)),
            Self::Email | Self::Phone | Self::Mobile => {
                let items = user.get(self.list())?.as_array()?;
                self.choose(items).and_then(|at| items[at].get("value"))
            }
        };
        value.and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Sets or removes the value; what stands beside it stays.
    pub(super) fn set(&self, user: &mut Object, value: Option<&str>) {
        match self {
            Self::Attr(name) => put(user, name, value),
            Self::Sub(name, sub) => inside(user, name, sub, value),
            Self::Enterprise(name) => inside(user, ENTERPRISE.urn, name, value),
            Self::Email | Self::Phone | Self::Mobile => self.set_in_list(user, value),
        }
    }

    const fn list(&self) -> &'static str {
        match self {
            Self::Email => "emails",
            _ => "phoneNumbers",
        }
    }

    /// Which of several values it is.
    fn choose(&self, items: &[Value]) -> Option<usize> {
        let kind = |item: &Value, names: &[&str]| {
            item["type"].as_str().is_some_and(|kind| names.iter().any(|name| name.eq_ignore_ascii_case(kind)))
        };
        let first = |meets: &dyn Fn(&Value) -> bool| items.iter().position(meets);
        let no_call = |item: &Value| kind(item, &["mobile", "fax", "pager"]);
        match self {
            Self::Email => first(&|item| item["primary"] == true)
                .or_else(|| first(&|item| kind(item, &["work"])))
                .or_else(|| first(&|_| true)),
            Self::Phone => first(&|item| item["primary"] == true && !no_call(item))
                .or_else(|| first(&|item| kind(item, &["work"])))
                .or_else(|| first(&|item| !no_call(item))),
            Self::Mobile => first(&|item| kind(item, &["mobile"])),
            Self::Attr(_) | Self::Sub(..) | Self::Enterprise(_) => None,
        }
    }

    fn set_in_list(&self, user: &mut Object, value: Option<&str>) {
        let mut items = match user.remove(self.list()) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        match (self.choose(&items), value) {
            (Some(at), Some(value)) => items[at]["value"] = json!(value),
            (Some(at), None) => drop(items.remove(at)),
            (None, Some(value)) => {
                let kind = if matches!(self, Self::Mobile) { "mobile" } else { "work" };
                items.push(json!({ "value": value, "type": kind }));
            }
            (None, None) => {}
        }
        if !items.is_empty() {
            user.insert(self.list().to_owned(), Value::Array(items));
        }
    }
}

fn put(object: &mut Object, name: &str, value: Option<&str>) {
    match value {
        Some(value) => drop(object.insert(name.to_owned(), json!(value))),
        None => drop(object.remove(name)),
    }
}

fn inside(user: &mut Object, owner: &str, name: &str, value: Option<&str>) {
    let mut object = match user.remove(owner) {
        Some(Value::Object(object)) => object,
        _ => Object::new(),
    };
    put(&mut object, name, value);
    if !object.is_empty() {
        user.insert(owner.to_owned(), Value::Object(object));
    }
}
