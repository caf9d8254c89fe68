//! Settings: system configuration by name. Secret ones are sealed by their owner (place: table `setting`, column `content`, row:
//! the name); the flag says so.

use crate::{Batch, Db, DbError, Row, args};

crate::statements! {
    ALL = "SELECT name, content, sealed FROM setting ORDER BY name";
    GET = "SELECT name, content, sealed FROM setting WHERE name = ?";
    PUT = "INSERT INTO setting (name, content, sealed) VALUES (?, ?, ?) \
           ON CONFLICT (name) DO UPDATE SET content = excluded.content, sealed = excluded.sealed",
        mysql "INSERT INTO setting (name, content, sealed) VALUES (?, ?, ?) \
               ON DUPLICATE KEY UPDATE content = VALUES(content), sealed = VALUES(sealed)";
    /// Replaces what was read; nothing when it has changed.
    SWAP = "UPDATE setting SET content = ?, sealed = ? WHERE name = ? AND content = ?";
    DELETE = "DELETE FROM setting WHERE name = ?";
}

/// One setting as stored.
#[derive(Clone)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its text; opened by its owner when sealed.
    pub content: String,
    /// Whether the text is sealed.
    pub sealed: bool,
}

impl Setting {
    fn read(row: &Row) -> Result<Self, DbError> {
        let mut r = row.reader();
        Ok(Self { name: r.next()?, content: r.next()?, sealed: r.next()? })
    }
}

/// All settings, by name.
///
/// # Errors
/// When the database fails.
pub async fn all(db: &Db) -> Result<Vec<Setting>, DbError> {
    db.fetch_list(&ALL, args![]).await?.iter().map(Setting::read).collect()
}

/// One setting.
///
/// # Errors
/// When the database fails.
pub async fn get(db: &Db, name: &str) -> Result<Option<Setting>, DbError> {
    db.fetch_optional(&GET, args![name]).await?.as_ref().map(Setting::read).transpose()
}

/// Sets, whatever there was.
pub fn put(batch: &mut Batch, name: &str, content: &str, sealed: bool) {
    batch.run(&PUT, args![name, content, sealed]);
}

/// Sets only if the stored text still is `old`; otherwise the batch fails with
/// [`WriteError::Guard`](crate::WriteError::Guard)`("setting")`.
pub fn swap(batch: &mut Batch, old: &Setting, content: &str, sealed: bool) {
    batch.guard("setting", &SWAP, args![content, sealed, &old.name, &old.content]);
}

/// Removes; nothing when there is none.
pub fn delete(batch: &mut Batch, name: &str) {
    batch.run(&DELETE, args![name]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{WriteError, testing};

    #[tokio::test]
    async fn set_swapped_deleted() {
        for db in testing::all().await {
            let write = async |f: &dyn Fn(&mut Batch)| {
                let mut batch = Batch::new();
                f(&mut batch);
                db.write(batch).await
            };
            write(&|b| put(b, "logo", "a.svg", false)).await.unwrap();
            write(&|b| put(b, "logo", "b.svg", false)).await.unwrap();
            write(&|b| put(b, "smtp.password", "sealed", true)).await.unwrap();
            let names: Vec<String> = all(&db).await.unwrap().into_iter().map(|s| s.name).collect();
            assert_eq!(names, ["logo", "smtp.password"]);
            let old = get(&db, "logo").await.unwrap().unwrap();
            assert_eq!((old.content.as_str(), old.sealed), ("b.svg", false));
            write(&|b| swap(b, &old, "c.svg", false)).await.unwrap();
            assert!(matches!(write(&|b| swap(b, &old, "d.svg", false)).await, Err(WriteError::Guard("setting"))));
            assert!(get(&db, "smtp.password").await.unwrap().unwrap().sealed);
            write(&|b| delete(b, "logo")).await.unwrap();
            write(&|b| delete(b, "logo")).await.unwrap();
            assert!(get(&db, "logo").await.unwrap().is_none());
        }
    }
}
