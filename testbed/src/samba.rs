//! Samba as a domain controller of Active Directory, for what differs there.
//!
//! It insists on the ports below 1024. So it runs in user and network namespaces of its own, where it may have them, and what
//! comes to a loopback port of ours is carried to its local socket.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::authority::Authority;
use crate::process::Process;

/// The suffix.
pub const AD_BASE: &str = "DC=ad,DC=example,DC=org";
/// The administrator.
pub const AD_ADMIN: &str = "CN=Administrator,CN=Users,DC=ad,DC=example,DC=org";
/// Their password.
pub const AD_PASSWORD: &str = "Root-secret-1";

const PROVISION: &str = include_str!("samba_provision.py");

/// A running domain controller. Ends when dropped; its data goes with it.
pub struct Samba {
    _process: Process,
    dir: TempDir,
    port: u16,
    ended: Arc<AtomicBool>,
}

impl Samba {
    /// A new domain `ad.example.org` with nobody but its administrator.
    ///
    /// # Panics
    /// When it does not start (Debian packages `samba-ad-dc` and `samba-ad-provision`); its log is part of the message.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("provision.py"), PROVISION).expect("a file");
        let mut provision = Command::new("/usr/bin/python3");
        provision.arg(path("provision.py")).arg(dir.path()).arg(AD_PASSWORD);
        let made = provision.output().expect("python3");
        assert!(
            made.status.success(),
            "provisioning (packages samba-ad-dc, samba-ad-provision): {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let (certificate, key) = Authority::new().issue_with_ca(&["localhost", "127.0.0.1"], &path("ca.pem"));
        std::fs::write(path("server.pem"), certificate).expect("a file");
        std::fs::write(path("server.key"), key).expect("a file");
        std::fs::set_permissions(path("server.key"), std::fs::Permissions::from_mode(0o600)).expect("permissions");
        std::fs::write(path("etc/smb.conf"), config(&dir)).expect("a file");
        let mut command = Command::new("unshare");
        let run = format!(
            "ip link set lo up && exec samba --foreground --interactive --model=single --no-process-group --configfile={}",
            path("etc/smb.conf").display()
        );
        command.args(["--map-root-user", "--net", "sh", "-c", &run]).current_dir(dir.path());
        let process = Process::start(&mut command, "samba-ad-dc", &path("log"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let ended = Arc::new(AtomicBool::new(false));
        let server = Self { _process: process, dir, port, ended: Arc::clone(&ended) };
        let socket = server.socket();
        let up = (0..600).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            UnixStream::connect(&socket).is_ok()
        });
        assert!(up, "samba does not start:\n{}", std::fs::read_to_string(server.dir.path().join("log")).unwrap_or_default());
        std::thread::spawn(move || carry(&listener, &socket, &ended));
        server
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("private/ldapi")
    }

    /// `ldap://` with its port; StartTLS is known.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// The certificate of its authority, as a file.
    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// Applies LDIF as the administrator.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn modify(&self, ldif: &str) {
        let mut command = Command::new("ldapmodify");
        command.args(["-x", "-a", "-H", &self.url(), "-D", AD_ADMIN, "-w", AD_PASSWORD]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("ldap-utils");
        child.stdin.take().expect("its input").write_all(ldif.as_bytes()).expect("LDIF");
        let output = child.wait_with_output().expect("ldapmodify");
        assert!(output.status.success(), "ldapmodify: {}\n{ldif}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn config(dir: &TempDir) -> String {
    let dir = dir.path().display();
    format!(
        "[global]
server role = active directory domain controller
realm = AD.EXAMPLE.ORG
workgroup = ADX
netbios name = DC1
server services = ldap
ldap server require strong auth = no
interfaces = lo
bind interfaces only = yes
private dir = {dir}/private
state directory = {dir}/state
cache directory = {dir}/cache
lock directory = {dir}
pid directory = {dir}
ncalrpc dir = {dir}/ncalrpc
binddns dir = {dir}/bind-dns
log file = {dir}/log.%m
tls enabled = yes
tls keyfile = {dir}/server.key
tls certfile = {dir}/server.pem
tls cafile = {dir}/ca.pem
"
    )
}

/// Carries connections to the local socket until it is over.
fn carry(listener: &TcpListener, socket: &PathBuf, ended: &AtomicBool) {
    for stream in listener.incoming() {
        if ended.load(Ordering::SeqCst) {
            break;
        }
        let (Ok(from), Ok(to)) = (stream, UnixStream::connect(socket)) else { continue };
        let (Ok(mut from_too), Ok(mut to_too)) = (from.try_clone(), to.try_clone()) else { continue };
        let (mut from, mut to) = (from, to);
        // Each direction ends when its sender does; the other side learns of it.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut to_too, &mut from_too);
            let _ = from_too.shutdown(std::net::Shutdown::Both);
        });
    }
}
