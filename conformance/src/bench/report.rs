//! The table that `make bench` prints.

use std::fmt::Write;

use crate::bench::load::Measured;

/// Rows of a table: what was measured, beside its limit.
#[derive(Default)]
pub struct Report {
    text: String,
}

impl Report {
    /// An empty report with a heading for the machine.
    pub fn new(machine: &str) -> Self {
        let mut report = Self::default();
        let _ = writeln!(report.text, "{machine}\n");
        report
    }

    /// Starts a table.
    pub fn section(&mut self, title: &str) {
        let _ = writeln!(
            self.text,
            "\n## {title}\n\n| what | per second | p50 | p99 | CPU each | of the bare limit |\n|---|---|---|---|---|---|"
        );
        self.show();
    }

    /// A limit.
    pub fn limit(&mut self, what: &str, measured: Measured) {
        let _ = writeln!(
            self.text,
            "| bare: {what} | {:.0} | {:.2?} | {:.2?} | {:.0?} | |",
            measured.rate, measured.p50, measured.p99, measured.cpu
        );
        self.show();
    }

    /// A path and its share of a limit.
    pub fn path(&mut self, what: &str, measured: Measured, limit: f64) {
        let share = 100.0 * measured.rate / limit;
        let _ = writeln!(
            self.text,
            "| {what} | {:.0} | {:.2?} | {:.2?} | {:.0?} | {share:.0} % |",
            measured.rate, measured.p50, measured.p99, measured.cpu
        );
        self.show();
    }

    /// A path and its share of each of these limits.
    pub fn path_of(&mut self, what: &str, measured: Measured, limits: &[(&str, f64)]) {
        let Measured { rate, p50, p99, cpu, .. } = measured;
        let shares: Vec<_> = limits.iter().map(|(name, limit)| format!("{name} {:.0} %", 100.0 * rate / limit)).collect();
        let shares = shares.join(", ");
        let _ = writeln!(self.text, "| {what} | {rate:.0} | {p50:.2?} | {p99:.2?} | {cpu:.0?} | {shares} |");
        self.show();
    }

    /// A line of prose.
    pub fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}");
        self.show();
    }

    #[allow(clippy::print_stderr, reason = "a long run shows its progress")]
    fn show(&self) {
        if let Some(last) = self.text.lines().last() {
            eprintln!("{last}");
        }
    }

    /// The whole report as Markdown.
    pub fn text(&self) -> &str {
        &self.text
    }
}
