//! Texts of composed batches: programs build the same few batches again and again.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Flavor;
use crate::batch::{Expect, Step};

/// Longer batches (imports) are not looked at.
const LONGEST: usize = 8;
/// More are not kept: a program that builds that many kinds of batches gains nothing here.
const KEPT: usize = 1000;

/// A kind of batch: addresses of its statements (which live as long as the program), and which are guarded.
type Kind = Vec<(usize, bool)>;

#[derive(Default)]
pub(super) struct Composed(RwLock<HashMap<Kind, Option<Arc<str>>>>);

impl Composed {
    /// The one statement for these steps, if the database can do them in one.
    pub(super) fn text<F: Flavor>(&self, steps: &[Step]) -> Option<Arc<str>> {
        if steps.len() > LONGEST {
            return None;
        }
        let kind: Kind = steps.iter().map(|step| (std::ptr::from_ref(step.stmt).addr(), step.expect != Expect::Any)).collect();
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&kind) {
            return known.clone();
        }
        let text = F::compose(steps).map(Arc::from);
        let mut texts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if texts.len() < KEPT {
            texts.insert(kind, text.clone());
        }
        text
    }
}
