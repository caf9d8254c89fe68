//! Passwd files: `name:hash:uid:gid:gecos:home:shell`, read only. The file is read again when it changes.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use kernel::SecretText;
use kernel::ids::RowId;
use keys::Passwords;

use super::{
    Capabilities, Entry, Env, Filter, Page, Param, ParamType, ParamValues, PasswordCheck, Resolver, ResolverError, ResolverKind,
    Standing,
};
use crate::people::Attributes;

const MAX_FILE: u64 = 64 << 20;
/// How often a file is read that changes meanwhile.
const READS: usize = 3;

/// How the kind is declared.
pub(super) static KIND: ResolverKind = ResolverKind {
    name: "passwdresolver",
    description: "A file in the format of /etc/passwd",
    params: &[Param { name: "fileName", ty: ParamType::Text, default: Some("/etc/passwd"), doc: "Path of the file." }],
    presets: &[],
    build,
};

/// It has no statements.
pub(super) const STATEMENTS: &[&db::Stmt] = &[];

struct Passwd {
    path: PathBuf,
    passwords: Passwords,
    table: Mutex<Option<Arc<Table>>>,
}

/// The file as it was read last.
struct Table {
    stamp: (u64, Option<SystemTime>),
    /// The last line has an end.
    whole: bool,
    entries: Vec<(Entry, String)>,
    by_login: HashMap<String, usize>,
    by_uid: HashMap<String, usize>,
}

fn build(_: RowId, params: &ParamValues, env: &Env) -> Result<Arc<dyn Resolver>, ResolverError> {
    let path = PathBuf::from(params.text("fileName"));
    Ok(Arc::new(Passwd { path, passwords: env.keys.passwords().clone(), table: Mutex::new(None) }))
}

impl Table {
    fn parse(text: &str, stamp: (u64, Option<SystemTime>)) -> Self {
        let whole = text.ends_with('\n');
        let mut table = Self { stamp, whole, entries: Vec::new(), by_login: HashMap::new(), by_uid: HashMap::new() };
        for (entry, hash) in text.lines().filter_map(line) {
            // As the C library does: of several lines with one name, the first counts.
            let at = table.entries.len();
            if table.by_login.contains_key(&entry.login) || table.by_uid.contains_key(&entry.uid) {
                continue;
            }
            table.by_login.insert(entry.login.clone(), at);
            table.by_uid.insert(entry.uid.clone(), at);
            table.entries.push((entry, hash));
        }
        table
    }

    /// That who is not in it is not there.
    fn certain(&self) -> Result<(), ResolverError> {
        let half = || ResolverError::Unclear("the last line of the file has no end: it may be half of it".to_owned());
        self.whole.then_some(()).ok_or_else(half)
    }

    fn uid(&self, uid: &str) -> Option<&(Entry, String)> {
        self.by_uid.get(uid).map(|at| &self.entries[*at])
    }
}

fn line(line: &str) -> Option<(Entry, String)> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = line.split(':');
    let (login, hash, uid, _gid) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    if login.is_empty() || uid.is_empty() {
        return None;
    }
    let attributes = gecos(fields.next().unwrap_or_default());
    Some((Entry { uid: uid.to_owned(), login: login.to_owned(), attributes, standing: Standing::default() }, hash.to_owned()))
}

/// Full name, office, phone, and a mobile number or mail address.
fn gecos(text: &str) -> Attributes {
    let mut attributes = Attributes::new();
    let mut put = |name: &str, value: &str| {
        if !value.trim().is_empty() {
            attributes.insert(name.to_owned(), value.trim().into());
        }
    };
    put("description", text);
    let mut parts = text.split(',');
    let name = parts.next().unwrap_or_default();
    match name.trim().split_once(' ') {
        Some((given, surname)) => {
            put("givenname", given);
            put("surname", surname);
        }
        None => put("surname", name),
    }
    parts.next();
    put("phone", parts.next().unwrap_or_default());
    let last = parts.next().unwrap_or_default();
    put(if last.contains('@') { "email" } else { "mobile" }, last);
    attributes
}

