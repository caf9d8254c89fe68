//! What the answers to one question may hold together, so that a store cannot fill our memory page by page.

use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::outbound::Answer;

use crate::resolvers::ResolverError;

/// Bytes of all answers to one question.
const MOST: usize = 64 << 20;

/// Bytes that are left for the answers to one question.
pub(in crate::resolvers) struct Ration(AtomicUsize);

impl Ration {
    /// All of them.
    pub(in crate::resolvers) const fn new() -> Self {
        Self(AtomicUsize::new(MOST))
    }

    /// Takes those of an answer.
    ///
    /// # Errors
    /// When there are not so many left.
    pub(in crate::resolvers) fn take(&self, answer: &Answer) -> Result<(), ResolverError> {
        let less = |left: usize| left.checked_sub(answer.body.len());
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.map(drop).map_err(|_| ResolverError::Unavailable("its answers are too large".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolvers::web::testing::said;

    #[test]
    fn no_more_than_is_there() {
        let (ration, answer) = (Ration::new(), said(200, &"x".repeat(8 << 20)));
        for _ in 0..8 {
            ration.take(&answer).unwrap();
        }
        assert!(ration.take(&said(200, "x")).is_err());
    }
}
