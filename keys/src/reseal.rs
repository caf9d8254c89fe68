//! Re-sealing: moves everything that older keys have sealed to the active one, while the service runs.
//!
//! Each crate declares its sealed columns with [`sealed_columns!`](crate::sealed_columns); the root hands all of them to [`reseal`]. A
//! row is moved by compare-and-set: whoever changes it meanwhile wins. Rows that are done already are skipped by the
//! database, so an interrupted run is simply started again.

use std::path::Path;
use std::time::Duration;

use db::{Batch, Db, DbError, Stmt, WriteError};
use kernel::{Class, Classified, Timestamp};
use serde_json::{Map, Value};

use crate::sealer::PREFIX;
use crate::{KeyFileError, Keys, Place, SealError, Sealer, sealed_with};

/// Rows that are moved in one transaction.
const BATCH: i64 = 100;
/// Passes over all columns: other nodes may have sealed with the older key until they noticed the new one.
const PASSES: u32 = 5;
/// Failures that are named; all are counted.
const NAMED: usize = 20;
/// Other nodes have noticed a new key after this time at the latest.
pub const GRACE: Duration = Duration::from_secs(3600);

/// How a column holds sealed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The column is the sealed value, if it begins like one.
    Whole,
    /// The column is a JSON object; some of its members are sealed values, with the row key `<key of the row>/<name>`.
    Members,
}

/// A column of sealed values. Its row key is a column of text that identifies the row for good and is part of the
/// [`Place`]. Columns may be NULL or hold other text; that is left alone.
pub struct SealedColumn {
    /// Name of the table.
    pub table: &'static str,
    /// Name of the column.
    pub column: &'static str,
    /// How it holds them.
    pub shape: Shape,
    #[doc(hidden)]
    pub walk: Stmt,
    #[doc(hidden)]
    pub swap: Stmt,
}

impl SealedColumn {
    /// The place of a row's value.
    pub const fn place<'a>(&self, row: &'a str) -> Place<'a> {
        Place::new(self.table, self.column, row)
    }

    /// Its statements, for the list of the crate.
    pub fn statements(&'static self) -> [&'static Stmt; 2] {
        [&self.walk, &self.swap]
    }
}

