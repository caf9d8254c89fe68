//! Durable before it is answered: the answer to an accepted check is written to the client only after the database file was
//! synced, seen from outside with strace.

use std::process::{Command, Stdio};
use std::time::Duration;

use conformance::process::{Process, signal};
use conformance::{Server, oath};

#[tokio::test(flavor = "multi_thread")]
async fn fsync_returns_before_the_answer_is_written() {
    let server = Server::start().await;
    let admin = server.admin().await;
    server.api_add_person(&admin, "sync", "A-password-to-sync-1").await;
    let token = server.enrol(&admin, "totp", "sync", "1234").await;
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args([
        "-f",
        "-tt",
        "-s",
        "400",
        "-e",
        "trace=fsync,fdatasync,sendto,write,writev,sendmsg",
        "-p",
        &server.pid().to_string(),
        "-o",
    ]);
    strace.arg(&trace).stdout(Stdio::null());
    let tracer = Process::start("strace", "strace", &mut strace, &dir.path().join("log"));
    // Attached as soon as it has written its first line or said so; half a second is long for that.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let answer = server.check("sync", &format!("1234{}", oath::totp(&token.secret))).await;
    assert_eq!(answer["result"]["value"], true, "{answer}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    signal(tracer.pid(), "INT");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let text = std::fs::read_to_string(&trace).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let answered =
        lines.iter().position(|l| l.contains("HTTP/1.1 200")).unwrap_or_else(|| panic!("no answer in the trace:\n{text}"));
    let synced = lines[..answered].iter().rposition(|l| {
        let sync =
            l.contains("fsync(") || l.contains("fdatasync(") || l.contains("fsync resumed") || l.contains("fdatasync resumed");
        sync && l.contains("= 0")
    });
    assert!(synced.is_some(), "answered before anything was synced:\n{text}");
}