/// By what a change of the file shows.
type Stamp = (u64, Option<SystemTime>);

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    let meta = std::fs::metadata(path)?;
    if !meta.is_file() || meta.len() > MAX_FILE {
        return Err(std::io::Error::other("it is no regular file, or too big"));
    }
    Ok((meta.len(), meta.modified().ok()))
}

/// The bytes of a file that nobody has changed while it was read: what is rewritten in its place would be read half.
fn at_rest(
    mut before: Stamp,
    stamp: impl Fn() -> std::io::Result<Stamp>,
    read: impl Fn() -> std::io::Result<Vec<u8>>,
) -> std::io::Result<(Vec<u8>, Stamp)> {
    for _ in 0..READS {
        let bytes = read()?;
        let after = stamp()?;
        if after == before && bytes.len() as u64 == after.0 {
            return Ok((bytes, after));
        }
        before = after;
    }
    Err(std::io::Error::other("it changes while it is read"))
}

impl Passwd {
    async fn table(&self) -> Result<Arc<Table>, ResolverError> {
        let known = self.table.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let path = self.path.clone();
        let read = move || -> std::io::Result<Arc<Table>> {
            let now = stamp(&path)?;
            if let Some(known) = known.filter(|known| known.stamp == now) {
                return Ok(known);
            }
            let (bytes, now) = at_rest(now, || stamp(&path), || std::fs::read(&path))?;
            Ok(Arc::new(Table::parse(&String::from_utf8_lossy(&bytes), now)))
        };
        let unavailable = |e: &dyn std::fmt::Display| ResolverError::Unavailable(format!("{}: {e}", self.path.display()));
        let joined = tokio::task::spawn_blocking(read).await.map_err(|e| unavailable(&e))?;
        let table = joined.map_err(|e| unavailable(&e))?;
        *self.table.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&table));
        Ok(table)
    }
}

#[async_trait]
impl Resolver for Passwd {
    fn capabilities(&self) -> Capabilities {
        Capabilities { editable: false, passwords: true, folds_case: false, staleness: Duration::from_secs(30) }
    }

    fn attributes(&self) -> Vec<String> {
        ["description", "email", "givenname", "mobile", "phone", "surname"].map(str::to_owned).to_vec()
    }

    async fn find_login(&self, login: &str) -> Result<Option<Entry>, ResolverError> {
        let table = self.table().await?;
        Ok(table.by_login.get(login).map(|at| table.entries[*at].0.clone()))
    }

    async fn find_many(&self, uids: &[String]) -> Result<Vec<Entry>, ResolverError> {
        let table = self.table().await?;
        let found: Vec<Entry> = uids.iter().filter_map(|uid| table.uid(uid)).map(|(entry, _)| entry.clone()).collect();
        if found.is_empty() && uids.len() == 1 {
            table.certain()?;
        }
        Ok(found)
    }

    async fn who_is_there(&self, uids: &[String]) -> Result<HashSet<String>, ResolverError> {
        let table = self.table().await?;
        table.certain()?;
        Ok(uids.iter().filter(|uid| table.uid(uid).is_some()).cloned().collect())
    }

    async fn search(&self, filter: &Filter, page: Page, projection: Option<&[String]>) -> Result<Vec<Entry>, ResolverError> {
        let table = self.table().await?;
        let mut found: Vec<Entry> =
            table.entries.iter().map(|(entry, _)| entry).filter(|entry| filter.admits(entry)).cloned().collect();
        found.sort_by(|a, b| a.login.cmp(&b.login));
        let keep = |mut entry: Entry| {
            if let Some(wanted) = projection {
                entry.attributes.retain(|name, _| wanted.contains(name));
            }
            entry
        };
        Ok(found.into_iter().skip(page.skip).take(page.limit).map(keep).collect())
    }

