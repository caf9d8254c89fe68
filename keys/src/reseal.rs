//! Re-sealing: moves everything that older keys have sealed to the active one, while the service runs.
//!
//! Each crate declares its sealed columns with [`sealed_columns!`](crate::sealed_columns); the root hands all of them to [`reseal`]. A
//! row is moved by compare-and-set: whoever changes it meanwhile wins. Rows that are done already are skipped by the
//! database, so an interrupted run is simply started again.

use std::time::Duration;

use db::{Batch, Db, DbError, Stmt, WriteError};
use kernel::{Class, Classified, Timestamp};

use crate::sealer::PREFIX;
use crate::{KeyFileError, Keys, Place, Sealer};

/// Rows that are moved in one transaction.
const BATCH: i64 = 100;
/// Passes over all columns: other nodes may have sealed with the older key until they noticed the new one.
const PASSES: u32 = 5;
/// Failures that are named; all are counted.
const NAMED: usize = 20;
/// Other nodes have noticed a new key after this time at the latest.
pub const GRACE: Duration = Duration::from_secs(3600);

/// A column of sealed values. Its row key is a column of text that identifies the row for good and is part of the
/// [`Place`]. NULL and empty text are not sealed values.
pub struct SealedColumn {
    /// Name of the table.
    pub table: &'static str,
    /// Name of the column.
    pub column: &'static str,
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

/// Declares sealed columns, and the list `SEALED` of them all: name = table, column, column of the row key.
///
/// ```
/// keys::sealed_columns! {
///     /// Seeds of tokens.
///     SEED = "token", "seed", "id";
/// }
/// assert_eq!(SEED.place("01H").column, "seed");
/// ```
#[macro_export]
macro_rules! sealed_columns {
    ($($(#[$doc:meta])* $name:ident = $table:literal, $column:literal, $row:literal;)+) => {
        $($(#[$doc])* pub(crate) static $name: $crate::SealedColumn = $crate::SealedColumn {
            table: $table,
            column: $column,
            walk: ::db::Stmt::new(concat!(
                "SELECT ", $row, ", ", $column, " FROM ", $table, " WHERE ", $row, " > ? AND ", $column, " <> '' AND ",
                $column, " NOT LIKE ? ORDER BY ", $row, " LIMIT ?")),
            swap: ::db::Stmt::new(concat!(
                "UPDATE ", $table, " SET ", $column, " = ? WHERE ", $row, " = ? AND ", $column, " = ?")),
        };)+
        /// Every sealed column of this module.
        pub(crate) static SEALED: &[&$crate::SealedColumn] = &[$(&$name),+];
    };
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
    Ok(done)
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
        let current = format!("{PREFIX}{}.%", sealer.active_key());
        let rows = db.fetch_all(&column.walk, db::args![&after, current, BATCH]).await?;
        if rows.is_empty() {
            return Ok(found);
        }
        let mut batch = Batch::new();
        for row in &rows {
            let (id, old): (String, String) = read(row)?;
            match sealer.open(&column.place(&id), &old) {
                Ok(value) => {
                    let new = sealer.seal(&column.place(&id), value.expose());
                    batch.run(&column.swap, db::args![new, &id, old]);
                }
                Err(error) => {
                    done.failed += 1;
                    if done.failures.len() < NAMED {
                        done.failures.push(format!("{}.{} {id}: {error}", column.table, column.column));
                    }
                }
            }
            found += 1;
            after = id;
        }
        done.resealed += db.write(batch).await?.rows.iter().sum::<u64>();
        progress(Resealing { table: column.table, column: column.column, resealed: done.resealed });
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::signing_key::PRIVATE_KEY;
    use crate::{Alg, Ring, RingConfig, Use, sealed_with};
    use kernel::{Clock, Entropy};

    static BREAK: Stmt = Stmt::new("UPDATE signing_key SET private_key = 's1.x.AAAA' WHERE id = ?");
    static COLUMNS: &[&SealedColumn] = &[&PRIVATE_KEY];

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
            assert_eq!((done.resealed, done.failed, done.complete, seen), (9, 0, true, 9), "{:?}", db.dialect());
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
            let broken = crate::store::signing_key::all(&db, "i").await.unwrap()[3].id;
            db.execute(&BREAK, db::args![broken]).await.unwrap();
            keys.rotate(clock.now()).unwrap();
            let done = reseal(&db, keys.sealer(), COLUMNS, |_| ()).await.unwrap();
            assert_eq!((done.resealed, done.failed, done.complete), (8, 1, false));
            assert!(done.failures[0].starts_with(&format!("signing_key.private_key {broken}: ")));
            clock.advance(GRACE);
            let refused = keys.retire_unused(&db, COLUMNS, clock.now()).await;
            assert!(matches!(refused, Err(RetireError::InUse(_))));
            assert_eq!(keys.sealing_keys().unwrap().len(), 2);
        }
    }
}