/// Declares sealed columns, and the list `SEALED` of them all: name = table, column, column of the row key; and `members` when
/// the column is a JSON object with sealed members.
///
/// ```
/// keys::sealed_columns! {
///     /// Seeds of tokens.
///     SEED = "token", "seed", "id";
///     /// Parameters of resolvers.
///     PARAMS = "resolver", "params", "id", members;
/// }
/// assert_eq!(SEED.place("01H").column, "seed");
/// ```
#[macro_export]
macro_rules! sealed_columns {
    ($($(#[$doc:meta])* $name:ident = $table:literal, $column:literal, $row:literal $(, $members:ident)?;)+) => {
        $($(#[$doc])* pub(crate) static $name: $crate::SealedColumn = $crate::SealedColumn {
            table: $table,
            column: $column,
            shape: $crate::sealed_columns!(@shape $($members)?),
            walk: ::db::Stmt::new(concat!(
                "SELECT ", $row, ", ", $column, " FROM ", $table, " WHERE ", $row, " > ? AND ", $column, " LIKE ",
                $crate::sealed_columns!(@like $($members)?), " AND ", $column, " NOT LIKE ? ORDER BY ", $row, " LIMIT ?")),
            swap: ::db::Stmt::new(concat!(
                "UPDATE ", $table, " SET ", $column, " = ? WHERE ", $row, " = ? AND ", $column, " = ?")),
        };)+
        /// Every sealed column of this module.
        pub(crate) static SEALED: &[&$crate::SealedColumn] = &[$(&$name),+];
    };
    (@shape) => { $crate::reseal::Shape::Whole };
    (@shape members) => { $crate::reseal::Shape::Members };
    (@like) => { "'s1.%'" };
    (@like members) => { "'%\"s1.%'" };
}

/// How far re-sealing has come.
#[derive(Clone, Copy, Debug)]
pub struct Resealing {
    /// The table at hand.
    pub table: &'static str,
    /// The column at hand.
    pub column: &'static str,
    /// Values moved so far.
    pub resealed: u64,
}

/// What re-sealing did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that were moved to the active key.
    pub resealed: u64,
    /// Values that do not open and were left as they are.
    pub failed: u64,
    /// The first of them: `table.column row: why`.
    pub failures: Vec<String>,
    /// The last pass found nothing that an older key has sealed.
    pub complete: bool,
}

/// Older keys stay.
#[derive(Debug, thiserror::Error)]
pub enum RetireError {
    /// The active key is younger than an hour; other nodes may not have noticed it.
    #[error("the active sealing key is younger than an hour; other nodes may still seal with the one before")]
    TooYoung,
    /// Something still refers to older keys.
    #[error("values that older keys have sealed are left: {0}")]
    InUse(String),
    /// The database fails.
    #[error(transparent)]
    Db(#[from] WriteError),
    /// The key file cannot be changed.
    #[error(transparent)]
    File(#[from] KeyFileError),
}

impl Classified for RetireError {
    fn class(&self) -> Class {
        match self {
            Self::TooYoung | Self::InUse(_) => Class::Conflict,
            Self::Db(e) => e.class(),
            Self::File(e) => e.class(),
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::TooYoung => "sealing_key_too_young",
            Self::InUse(_) => "sealing_key_in_use",
            Self::Db(e) => e.code(),
            Self::File(e) => e.code(),
        }
    }
}

/// Seals with the active key what older keys have sealed.
///
/// # Errors
/// When the database fails; what was moved stays moved. Values that do not open are counted, not errors.
pub async fn reseal(
    db: &Db,
    sealer: &Sealer,
    columns: &[&'static SealedColumn],
    mut progress: impl FnMut(Resealing) + Send,
) -> Result<Resealed, WriteError> {
    let mut done = Resealed::default();
    for _ in 0..PASSES {
        let (before, mut found) = (done.resealed, 0);
        (done.failed, done.failures) = (0, Vec::new());
        for column in columns {
            found += pass(db, sealer, column, &mut done, &mut progress).await?;
        }
        done.complete = found == 0;
        // What does not open will not open in the next pass either.
        if done.complete || done.resealed == before {
            break;
        }
    }
    if done.resealed > 0 {
        tell_nodes(db).await?;
    }
    Ok(done)
}

/// Nodes may hold sealed values in their snapshots: whatever they keep is read again.
async fn tell_nodes(db: &Db) -> Result<(), WriteError> {
    let mut batch = Batch::new();
    db::revision::read(db).await?.topics().for_each(|topic| db::revision::bump(&mut batch, topic));
    db.write(batch).await.map(drop)
}

/// One pass over one column; returns how many values an older key had sealed.
async fn pass(
    db: &Db,
    sealer: &Sealer,
    column: &'static SealedColumn,
    done: &mut Resealed,
    progress: &mut (impl FnMut(Resealing) + Send),
) -> Result<u64, WriteError> {
    let (mut after, mut found) = (String::new(), 0);
    loop {
        let active = sealer.active_key();
        // The database leaves out what is done already; it cannot look into objects.
        let but = if column.shape == Shape::Whole { format!("{PREFIX}{active}.%") } else { String::new() };
        let rows = db.fetch_all(&column.walk, db::args![&after, but, BATCH]).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.get(0)?;
        let mut batch = Batch::new();
        for row in &rows {
            let (id, old): (String, String) = read(row)?;
            let moved = match column.shape {
                Shape::Whole => moved(sealer, &column.place(&id), &old).map(|new| (new, 1)),
                Shape::Members => moved_members(sealer, column, &id, &old, &active),
            };
            match moved {
                Ok((_, 0)) => {}
                Ok((new, values)) => {
                    found += values;
                    batch.run(&column.swap, db::args![new, &id, old]);
                }
                Err(error) => {
                    found += 1;
                    done.failed += 1;
                    if done.failures.len() < NAMED {
                        done.failures.push(format!("{}.{} {id}: {error}", column.table, column.column));
                    }
                }
            }
        }
        done.resealed += db.write(batch).await?.rows.iter().sum::<u64>();
        progress(Resealing { table: column.table, column: column.column, resealed: done.resealed });
    }
}

/// The same value, sealed with the active key.
fn moved(sealer: &Sealer, place: &Place<'_>, old: &str) -> Result<String, SealError> {
    Ok(sealer.seal(place, sealer.open(place, old)?.expose()))
}

/// The same object with all its sealed members moved, and how many were.
fn moved_members(sealer: &Sealer, column: &SealedColumn, id: &str, old: &str, active: &str) -> Result<(String, u64), SealError> {
    let mut object: Map<String, Value> = serde_json::from_str(old).map_err(|_| SealError::Malformed)?;
    let mut values = 0;
    for (name, member) in &mut object {
        let Value::String(text) = member else { continue };
        if sealed_with(text).is_ok_and(|key| key != active) {
            *member = moved(sealer, &column.place(&format!("{id}/{name}")), text)?.into();
            values += 1;
        }
    }
    Ok((Value::Object(object).to_string(), values))
}

fn read(row: &db::Row) -> Result<(String, String), DbError> {
    Ok((row.get(0)?, row.get(1)?))
}

impl Keys {
    /// Removes all older sealing keys for good, once nothing refers to them. Backups made before need the old key file.
    ///
    /// # Errors
    /// [`RetireError`]: nothing was removed.
    pub async fn retire_unused(
        &self,
        db: &Db,
        columns: &[&'static SealedColumn],
        now: Timestamp,
    ) -> Result<Vec<String>, RetireError> {
        let keys = self.sealing_keys()?;
        let old: Vec<String> = keys.iter().filter(|key| !key.active).map(|key| key.id.clone()).collect();
        if old.is_empty() {
            return Ok(old);
        }
        if keys.iter().any(|key| key.active && now.since(key.created) < GRACE) {
            return Err(RetireError::TooYoung);
        }
        let done = reseal(db, self.sealer(), columns, |_| ()).await?;
        if !done.complete {
            return Err(RetireError::InUse(done.failures.first().cloned().unwrap_or_default()));
        }
        old.iter().try_for_each(|id| self.retire(id))?;
        Ok(old)
    }
}

/// Places that the sources under `directory` name with [`Place::new`] and none of `columns` declares. For a test of each
/// crate: what is not declared would be lost when its key is retired.
///
/// # Errors
/// When a file cannot be read.
pub fn undeclared(directory: &Path, columns: &[&SealedColumn]) -> std::io::Result<Vec<String>> {
    let mut out = Vec::new();
    for file in std::fs::read_dir(directory)? {
        let path = file?.path();
        if path.is_dir() {
            out.extend(undeclared(&path, columns)?);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path)?;
            for call in text.split("Place::new(").skip(1) {
                let mut words = call.split(',').map(|word| word.trim().trim_matches('"'));
                let (table, column) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                // Names of constants and variables cannot be looked into.
                let same = |literal: &str, name: &str| {
                    literal == name || !literal.contains(|c: char| c.is_lowercase()) || literal == "column"
                };
                if !columns.iter().any(|c| same(table, c.table) && same(column, c.column)) {
                    out.push(format!("{}: {table}.{column}", path.display()));
                }
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::signing_key::PRIVATE_KEY;
    use crate::{Alg, Ring, RingConfig, Use};
    use kernel::{Clock, Entropy};

    static BREAK: Stmt = Stmt::new("UPDATE signing_key SET private_key = 's1.x.AAAA' WHERE id = ?");
    static COLUMNS: &[&SealedColumn] = &[&PRIVATE_KEY];

    crate::sealed_columns! {
        /// Any table with a column of text will do.
        OBJECTS = "signing_key", "public_jwk", "id", members;
    }

    static SET_OBJECT: Stmt = Stmt::new("UPDATE signing_key SET public_jwk = ? WHERE id = ?");
    static OBJECT: Stmt = Stmt::new("SELECT public_jwk FROM signing_key WHERE id = ?");

    #[tokio::test]
    async fn sealed_members_of_objects_move_too() {
        for db in db::testing::all().await {
            let dir = tempfile::tempdir().unwrap();
            let clock = Clock::fixed(Timestamp::from_seconds(1_700_000_000));
            let keys = Keys::generate(dir.path(), &Entropy::system(), clock.now()).unwrap();
            let config = RingConfig::new("i");
            Ring::open(db.clone(), &keys, clock.clone(), Entropy::system(), config).await.unwrap();
            let id = crate::store::signing_key::all(&db, "i").await.unwrap()[0].id;
            let row = format!("{id}/secret");
            let place = OBJECTS.place(&row);
            let object = serde_json::json!({ "plain": "s1", "n": 1, "secret": keys.sealer().seal(&place, b"x") });
            db.execute(&SET_OBJECT, db::args![object.to_string(), id]).await.unwrap();
            let new = keys.rotate(clock.now()).unwrap();
            let done = reseal(&db, keys.sealer(), SEALED, |_| ()).await.unwrap();
            assert_eq!((done.resealed, done.failed, done.complete), (1, 0, true), "{:?}", db.dialect());
            let text: String = db.fetch_optional(&OBJECT, db::args![id]).await.unwrap().unwrap().get(0).unwrap();
            let object: Value = serde_json::from_str(&text).unwrap();
            let sealed = object["secret"].as_str().unwrap();
            assert_eq!(sealed_with(sealed).unwrap(), new);
            assert_eq!(keys.sealer().open(&place, sealed).unwrap().expose(), b"x");
            assert_eq!((&object["plain"], &object["n"]), (&"s1".into(), &1.into()));
        }
    }

    fn ids_of(rows: &[crate::store::signing_key::StoredKey]) -> Vec<String> {
        rows.iter().map(|row| sealed_with(&row.private_key).unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn everything_moves_to_the_active_key() {
        for db in db::testing::all().await {
            let dir = tempfile::tempdir().unwrap();
            let clock = Clock::fixed(Timestamp::from_seconds(1_700_000_000));
            let keys = Keys::generate(dir.path(), &Entropy::system(), clock.now()).unwrap();
            let config = RingConfig::new("i");
            let ring = Ring::open(db.clone(), &keys, clock.clone(), Entropy::system(), config).await.unwrap();
            let rows = || crate::store::signing_key::all(&db, "i");
            let old = keys.sealer().active_key();
            let new = keys.rotate(clock.now()).unwrap();
            assert!(ids_of(&rows().await.unwrap()).iter().all(|id| *id == old));

            assert!(matches!(keys.retire_unused(&db, COLUMNS, clock.now()).await, Err(RetireError::TooYoung)));
            let mut seen = 0;
            let done = reseal(&db, keys.sealer(), COLUMNS, |p| seen = p.resealed).await.unwrap();
            let all = rows().await.unwrap().len() as u64;
            assert_eq!((done.resealed, done.failed, done.complete, seen), (all, 0, true, all), "{:?}", db.dialect());
            assert!(ids_of(&rows().await.unwrap()).iter().all(|id| *id == new));
            let again = reseal(&db, keys.sealer(), COLUMNS, |_| ()).await.unwrap();
            assert_eq!((again.resealed, again.complete), (0, true));

            clock.advance(GRACE);
            assert_eq!(keys.retire_unused(&db, COLUMNS, clock.now()).await.unwrap(), [old]);
            assert_eq!(keys.sealing_keys().unwrap().len(), 1);
            ring.reload().await.unwrap();
            assert!(ring.sign_jwt(Use::Api, Alg::Es256, "JWT", &serde_json::json!({})).is_ok());
        }
    }

    #[tokio::test]
    async fn what_does_not_open_is_told_and_keeps_its_key() {
        for db in db::testing::all().await {
            let dir = tempfile::tempdir().unwrap();
            let clock = Clock::fixed(Timestamp::from_seconds(1_700_000_000));
            let keys = Keys::generate(dir.path(), &Entropy::system(), clock.now()).unwrap();
            let config = RingConfig::new("i");
            Ring::open(db.clone(), &keys, clock.clone(), Entropy::system(), config).await.unwrap();
            let all = crate::store::signing_key::all(&db, "i").await.unwrap();
            let broken = all[3].id;
            db.execute(&BREAK, db::args![broken]).await.unwrap();
            keys.rotate(clock.now()).unwrap();
            let done = reseal(&db, keys.sealer(), COLUMNS, |_| ()).await.unwrap();
            assert_eq!((done.resealed, done.failed, done.complete), (all.len() as u64 - 1, 1, false));
            assert!(done.failures[0].starts_with(&format!("signing_key.private_key {broken}: ")));
            clock.advance(GRACE);
            let refused = keys.retire_unused(&db, COLUMNS, clock.now()).await;
            assert!(matches!(refused, Err(RetireError::InUse(_))));
            assert_eq!(keys.sealing_keys().unwrap().len(), 2);
        }
    }
}
