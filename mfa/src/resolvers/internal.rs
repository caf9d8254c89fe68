//! The internal resolver: accounts in our own database, editable. Passwords are Argon2id hashes, sealed to their row;
//! attributes are plain.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use db::{Batch, Row, args};
use kernel::SecretText;
use kernel::ids::RowId;
use keys::Place;

pub(super) use super::internal_store::STATEMENTS;
use super::internal_store::{
    ACCOUNT_BY_LOGIN, ACCOUNT_COUNT, ACCOUNT_DELETE, ACCOUNT_INSERT, ACCOUNT_PASSWORD, ACCOUNT_REHASH, ACCOUNT_UPDATE,
    ACCOUNT_VERSION, ACCOUNTS, ACCOUNTS_BY_ID, ACCOUNTS_LIKE, ACCOUNTS_PAGE,
};
use super::{
    Capabilities, Change, Entry, Env, Filter, Limits, Page, Param, ParamType, ParamValues, PasswordCheck, Resolver,
    ResolverError, ResolverKind, Standing,
};
use crate::people::{Attribute, Attributes};
use crate::scim::membership;
use crate::scim::store::group;

/// Attributes that every account may have.
const ATTRIBUTES: &[&str] =
    &["description", "displayname", "email", "gender", "givenname", "groups", "locale", "mobile", "phone", "surname", "zoneinfo"];
/// The attribute that names groups: those of provisioning beside those that the account itself states.
const GROUPS: &str = "groups";
const MAX_LOGIN: usize = 255;
const MAX_PASSWORD: usize = 1024;
const MAX_ATTRIBUTES: usize = 64 * 1024;

/// How the kind is declared.
pub(super) static KIND: ResolverKind = ResolverKind {
    name: "internalresolver",
    description: "Accounts in Symbolon's own database",
    params: &[Param {
        name: "Attributes",
        ty: ParamType::Text,
        default: Some(""),
        doc: "Further attributes that accounts may have, separated by commas.",
    }],
    presets: &[],
    build,
};

struct Internal {
    id: RowId,
    attributes: Vec<String>,
    env: Env,
}

fn build(id: RowId, params: &ParamValues, env: &Env) -> Result<Arc<dyn Resolver>, ResolverError> {
    let further = params.text("Attributes").split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut attributes: Vec<String> = ATTRIBUTES.iter().copied().chain(further).map(str::to_owned).collect();
    attributes.sort();
    attributes.dedup();
    let plain = |name: &String| name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if let Some(wrong) = attributes.iter().find(|name| !plain(name)) {
        return Err(ResolverError::Parameters(format!("`{wrong}` is no name of an attribute")));
    }
    Ok(Arc::new(Internal { id, attributes, env: env.clone() }))
}

fn entry(row: &Row) -> Result<Entry, ResolverError> {
    let mut r = row.reader();
    let (uid, login) = (r.next()?, r.next()?);
    let attributes = r.parse(|json| serde_json::from_str::<Attributes>(json))?;
    Ok(Entry { uid, login, attributes, standing: Standing::default() })
}

impl Internal {
    fn place<'a>(&self, row: &'a str) -> Place<'a> {
        Place::new("account", "password", row)
    }

    async fn sealed_hash(&self, row: &str, password: &SecretText) -> Result<String, ResolverError> {
        let hash = self.env.keys.passwords().hash(password).await?;
        Ok(self.env.keys.sealer().seal(&self.place(row), hash.as_bytes()))
    }

    /// Adds the names of the groups to which people belong.
    async fn with_groups(&self, entries: &mut [Entry]) -> Result<(), ResolverError> {
        let uids: Vec<String> = entries.iter().map(|entry| entry.uid.clone()).collect();
        let uids: Vec<&str> = uids.iter().map(String::as_str).collect();
        let groups = membership::of(&self.env.db, &uids).await?;
        for entry in entries {
            let Some(own) = groups.get(&entry.uid) else { continue };
            let mut names = entry.attributes.get(GROUPS).map(|stated| stated.texts().to_vec()).unwrap_or_default();
            for belonging in own {
                if !names.contains(&belonging.name) {
                    names.push(belonging.name.clone());
                }
            }
            entry.attributes.insert(GROUPS.to_owned(), Attribute::List(names));
        }
        Ok(())
    }

    fn merge(&self, attributes: &mut Attributes, changes: Vec<(String, Option<Attribute>)>) -> Result<String, ResolverError> {
        for (name, value) in changes {
            if !self.attributes.contains(&name) {
                return Err(ResolverError::Refused(format!("This resolver has no attribute `{name}`.")));
            }
            match value {
                Some(value) => attributes.insert(name, value),
                None => attributes.remove(&name),
            };
        }
        let json = serde_json::to_string(attributes).map_err(|e| ResolverError::Internal(e.to_string()))?;
        if json.len() > MAX_ATTRIBUTES {
            return Err(ResolverError::Refused("The attributes are too long.".to_owned()));
        }
        Ok(json)
    }
}

