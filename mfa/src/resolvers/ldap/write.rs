//! Writing back: people are created, changed and removed in the directory, where that was allowed.

use std::collections::{BTreeMap, HashSet};

use kernel::SecretText;
use ldap3::Mod;

use super::Ldap;
use super::connection::{Ask, Said};
use super::dn::{Dn, Rdn};
use super::pool::Write;
use super::verdict::{MAX_PASSWORD, Policy};
use crate::people::Attribute;
use crate::resolvers::{Change, ResolverError};

const MAX_LOGIN: usize = 255;

/// Attributes of an entry that is to be made, by the name of the attribute in lower case.
type Draft = BTreeMap<String, Vec<Vec<u8>>>;

fn refused(what: &str) -> ResolverError {
    ResolverError::Refused(what.to_owned())
}

/// What a refused write means for who asked for it.
pub(super) fn refusal(said: &Said) -> ResolverError {
    match said.code {
        68 => refused("An entry of this name exists already in the directory."),
        32 => refused("The entry does not exist in the directory."),
        50 => refused("The account of the resolver may not do this in the directory."),
        _ => ResolverError::Refused(format!("The directory refuses: {}.", said.words())),
    }
}

/// A password as Active Directory takes it: in quotation marks, as UTF-16.
pub(super) fn active_directory_password(password: &SecretText) -> Vec<u8> {
    let quoted = std::iter::once(u16::from(b'"')).chain(password.expose().encode_utf16()).chain([u16::from(b'"')]);
    quoted.flat_map(u16::to_le_bytes).collect()
}

fn values(value: &Attribute) -> Vec<Vec<u8>> {
    let texts = match value {
        Attribute::Bool(b) => vec![if *b { "TRUE" } else { "FALSE" }.to_owned()],
        Attribute::Int(n) => vec![n.to_string()],
        Attribute::Text(text) => vec![text.clone()],
        Attribute::List(list) => list.clone(),
    };
    texts.into_iter().filter(|text| !text.is_empty()).map(String::into_bytes).collect()
}

fn check_login(login: &str) -> Result<(), ResolverError> {
    let sound = !login.is_empty() && login.len() <= MAX_LOGIN && login.trim() == login && !login.chars().any(char::is_control);
    if sound { Ok(()) } else { Err(refused("The login name is empty, too long or has blanks around it.")) }
}

fn check_new_password(password: &SecretText) -> Result<(), ResolverError> {
    match password.len() {
        0 => Err(refused("The password is empty.")),
        1..=MAX_PASSWORD if !password.expose().contains('\0') => Ok(()),
        _ => Err(refused("The password is too long, or has a NUL character.")),
    }
}

impl Ldap {
    fn theirs(&self, ours: &str) -> Result<String, ResolverError> {
        let attr = self.config.map.get(ours).map(|attr| attr.as_str().to_owned());
        attr.ok_or_else(|| ResolverError::Refused(format!("This resolver has no attribute `{ours}`.")))
    }

    fn login_attribute(&self) -> Result<&str, ResolverError> {
        let first = self.config.login.first().map(|attr| attr.as_str());
        first.ok_or_else(|| ResolverError::Internal("no login attribute".to_owned()))
    }

    fn check_editable(&self) -> Result<(), ResolverError> {
        if self.config.editable { Ok(()) } else { Err(ResolverError::Unsupported("This resolver cannot be edited.")) }
    }

    pub(super) async fn create(&self, login: &str, change: Change) -> Result<String, ResolverError> {
        self.check_editable()?;
        check_login(login)?;
        if let Some(password) = &change.password {
            check_new_password(password)?;
        }
        let template = self.config.new.dn.as_ref().ok_or_else(|| refused("New entries need the parameter DN_TEMPLATE."))?;
        let text = |name: &str| {
            let given = change.attributes.iter().find(|(given, _)| given == name).and_then(|(_, value)| value.as_ref());
            if name == "username" { Some(login.to_owned()) } else { given.and_then(Attribute::text).map(str::to_owned) }
        };
        let dn = template.fill(text).map_err(ResolverError::Refused)?;
        let mut draft = self.draft(&dn, login, &change)?;
        let features = self.features().await?;
        if features.active_directory {
            // An account without a password stays disabled.
            let control = if change.password.is_some() { "512" } else { "514" };
            draft.insert("useraccountcontrol".to_owned(), vec![control.into()]);
            if let Some(password) = &change.password {
                draft.insert("unicodepwd".to_owned(), vec![active_directory_password(password)]);
            }
        } else if change.password.is_some() && !features.password_change {
            return Err(refused("The directory has no operation to set a password."));
        }
        let dn = dn.to_string();
        let said = self.searches.write(Write::Add(&dn, draft.into_iter().collect())).await?;
        if !said.ok() {
            return Err(refusal(&said));
        }
        if let Some(password) = change.password.as_ref().filter(|_| !features.active_directory)
            && let Err(e) = self.set_password(&dn, password).await
        {
            // Half a person is none.
            self.searches.write(Write::Delete(&dn)).await?;
            return Err(e);
        }
        self.uid_of(&dn).await
    }

