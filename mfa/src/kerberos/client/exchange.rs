//! The two exchanges with a centre: for a first ticket, by the account's key, and for further ones, by the first (RFC 4120 sections 3.1
//! and 3.3).

use kernel::{Entropy, SecretText, Timestamp};
use tokio::io::AsyncReadExt;

use super::super::der::{Der, SEQUENCE};
use super::super::enctype::{Enctype, Key};
use super::super::keytab::{Entry, Keytab};
use super::super::password;
use super::super::principal::{GRANTING, Principal};
use super::answers::{Answer, Recipe, Ways};
use super::requests::Wanted;
use super::trouble::{Kind, PROVE_FIRST, Trouble};
use super::wire::{self, Centre};
use super::{Credential, Secret, Settings, krb5_conf};

/// Types of keys, the most welcome first.
const WELCOME: [Enctype; 4] = [Enctype::Aes256Sha384, Enctype::Aes256Sha1, Enctype::Aes128Sha256, Enctype::Aes128Sha1];

/// Gets a first ticket.
pub(super) async fn first(settings: &Settings, now: Timestamp, chance: &Entropy) -> Result<Credential, Trouble> {
    let own = Own::of(settings).await?;
    let centres = centres(settings).await?;
    let realm = &settings.client.realm;
    let service = Principal { parts: vec![GRANTING.to_owned(), realm.clone()], realm: realm.clone() };
    let enctypes = own.enctypes();
    let wanted = || Wanted { client: &settings.client, service: &service, nonce: nonce(chance), enctypes: &enctypes, now };
    let plain = wanted();
    let bytes = wire::ask(&centres, &plain.first(None)?, settings.patience).await?;
    let ways = match Answer::read(&bytes, true)? {
        Answer::Granted(granted) => {
            let ways = granted.ways.map(Ways::read).transpose()?.unwrap_or_default();
            return granted.open(&own.key(granted.sealed.enctype, &ways.recipes).await?, &plain);
        }
        Answer::Refused(told) if told.code == PROVE_FIRST => Ways::read(Der::new(told.data.unwrap_or_default()).take(SEQUENCE)?)?,
        Answer::Refused(told) => return Err(told.trouble(now)),
    };
    if !ways.time {
        let what = "the centre wants the key proved in a way that is not spoken (only the encrypted time is)";
        return Err(Trouble::new(Kind::Centre, what));
    }
    let offered = ways.recipes.iter().map(|recipe| recipe.enctype).find(|enctype| enctypes.contains(enctype));
    let enctype = offered.or(enctypes.first().copied().filter(|_| ways.recipes.is_empty()));
    let none = || Trouble::new(Kind::Enctype, "the domain has no key for the account of a type that we have");
    let key = own.key(enctype.ok_or_else(none)?.number(), &ways.recipes).await?;
    let proved = wanted();
    let bytes = wire::ask(&centres, &proved.first(Some((&key, chance)))?, settings.patience).await?;
    match Answer::read(&bytes, true)? {
        Answer::Granted(granted) if granted.sealed.enctype == key.enctype().number() => granted.open(&key, &proved),
        Answer::Granted(granted) => granted.open(&own.key(granted.sealed.enctype, &ways.recipes).await?, &proved),
        Answer::Refused(told) => Err(told.trouble(now)),
    }
}

/// Gets a ticket for a service by the first one.
pub(super) async fn further(
    settings: &Settings,
    granting: &Credential,
    service: &Principal,
    (now, chance): (Timestamp, &Entropy),
) -> Result<Credential, Trouble> {
    let centres = centres(settings).await?;
    let wanted = Wanted { client: &settings.client, service, nonce: nonce(chance), enctypes: &WELCOME, now };
    let bytes = wire::ask(&centres, &wanted.further(granting, chance)?, settings.patience).await?;
    match Answer::read(&bytes, false)? {
        Answer::Granted(granted) => granted.open(&granting.session, &wanted),
        Answer::Refused(told) => {
            let trouble = told.trouble(now);
            // The error does not say which service.
            let what = format!("{service}: {}", trouble.what);
            Err(Trouble { what, ..trouble })
        }
    }
}

fn nonce(chance: &Entropy) -> u32 {
    // Some centres take it for a number with a sign.
    u32::from_be_bytes(chance.bytes()) >> 1
}

/// The centres that were configured, or those that the machine knows.
async fn centres(settings: &Settings) -> Result<Vec<Centre>, Trouble> {
    if !settings.centres.is_empty() {
        return Ok(settings.centres.clone());
    }
    let mut text = String::new();
    if let Ok(file) = tokio::fs::File::open(krb5_conf::FILE).await {
        // What cannot be read names no centre.
        let _ = file.take(krb5_conf::MAX_FILE).read_to_string(&mut text).await;
    }
    match krb5_conf::centres(&text, &settings.client.realm) {
        none if none.is_empty() => {
            let (file, realm) = (krb5_conf::FILE, &settings.client.realm);
            let what = format!("no key distribution centre is known: KERBEROS_KDC is empty, and {file} names none for {realm}");
            Err(Trouble::new(Kind::Unreachable, what))
        }
        found => Ok(found),
    }
}

/// The keys of our account.
enum Own {
    Keys(Vec<Key>),
    Password { password: SecretText, usual_salt: Vec<u8> },
}

impl Own {
    async fn of(settings: &Settings) -> Result<Self, Trouble> {
        let no_key = |what: String| Trouble::new(Kind::NoKey, what);
        let client = &settings.client;
        let path = match &settings.secret {
            Secret::Keytab(path) => path,
            Secret::Password(password) => {
                let usual_salt = client.realm.bytes().chain(client.parts.concat().into_bytes()).collect();
                return Ok(Self::Password { password: password.clone(), usual_salt });
            }
        };
        let table = Keytab::read(path).await.map_err(no_key)?;
        let latest = |enctype: Enctype| {
            let keys = table.of_principal(client).filter(|entry| entry.enctype() == enctype.number());
            keys.max_by_key(|entry| entry.version()).and_then(Entry::key).cloned()
        };
        let keys: Vec<Key> = WELCOME.into_iter().filter_map(latest).collect();
        if keys.is_empty() {
            return Err(no_key(format!("{} has no AES key of {client}", path.display())));
        }
        Ok(Self::Keys(keys))
    }

    fn enctypes(&self) -> Vec<Enctype> {
        match self {
            Self::Keys(keys) => keys.iter().map(Key::enctype).collect(),
            Self::Password { .. } => WELCOME.to_vec(),
        }
    }

    /// The key of a type.
    async fn key(&self, enctype: i64, recipes: &[Recipe]) -> Result<Key, Trouble> {
        let none = || Trouble::new(Kind::Enctype, "the centre wants a key of a type that we do not have");
        let enctype = Enctype::of(enctype).ok_or_else(none)?;
        match self {
            Self::Keys(keys) => keys.iter().find(|key| key.enctype() == enctype).cloned().ok_or_else(none),
            Self::Password { password, usual_salt } => {
                let recipe = recipes.iter().find(|recipe| recipe.enctype == enctype);
                let salt = recipe.and_then(|recipe| recipe.salt.clone()).unwrap_or_else(|| usual_salt.clone());
                let params = recipe.and_then(|recipe| recipe.params.clone());
                let password = password.clone();
                // It is made to be slow.
                let made = tokio::task::spawn_blocking(move || password::key(enctype, &password, &salt, params.as_deref())).await;
                Ok(made.map_err(|e| Trouble::new(Kind::NoKey, e.to_string()))??)
            }
        }
    }
}