fn check_login(login: &str) -> Result<(), ResolverError> {
    let sound = !login.is_empty() && login.len() <= MAX_LOGIN && login.trim() == login && !login.chars().any(char::is_control);
    if sound {
        Ok(())
    } else {
        Err(ResolverError::Refused("The login name is empty, too long or has blanks around it.".to_owned()))
    }
}

fn check_new_password(password: &SecretText) -> Result<(), ResolverError> {
    match password.len() {
        0 => Err(ResolverError::Refused("The password is empty.".to_owned())),
        1..=MAX_PASSWORD => Ok(()),
        _ => Err(ResolverError::Refused(format!("The password is longer than {MAX_PASSWORD} bytes."))),
    }
}

#[async_trait]
impl Resolver for Internal {
    fn capabilities(&self) -> Capabilities {
        Capabilities { editable: true, passwords: true, folds_case: true, staleness: Duration::from_secs(30) }
    }

    fn limits(&self) -> Limits {
        Limits::own()
    }

    fn is_ours(&self) -> bool {
        true
    }

    fn attributes(&self) -> Vec<String> {
        self.attributes.clone()
    }

    async fn find_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        if login.len() > MAX_LOGIN {
            return Ok(None);
        }
        let row = self.env.db.fetch_optional(&ACCOUNT_BY_LOGIN, args![self.id, login.to_lowercase()]).await?;
        let mut found: Vec<Entry> = row.as_ref().map(entry).transpose()?.into_iter().collect();
        self.with_groups(&mut found).await?;
        Ok(found.pop())
    }

    async fn find_many(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        let mut found = Vec::with_capacity(uids.len());
        for chunk in uids.chunks(16) {
            let mut args = args![self.id];
            args.extend(chunk.iter().cycle().take(16).map(db::Value::from));
            let rows = self.env.db.fetch_all(&ACCOUNTS_BY_ID, args).await?;
            found.extend(rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?);
        }
        self.with_groups(&mut found).await?;
        Ok(found)
    }

    async fn who_is_there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        Ok(self.find_many(uids).await?.into_iter().map(|entry| entry.uid).collect())
    }

    async fn search(&self, filter: &Filter, page: Page, projection: Option<&[String]>) -> Result<Vec<Entry>, ResolverError> {
        if let Some((name, _)) = filter
            .conditions
            .iter()
            .find(|(name, _)| !matches!(name.as_str(), "username" | "userid") && !self.attributes.contains(name))
        {
            return Err(ResolverError::Refused(format!("This resolver has no attribute `{name}`.")));
        }
        let (limit, skip) = (i64::try_from(page.limit).unwrap_or(i64::MAX), i64::try_from(page.skip).unwrap_or(i64::MAX));
        let wants_groups = projection.is_none_or(|wanted| wanted.iter().any(|name| name == GROUPS));
        let mut entries = if filter.conditions.is_empty() {
            let rows = self.env.db.fetch_all(&ACCOUNTS_PAGE, args![self.id, limit, skip]).await?;
            rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?
        } else if let [(name, pattern)] = filter.conditions.as_slice()
            && name == "username"
        {
            let rows = self.env.db.fetch_all(&ACCOUNTS_LIKE, args![self.id, like(pattern), limit, skip]).await?;
            rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?
        } else {
            let rows = self.env.db.fetch_all(&ACCOUNTS, args![self.id]).await?;
            let mut all = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
            if filter.conditions.iter().any(|(name, _)| name == GROUPS) {
                self.with_groups(&mut all).await?;
            }
            all.into_iter().filter(|entry| filter.admits(entry)).skip(page.skip).take(page.limit).collect()
        };
        if wants_groups {
            self.with_groups(&mut entries).await?;
        }
        Ok(entries.into_iter().map(|entry| project(entry, projection)).collect())
    }

    async fn check_password(&self, uid: &str, password: &SecretText) -> Result<PasswordCheck, ResolverError> {
        let row = self.env.db.fetch_optional(&ACCOUNT_PASSWORD, args![self.id, uid]).await?;
        let sealed = match row {
            Some(row) => row.get::<Option<String>>(0)?,
            None => None,
        };
        let Some(sealed) = sealed.filter(|_| password.len() <= MAX_PASSWORD) else {
            self.env.keys.passwords().dummy_verify(password).await?;
            return Ok(PasswordCheck::default());
        };
        let opened = self.env.keys.sealer().open(&self.place(uid), &sealed)?;
        let hash = opened.into_text().ok_or_else(|| ResolverError::Internal("a password hash is not text".to_owned()))?;
        let verdict = self.env.keys.passwords().verify(hash.expose(), password).await?;
        let mut batch = Batch::new();
        if verdict.ok && verdict.rehash {
            let newer = self.sealed_hash(uid, password).await?;
            batch.run(&ACCOUNT_REHASH, args![newer, uid, sealed]);
        }
        Ok(PasswordCheck { ok: verdict.ok, batch, ..PasswordCheck::default() })
    }

    async fn add(&self, batch: &mut Batch, login: &str, change: Change) -> Result<String, ResolverError> {
        check_login(login)?;
        let now = self.env.clock.now();
        let id = RowId::new(&self.env.chance, now).to_string();
        let password = match &change.password {
            Some(password) => {
                check_new_password(password)?;
                Some(self.sealed_hash(&id, password).await?)
            }
            None => None,
        };
        let attributes = self.merge(&mut Attributes::new(), change.attributes)?;
        let folded = login.to_lowercase();
        batch.run(&ACCOUNT_INSERT, args![&id, self.id, login, folded, password, attributes, now, now]);
        Ok(id)
    }

    async fn change(&self, batch: &mut Batch, uid: &str, change: Change) -> Result<(), ResolverError> {
        let row = self.env.db.fetch_optional(&ACCOUNT_VERSION, args![self.id, uid]).await?;
        let Some(row) = row else { return Err(ResolverError::Refused("The account does not exist.".to_owned())) };
        let mut r = row.reader();
        let (version, old_login, old_password): (i64, String, Option<String>) = (r.next()?, r.next()?, r.next()?);
        let mut attributes: Attributes = r.parse(|json| serde_json::from_str(json))?;
        let login = change.login.unwrap_or(old_login);
        check_login(&login)?;
        let password = match &change.password {
            Some(password) => {
                check_new_password(password)?;
                Some(self.sealed_hash(uid, password).await?)
            }
            None => old_password,
        };
        let attributes = self.merge(&mut attributes, change.attributes)?;
        let args = args![&login, login.to_lowercase(), password, attributes, self.env.clock.now(), uid, version];
        batch.guard("account", &ACCOUNT_UPDATE, args);
        Ok(())
    }

    async fn remove(&self, batch: &mut Batch, uid: &str) -> Result<(), ResolverError> {
        batch.guard("account", &ACCOUNT_DELETE, args![self.id, uid]);
        group::leave_all(batch, uid);
        Ok(())
    }

    async fn test(&self) -> Result<String, ResolverError> {
        let row = self.env.db.fetch_optional(&ACCOUNT_COUNT, args![self.id]).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        Ok(format!("{count} accounts"))
    }
}

/// The pattern with `*` as LIKE understands it.
fn like(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    for c in pattern.to_lowercase().chars() {
        match c {
            '*' => out.push('%'),
            '%' | '_' | '!' => out.extend(['!', c]),
            c => out.push(c),
        }
    }
    out
}

fn project(mut entry: Entry, projection: Option<&[String]>) -> Entry {
    if let Some(wanted) = projection {
        entry.attributes.retain(|name, _| wanted.contains(name));
    }
    entry
}
