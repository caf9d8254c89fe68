//! A signed document that is kept for a while, by its content.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kernel::Timestamp;

/// The latest document.
#[derive(Default)]
pub(super) struct Kept(Mutex<Option<Document>>);

struct Document {
    content: String,
    made: Timestamp,
    signed: String,
}

impl Kept {
    /// The document with this content: the latest, when it has it and was made in the time `kept` before `now`, or a new one. Of
    /// several who ask at once one makes it; the others wait.
    ///
    /// # Errors
    /// Those of `make`; then nothing is kept.
    pub(super) fn document<E>(
        &self,
        content: String,
        now: Timestamp,
        kept: Duration,
        make: impl FnOnce(&str) -> Result<String, E>,
    ) -> Result<String, E> {
        // What a panic has left is whole: it is replaced in one go.
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good = |held: &&Document| held.content == content && held.made <= now && now < held.made + kept;
        if let Some(held) = latest.as_ref().filter(is_good) {
            return Ok(held.signed.clone());
        }
        let signed = make(&content)?;
        *latest = Some(Document { content, made: now, signed: signed.clone() });
        Ok(signed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_700_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_document_is_made_when_it_has_to_be() {
        let (kept, made) = (Kept::default(), AtomicUsize::new(0));
        let get = |content: &str, at: Timestamp| {
            let make = |content: &str| Ok::<_, ()>(format!("{content} {}", made.fetch_add(1, Ordering::SeqCst)));
            kept.document(content.to_owned(), at, MINUTE, make).unwrap()
        };
        assert_eq!((get("a", AT), get("a", AT + Duration::from_secs(59))), ("a 0".to_owned(), "a 0".to_owned()));
        assert_eq!(get("a", AT + MINUTE), "a 1");
        // A clock that was set back does not keep it for ever.
        assert_eq!(get("a", AT), "a 2");
        assert_eq!((get("b", AT), get("b", AT)), ("b 3".to_owned(), "b 3".to_owned()));
    }

    #[test]
    fn many_who_ask_at_once_get_one() {
        let (kept, made) = (Kept::default(), AtomicUsize::new(0));
        let make = |_: &str| Ok::<_, ()>(made.fetch_add(1, Ordering::SeqCst).to_string());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(kept.document("a".to_owned(), AT, MINUTE, make).unwrap(), "0"));
            }
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }
}
