//! A change as data: statements that commit together or not at all.

use crate::stmt::Stmt;
use crate::value::Args;

/// How many rows a step must touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Any number.
    Any,
    /// Exactly one; otherwise the whole batch is undone and [`WriteError::Guard`](crate::WriteError::Guard) carries the label.
    One(&'static str),
}

/// One statement of a batch.
#[derive(Clone)]
pub struct Step {
    /// What to run.
    pub stmt: &'static Stmt,
    /// Its arguments.
    pub args: Args,
    /// What must come of it.
    pub expect: Expect,
}

/// Statements that commit together or not at all, in order. It is data: it may be built anywhere, extended by whoever takes
/// part in an operation (audit, outbox), retried, and sent to the thread that owns the database.
#[derive(Clone, Default)]
#[must_use = "a batch does nothing until Db::write"]
pub struct Batch {
    steps: Vec<Step>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a statement that may touch any number of rows.
    pub fn run(&mut self, stmt: &'static Stmt, args: Args) -> &mut Self {
        self.steps.push(Step { stmt, args, expect: Expect::Any });
        self
    }

    /// Adds a compare-and-set: it must touch exactly one row. `label` says in words what must not have changed.
    pub fn guard(&mut self, label: &'static str, stmt: &'static Stmt, args: Args) -> &mut Self {
        self.steps.push(Step { stmt, args, expect: Expect::One(label) });
        self
    }

    /// Adds all steps of another batch.
    pub fn append(&mut self, other: Batch) -> &mut Self {
        self.steps.extend(other.steps);
        self
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// What a committed batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows touched by each step.
    pub rows: Vec<u64>,
}
