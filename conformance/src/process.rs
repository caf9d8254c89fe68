//! Child processes that end with their owner, and the places where programs are found.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A child process; killed and reaped when dropped.
pub struct Process {
    child: Child,
    name: String,
}

impl Process {
    /// Starts the command, with its output in `log`.
    ///
    /// # Panics
    /// When the program cannot be started; the message names the Debian package to install where one is known.
    pub fn start(name: &str, package: &str, command: &mut Command, log: &Path) -> Self {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("a log file");
        let both = file.try_clone().expect("a log file");
        // In a group of its own: Apache sends the signal by which it ends to its whole group, which would be that of the tests.
        let child = command.stdin(Stdio::null()).stdout(file).stderr(both).process_group(0).spawn();
        let child = child.unwrap_or_else(|e| panic!("cannot start {name}: {e} (Debian package: {package})"));
        Self { child, name: name.to_owned() }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, and wait.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and wait for the end.
    ///
    /// # Panics
    /// When it does not end within 20 seconds.
    pub fn terminate(&mut self) {
        signal(self.pid(), "TERM");
        for _ in 0..2000 {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kill();
        panic!("{} did not end after SIGTERM", self.name);
    }

    /// Whether it still runs.
    pub fn running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal by name, such as `TERM`.
pub fn signal(pid: u32, name: &str) {
    // A process that has gone needs no signal.
    let _ = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).stderr(Stdio::null()).status();
}

/// A loopback port that was free a moment ago.
///
/// # Panics
/// When the machine has none.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

/// A program of this workspace, built beside the running test.
///
/// # Panics
/// When it has not been built: `cargo build` builds it.
#[allow(clippy::disallowed_methods, reason = "tests find the built program beside themselves")]
pub fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of the test");
    let dir = test.ancestors().find(|d| d.join(name).is_file());
    dir.unwrap_or_else(|| panic!("{name} is not built: run `cargo build --bin {name}` first")).join(name)
}

/// User and group of a server that refuses to run as root, when we are root.
///
/// # Panics
/// When there is no such user: its Debian package is not installed.
pub fn account(user: &str) -> Option<(u32, u32)> {
    let me = Command::new("id").arg("-u").output().expect("id");
    if me.stdout.trim_ascii() != b"0" {
        return None;
    }
    let passwd = std::fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let line = passwd.lines().find(|l| l.split(':').next() == Some(user)).unwrap_or_else(|| panic!("there is no user {user}"));
    let field = |n: usize| line.split(':').nth(n).and_then(|f| f.parse().ok()).expect("a number");
    Some((field(2), field(3)))
}

/// Waits until something accepts connections on the port.
///
/// # Panics
/// After 30 seconds.
pub async fn wait_for_port(port: u16, what: &str) {
    for _ in 0..600 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} does not listen on port {port}");
}
