//! MIT Kerberos: a key distribution centre with a realm of its own, and clients that know no other.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::process::{Process, free_port, wait_for_port};

/// The realm.
pub const KERBEROS_REALM: &str = "EXAMPLE.TEST";

/// A running centre. Ends when dropped; its data goes with it.
pub struct Kdc {
    process: Option<Process>,
    dir: TempDir,
    port: u16,
}

impl Kdc {
    /// A new realm without people.
    ///
    /// # Panics
    /// When it does not start (Debian packages `krb5-kdc`, `krb5-admin-server`, `krb5-user`); its log is part of the message.
    pub fn start() -> Self {
        let (dir, port) = (tempfile::tempdir().expect("a temporary directory"), free_port());
        let path = dir.path().display();
        let client = format!(
            "[libdefaults]\n default_realm = {KERBEROS_REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n \
             dns_canonicalize_hostname = false\n udp_preference_limit = 1\n[realms]\n {KERBEROS_REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n\
             [domain_realm]\n localhost = {KERBEROS_REALM}\n"
        );
        let server = format!(
            "[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n[realms]\n {KERBEROS_REALM} = {{\n  \
             database_name = {path}/principal\n  key_stash_file = {path}/stash\n  acl_file = {path}/acl\n  max_life = 10h\n  \
             supported_enctypes = aes256-cts:normal aes128-cts:normal aes256-sha2:normal aes128-sha2:normal\n }}\n\
             [logging]\n kdc = FILE:{path}/kdc.log\n"
        );
        std::fs::write(dir.path().join("krb5.conf"), client).expect("a file");
        std::fs::write(dir.path().join("kdc.conf"), server).expect("a file");
        let mut kdc = Self { process: None, dir, port };
        kdc.run(kdc.command("kdb5_util").args(["create", "-s", "-P", "master-secret", "-r", KERBEROS_REALM]), None);
        kdc.run_again();
        kdc
    }

    /// Starts it again after [`Kdc::stop`], on the same port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn run_again(&mut self) {
        let mut command = self.command("krb5kdc");
        command.arg("-n").arg("-P").arg(self.dir.path().join("pid"));
        let log = self.dir.path().join("log");
        self.process = Some(Process::start(&mut command, "krb5-kdc", &log));
        assert!(wait_for_port(self.port), "krb5kdc does not start:\n{}", std::fs::read_to_string(&log).unwrap_or_default());
    }

    /// Kills it.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Its address with its port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it has logged: every question.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("kdc.log")).unwrap_or_default()
    }

    /// A command that knows this realm and no other.
    pub fn command(&self, program: &str) -> Command {
        let admin = Path::new("/usr/sbin").join(program);
        let mut command = if admin.exists() { Command::new(admin) } else { Command::new(program) };
        command.envs(self.environment());
        command
    }

    /// What programs need in their environment to know this realm.
    pub fn environment(&self) -> Vec<(String, String)> {
        let file = |name: &str| self.dir.path().join(name).display().to_string();
        vec![
            ("KRB5_CONFIG".to_owned(), file("krb5.conf")),
            ("KRB5_KDC_PROFILE".to_owned(), file("kdc.conf")),
            ("KRB5RCACHEDIR".to_owned(), file("")),
        ]
    }

    fn run(&self, command: &mut Command, stdin: Option<&str>) -> Output {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child =
            child.unwrap_or_else(|e| panic!("{command:?}: {e} (Debian packages: krb5-kdc krb5-admin-server krb5-user)"));
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), stdin) {
            pipe.write_all(text.as_bytes()).expect("a written password");
        }
        let output = child.wait_with_output().expect("output");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Has `kadmin.local` do something.
    ///
    /// # Panics
    /// When it fails.
    pub fn admin(&self, query: &str) {
        self.run(self.command("kadmin.local").args(["-r", KERBEROS_REALM, "-q", query]), None);
    }

    /// A person.
    pub fn add_person(&self, name: &str, password: &str) {
        self.admin(&format!("addprinc -pw {password} {name}"));
    }

    /// A service with keys of these types (such as `aes256-cts:normal`; all that are usual when empty); its key table.
    pub fn add_service(&self, name: &str, types: &str) -> PathBuf {
        let file = self.dir.path().join(format!("{}.keytab", name.replace('/', "-")));
        let types = if types.is_empty() { String::new() } else { format!("-e {types} ") };
        self.admin(&format!("addprinc {types}-randkey {name}"));
        self.admin(&format!("ktadd {types}-k {} {name}", file.display()));
        file
    }

    /// Signs somebody in to the domain; where their tickets are.
    ///
    /// # Panics
    /// When the password is wrong.
    pub fn sign_in(&self, name: &str, password: &str, life: &str) -> String {
        let cache = format!("FILE:{}", self.dir.path().join(format!("tickets-of-{}", name.replace('/', "-"))).display());
        self.run(self.command("kinit").args(["-l", life, "-c", &cache, name]), Some(&format!("{password}\n")));
        cache
    }
}
