//! Several steps of a batch as one statement: one round trip and one commit instead of four of them.
//!
//! PostgreSQL runs the changing parts of a WITH "at once": none sees what another did, and two of them must not touch the same
//! row. Hence only steps on different tables that do not mention each other's table are composed; all other batches go the
//! long way, with the same result. A guard that fails becomes an error, which undoes the statement.

use crate::batch::{Expect, Step};
use crate::remote::table_of;
use crate::stmt::{Dialect, number_from};

/// More steps make a plan that costs more than the round trips.
const MOST: usize = 5;

/// The text of one statement for all steps, or `None` when they cannot be one. Its arguments are theirs in a row; it answers one
/// row with the rows touched by each.
pub(super) fn compose(steps: &[Step]) -> Option<String> {
    if steps.len() > MOST || !steps.iter().all(plain) || !independent(steps) {
        return None;
    }
    let (mut parts, mut counts, mut guards) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = 0;
    for (i, step) in steps.iter().enumerate() {
        parts.push(format!("_s{i} AS ({} RETURNING 1)", number_from(step.stmt.unnumbered(Dialect::Postgres), &mut next)));
        counts.push(format!("(SELECT COUNT(*) FROM _s{i})"));
        if step.expect != Expect::Any {
            // The text is no number, which is an error that names the step. The planner cannot know it beforehand.
            guards.push(format!("CAST(CASE (SELECT COUNT(*) FROM _s{i}) WHEN 1 THEN '1' ELSE '{MARK}{i}' END AS INTEGER)"));
        }
    }
    counts.append(&mut guards);
    Some(format!("WITH {} SELECT {}", parts.join(", "), counts.join(", ")))
}

const MARK: &str = "guard of step ";

/// The step whose guard failed, from the text of the error.
pub(super) fn failed_guard(text: &str) -> Option<usize> {
    text.rsplit_once(MARK)?.1.trim_end_matches('"').parse().ok()
}

/// A change that can take RETURNING.
fn plain(step: &Step) -> bool {
    let sql = step.stmt.unnumbered(Dialect::Postgres);
    ["INSERT INTO ", "UPDATE ", "DELETE FROM "].iter().any(|verb| sql.starts_with(verb)) && !sql.contains("RETURNING")
}

/// No step mentions the table that another changes.
fn independent(steps: &[Step]) -> bool {
    let texts: Vec<&str> = steps.iter().map(|step| step.stmt.unnumbered(Dialect::Postgres)).collect();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mentions = |text: &str, table: &str| text.split(|c| !word(c)).any(|w| w.eq_ignore_ascii_case(table));
    texts.iter().enumerate().all(|(i, text)| {
        let table = table_of(text);
        texts.iter().enumerate().all(|(j, other)| i == j || !mentions(other, table))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, Stmt, args};

    static A: Stmt = Stmt::new("UPDATE a SET n = ? WHERE id = ? AND note = '?'");
    static B: Stmt = Stmt::new("INSERT INTO b (id, n) VALUES (?, ?)");
    static B_FROM_A: Stmt = Stmt::new("INSERT INTO b (id, n) SELECT id, n FROM a WHERE id = ?");

    fn text(build: impl Fn(&mut Batch)) -> Option<String> {
        let mut batch = Batch::new();
        build(&mut batch);
        compose(batch.steps())
    }

    #[test]
    fn steps_on_different_tables_become_one_statement() {
        let one = text(|b| _ = b.guard("a", &A, args![1, 2]).run(&B, args![3, 4])).unwrap();
        assert_eq!(
            one,
            "WITH _s0 AS (UPDATE a SET n = $1 WHERE id = $2 AND note = '?' RETURNING 1), \
             _s1 AS (INSERT INTO b (id, n) VALUES ($3, $4) RETURNING 1) \
             SELECT (SELECT COUNT(*) FROM _s0), (SELECT COUNT(*) FROM _s1), \
             CAST(CASE (SELECT COUNT(*) FROM _s0) WHEN 1 THEN '1' ELSE 'guard of step 0' END AS INTEGER)"
        );
        assert_eq!(failed_guard("invalid input syntax for type integer: \"guard of step 12\""), Some(12));
        assert_eq!(failed_guard("invalid input syntax for type integer: \"x\""), None);
    }

    #[test]
    fn steps_that_may_meet_do_not() {
        assert!(text(|b| _ = b.run(&A, args![1, 2]).run(&A, args![1, 2])).is_none());
        assert!(text(|b| _ = b.run(&A, args![1, 2]).run(&B_FROM_A, args![1])).is_none());
        assert!(text(|b| _ = b.run(&B, args![1, 2]).run(&B_FROM_A, args![1])).is_none());
    }
}
