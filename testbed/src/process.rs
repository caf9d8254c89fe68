//! Child processes that end with their owner.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A child process; killed and reaped when dropped.
pub struct Process(Child);

impl Process {
    /// Starts the command, with its output in `log`.
    ///
    /// # Panics
    /// When the program cannot be started; the message names the Debian package.
    pub fn start(command: &mut Command, package: &str, log: &Path) -> Self {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("a log file");
        let both = file.try_clone().expect("a log file");
        let child = command.stdin(Stdio::null()).stdout(file).stderr(both).spawn();
        Self(child.unwrap_or_else(|e| panic!("{command:?}: {e} (Debian package: {package})")))
    }

    /// Whether it still runs.
    pub fn running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Sends a signal by name, such as `STOP`, after which the process has stopped.
    pub fn signal(&self, name: &str) {
        // A process that has gone needs no signal.
        let _ = Command::new("kill").arg(format!("-{name}")).arg(self.0.id().to_string()).stderr(Stdio::null()).status();
        // It may run on for a moment on another processor.
        for _ in 0..500 {
            if name != "STOP" || self.has_stopped() {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn has_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('T'))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A loopback port that was free a moment ago, below those that the system gives away by itself, and never the same twice:
/// a server that is stopped for a while finds its port free again.
///
/// # Panics
/// When the machine has none.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(61);
    let candidates = std::iter::repeat_with(|| 12_000 + (start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000));
    let free = candidates
        .take(20_000)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.expect("a free port")
}

/// Waits until something accepts connections on a loopback port; whether it does within 30 seconds.
pub fn wait_for_port(port: u16) -> bool {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    (0..1500).any(|_| {
        let open = TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok();
        if !open {
            std::thread::sleep(Duration::from_millis(20));
        }
        open
    })
}