    fn draft(&self, dn: &Dn, login: &str, change: &Change) -> Result<Draft, ResolverError> {
        let mut draft = Draft::new();
        draft.insert("objectclass".to_owned(), self.config.new.classes.iter().map(|class| class.clone().into_bytes()).collect());
        if self.config.new.classes.is_empty() {
            return Err(refused("New entries need the parameter OBJECT_CLASSES."));
        }
        for (ours, value) in change.attributes.iter().filter_map(|(ours, value)| Some((ours, value.as_ref()?))) {
            draft.insert(self.theirs(ours)?.to_ascii_lowercase(), values(value));
        }
        draft.insert(self.login_attribute()?.to_ascii_lowercase(), vec![login.as_bytes().to_vec()]);
        for (attr, value) in dn.rdns().first().map(Rdn::pairs).unwrap_or_default() {
            let Some(value) = value.text() else { continue };
            let present = draft.entry(attr.as_str().to_ascii_lowercase()).or_default();
            if !present.iter().any(|known| known == value) {
                present.push(value.to_vec());
            }
        }
        let person = ["person", "organizationalperson", "inetorgperson"];
        if self.config.new.classes.iter().any(|class| person.contains(&class.to_ascii_lowercase().as_str())) {
            // Every person has these two.
            let name = || vec![login.as_bytes().to_vec()];
            draft.entry("sn".to_owned()).or_insert_with(name);
            draft.entry("cn".to_owned()).or_insert_with(name);
        }
        draft.retain(|_, values| !values.is_empty());
        Ok(draft)
    }

    async fn set_password(&self, dn: &str, password: &SecretText) -> Result<(), ResolverError> {
        let features = self.features().await?;
        let said = if features.active_directory {
            let change = Mod::Replace(b"unicodePwd".to_vec(), HashSet::from([active_directory_password(password)]));
            self.searches.write(Write::Modify(dn, vec![change])).await?
        } else if features.password_change {
            self.searches.write(Write::Password(dn, None, password)).await?
        } else {
            return Err(refused("The directory has no operation to set a password."));
        };
        match (said.ok(), Policy::of(&said).refusal()) {
            (true, _) => Ok(()),
            (false, Some(why)) => Err(refused(why)),
            (false, None) => Err(refusal(&said)),
        }
    }

    /// The uid of an entry that has just been made.
    async fn uid_of(&self, dn: &str) -> Result<String, ResolverError> {
        let attributes = vec![self.config.uid.attr().map_or("1.1", |attr| attr.as_str()).to_owned()];
        let ask =
            Ask { base: dn.to_owned(), scope: ldap3::Scope::Base, filter: "(objectClass=*)".to_owned(), attributes, most: 1 };
        let found = self.run(&ask).await?;
        let uid = found.records.first().and_then(|record| self.config.uid.of(record));
        uid.ok_or_else(|| refused("The entry was made, but it has no uid as UIDTYPE demands."))
    }

    async fn existing(&self, uid: &str) -> Result<String, ResolverError> {
        let name = self.name_of(uid, true).await?;
        name.map(|(dn, _)| dn).ok_or_else(|| refused("The account does not exist."))
    }

    pub(super) async fn update(&self, uid: &str, change: Change) -> Result<(), ResolverError> {
        self.check_editable()?;
        let dn = self.existing(uid).await?;
        let mut changes = Vec::new();
        for (ours, value) in &change.attributes {
            let theirs = self.theirs(ours)?.into_bytes();
            let values = value.as_ref().map(values).unwrap_or_default();
            changes.push(Mod::Replace(theirs, values.into_iter().collect::<HashSet<_>>()));
        }
        let rename = match &change.login {
            Some(login) => self.rename(&dn, login, &mut changes)?,
            None => None,
        };
        if let Some(password) = &change.password {
            check_new_password(password)?;
            self.set_password(&dn, password).await?;
        }
        if !changes.is_empty() {
            let said = self.searches.write(Write::Modify(&dn, changes)).await?;
            if !said.ok() {
                return Err(refusal(&said));
            }
        }
        if let Some(rdn) = rename {
            let said = self.searches.write(Write::Rename(&dn, &rdn)).await?;
            if !said.ok() {
                return Err(refusal(&said));
            }
        }
        self.names.invalidate(uid).await;
        Ok(())
    }

    /// Another login name: the new relative name, where the login name is part of the name of the entry.
    fn rename(&self, dn: &str, login: &str, changes: &mut Vec<Mod<Vec<u8>>>) -> Result<Option<String>, ResolverError> {
        check_login(login)?;
        let attribute = self.login_attribute()?;
        let dn = Dn::parse(dn).map_err(ResolverError::Internal)?;
        let (rdn, _) = dn.split().ok_or_else(|| refused("The entry has no name."))?;
        match rdn.pairs() {
            [(attr, _)] if attr.is(attribute) => {
                if self.config.uid.attr().is_none_or(|uid| uid.is(attribute)) {
                    return Err(refused("With this UIDTYPE, another login name would be another person."));
                }
                Ok(Some(Rdn::new(attr.clone(), login).to_string()))
            }
            pairs if pairs.iter().any(|(attr, _)| attr.is(attribute)) => Err(refused("The login name is part of a longer name.")),
            _ => {
                if self.config.uid.attr().is_some_and(|uid| uid.is(attribute)) {
                    return Err(refused("With this UIDTYPE, another login name would be another person."));
                }
                changes.push(Mod::Replace(attribute.as_bytes().to_vec(), HashSet::from([login.as_bytes().to_vec()])));
                Ok(None)
            }
        }
    }

    pub(super) async fn delete(&self, uid: &str) -> Result<(), ResolverError> {
        self.check_editable()?;
        let dn = self.existing(uid).await?;
        let said = self.searches.write(Write::Delete(&dn)).await?;
        self.names.invalidate(uid).await;
        if said.ok() { Ok(()) } else { Err(refusal(&said)) }
    }
}
