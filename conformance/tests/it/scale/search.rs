//! `symbolon token orphans` as somebody runs it.

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use conformance::Server;
use serde_json::Value;

/// What a search has said.
pub struct Search {
    pub code: i32,
    pub rows: Vec<Value>,
    pub summary: Value,
    pub notes: String,
    /// The most memory that it had, in kilobytes.
    pub peak: u64,
}

impl Search {
    /// Runs one to its end.
    pub fn run(server: &Server, args: &[&str]) -> Self {
        let mut command = server.command(&[&["token", "orphans"], args].concat());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("symbolon");
        let reading = |mut from: Box<dyn Read + Send>| {
            std::thread::spawn(move || {
                let mut text = String::new();
                from.read_to_string(&mut text).expect("text");
                text
            })
        };
        let stdout = reading(Box::new(child.stdout.take().expect("its output")));
        let stderr = reading(Box::new(child.stderr.take().expect("its remarks")));
        let mut peak = 0;
        let status = loop {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let most =
                status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|rest| rest.split_whitespace().next());
            peak = peak.max(most.and_then(|n| n.parse().ok()).unwrap_or(0));
            match child.try_wait().expect("its state") {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let (stdout, notes) = (stdout.join().expect("its output"), stderr.join().expect("its remarks"));
        let mut lines: Vec<Value> = stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        lines.retain(|line| line["error"].is_null());
        let summary = lines.pop().map(|mut last| last["summary"].take()).unwrap_or_else(|| panic!("nothing was said: {notes}"));
        Self { code: status.code().unwrap_or(-1), rows: lines, summary, notes, peak }
    }
}