    async fn check_password(&self, uid: &str, password: &SecretText) -> Result<PasswordCheck, ResolverError> {
        let table = self.table().await?;
        let Some((_, hash)) = table.uid(uid) else {
            self.passwords.dummy_verify(password).await?;
            return Ok(PasswordCheck::default());
        };
        if !Passwords::supports(hash) {
            self.passwords.dummy_verify(password).await?;
            return Err(ResolverError::Unsupported("This account has no password in the file."));
        }
        let verdict = self.passwords.verify(hash, password).await?;
        Ok(PasswordCheck { ok: verdict.ok, ..PasswordCheck::default() })
    }

    async fn test(&self) -> Result<String, ResolverError> {
        let table = self.table().await?;
        Ok(format!("{} users", table.entries.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Attribute;

    #[test]
    fn reads_lines_and_gecos() {
        let text = "# comment\nhans:$6$x:1001:100:Hans Muster,Room 5,+41 1,hans@example.com:/home/hans:/bin/sh\n\
                    bad line\nroot:x:0:0:root:/root:/bin/sh\nhans:y:2:2::/:/\n:x:3:3::/:/\neva:x:4:4:Eva B C,,,+41 79:/:/";
        let table = Table::parse(text, (0, None));
        let logins: Vec<&str> = table.entries.iter().map(|(entry, _)| entry.login.as_str()).collect();
        assert_eq!(logins, ["hans", "root", "eva"]);
        let (hans, hash) = table.uid("1001").unwrap();
        assert_eq!(hash, "$6$x");
        let get = |entry: &Entry, name: &str| entry.attributes.get(name).and_then(Attribute::text).map(str::to_owned);
        assert_eq!(get(hans, "givenname").as_deref(), Some("Hans"));
        assert_eq!(get(hans, "surname").as_deref(), Some("Muster"));
        assert_eq!(get(hans, "email").as_deref(), Some("hans@example.com"));
        assert_eq!(get(hans, "phone").as_deref(), Some("+41 1"));
        let (eva, _) = table.uid("4").unwrap();
        assert_eq!((get(eva, "surname").as_deref(), get(eva, "mobile").as_deref()), (Some("B C"), Some("+41 79")));
    }

    #[test]
    fn a_file_that_is_being_written_is_not_read_half() {
        let sizes = std::cell::Cell::new(3_u64);
        let grow = |by: u64| {
            sizes.set(sizes.get() + by);
            Ok::<_, std::io::Error>(vec![b'x'; usize::try_from(sizes.get() - by).unwrap()])
        };
        let stamp = || Ok::<_, std::io::Error>((sizes.get(), None));
        assert!(at_rest((3, None), stamp, || grow(2)).is_err(), "it never comes to rest");
        sizes.set(3);
        let (bytes, now) = at_rest((3, None), stamp, || grow(if sizes.get() < 5 { 2 } else { 0 })).unwrap();
        assert_eq!((bytes.len(), now), (5, (5, None)));
    }

    #[tokio::test]
    async fn half_a_file_says_nothing_of_who_is_missing() {
        let (env, _db) = crate::resolvers::web::testing::env().await;
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display().to_string();
        let people = crate::resolvers::web::testing::build(&KIND, &env, &[("fileName", &path)]).unwrap();
        let uids = ["1".to_owned(), "2".to_owned()];
        std::fs::write(&path, "a:x:1:1:::\nb:x:2").unwrap();
        assert!(matches!(people.who_is_there(&uids).await, Err(ResolverError::Unclear(_))));
        assert!(matches!(people.find_many(&uids[1..]).await, Err(ResolverError::Unclear(_))));
        std::fs::write(&path, "a:x:1:1:::\n").unwrap();
        assert_eq!(people.who_is_there(&uids).await.unwrap(), ["1".to_owned()].into());
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(text in "(?s).{0,300}") {
            let _ = Table::parse(&text, (0, None));
        }
    }
}
