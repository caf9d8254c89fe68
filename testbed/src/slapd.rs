//! OpenLDAP: one server with certificates of its own, a password policy, groups that know their members, and attributes as
//! Active Directory has them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::authority::Authority;
use crate::process::{Process, free_port, wait_for_port};

/// The suffix of every server.
pub const BASE: &str = "dc=example,dc=org";
/// The administrator of every server.
pub const ROOT: &str = "cn=admin,dc=example,dc=org";
/// Their password.
pub const ROOT_PASSWORD: &str = "root-secret";
/// The password of everybody in `people.ldif`.
pub const PASSWORD: &str = "geheim-1";

const SCHEMA: &str = include_str!("ad.schema");
const PEOPLE: &str = include_str!("people.ldif");

/// What a server is started with.
pub struct Options {
    /// Its entries besides the base, as LDIF.
    pub entries: String,
    /// Further lines of its configuration: of the database.
    pub config: String,
    /// Further lines of its configuration: of the whole server.
    pub global: String,
    /// What it has in its environment.
    pub environment: Vec<(String, String)>,
    /// Names and addresses in its certificate.
    pub names: Vec<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            entries: PEOPLE.to_owned(),
            config: String::new(),
            global: String::new(),
            environment: Vec::new(),
            names: vec!["localhost", "127.0.0.1"],
        }
    }
}

/// A running server. Ends when dropped; its data goes with it.
pub struct Slapd {
    process: Option<Process>,
    dir: TempDir,
    authority: Authority,
    environment: Vec<(String, String)>,
    port: u16,
    tls_port: u16,
}

impl Slapd {
    /// A server with the people of `people.ldif`.
    pub fn start() -> Self {
        Self::start_with(&Options::default())
    }

    /// A server.
    ///
    /// # Panics
    /// When it does not start (Debian packages `slapd` and `ldap-utils`); its log is part of the message.
    pub fn start_with(options: &Options) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let authority = Authority::new();
        let (certificate, key) = authority.issue(&options.names);
        let file = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("a file");
        file("ca.pem", &authority.pem());
        file("server.pem", &certificate);
        file("server.key", &key);
        file("ad.schema", SCHEMA);
        file("slapd.conf", &config(dir.path(), options));
        let base = format!("dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n");
        file("entries.ldif", &(base + &options.entries));
        std::fs::create_dir(dir.path().join("data")).expect("a directory");
        let environment = options.environment.clone();
        let mut server = Self { process: None, dir, authority, environment, port: 0, tls_port: 0 };
        let conf = server.path("slapd.conf");
        let added =
            Command::new("/usr/sbin/slapadd").arg("-q").arg("-f").arg(conf).arg("-l").arg(server.path("entries.ldif")).output();
        let added = added.expect("slapadd (Debian package: slapd)");
        assert!(added.status.success(), "slapadd: {}", String::from_utf8_lossy(&added.stderr));
        // A port may be taken between finding it free and using it.
        let up = (0..3).any(|_| {
            (server.port, server.tls_port) = (free_port(), free_port());
            server.run()
        });
        assert!(up, "slapd does not start:\n{}", server.log());
        server
    }

    /// Starts it again after [`Slapd::stop`], on the same ports; whether it came up.
    pub fn run(&mut self) -> bool {
        let mut command = Command::new("/usr/sbin/slapd");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.arg("-f").arg(self.path("slapd.conf")).args(["-d", "stats", "-h"]);
        command.arg(format!("ldap://127.0.0.1:{}/ ldaps://127.0.0.1:{}/", self.port, self.tls_port));
        let mut process = Process::start(&mut command, "slapd", &self.path("log"));
        let up = wait_for_port(self.port) && process.running();
        self.process = Some(process);
        up
    }

    /// Kills it.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Sends it a signal: `STOP` freezes it, `CONT` lets it go on.
    pub fn signal(&self, name: &str) {
        self.process.iter().for_each(|process| process.signal(name));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `ldap://` with its port.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// `ldaps://` with its port.
    pub fn tls_url(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.tls_port)
    }

    /// Its port without TLS.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of its authority, as a file.
    pub fn ca_file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// Its authority.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What it has logged: every operation.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.path("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Operations of a kind (`SRCH`, `BIND`, `MOD`, ...) so far.
    pub fn count(&self, operation: &str) -> usize {
        let log = self.log();
        match operation {
            // The second line of a BIND names the mechanism.
            "BIND" => log.lines().filter(|line| line.contains(" BIND dn=") && !line.contains(" mech=")).count(),
            // A line that is too long for the log has lost its end, and goes on with the next one.
            "SRCH" => log.matches(" SRCH base=").count(),
            other => log.matches(&format!(" {other} ")).count(),
        }
    }

    /// Applies LDIF as the administrator.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn modify(&self, ldif: &str) {
        let mut command = Command::new("ldapmodify");
        command.args(["-x", "-H", &self.url(), "-D", ROOT, "-w", ROOT_PASSWORD, "-c", "-a", "-e", "relax"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("ldap-utils");
        child.stdin.take().expect("its input").write_all(ldif.as_bytes()).expect("LDIF");
        let output = child.wait_with_output().expect("ldapmodify");
        assert!(output.status.success(), "ldapmodify: {}\n{ldif}", String::from_utf8_lossy(&output.stderr));
    }

    /// What `ldapsearch` shows of an entry, operational attributes included, one attribute a line.
    ///
    /// # Panics
    /// When `ldapsearch` cannot be run.
    pub fn show(&self, dn: &str) -> String {
        let mut command = Command::new("ldapsearch");
        command.args(["-x", "-LLL", "-o", "ldif-wrap=no", "-H", &self.url(), "-D", ROOT, "-w", ROOT_PASSWORD]);
        let output = command.args(["-s", "base", "-b", dn, "*", "+"]).output().expect("ldapsearch (Debian package: ldap-utils)");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The value of an attribute of an entry.
    pub fn value(&self, dn: &str, attribute: &str) -> Option<String> {
        let shown = self.show(dn);
        shown.lines().find_map(|line| line.strip_prefix(&format!("{attribute}: ")).map(str::to_owned))
    }
}

fn config(dir: &Path, options: &Options) -> String {
    let (global, further) = (&options.global, &options.config);
    let dir = dir.display();
    let schemas: String = ["core", "cosine", "nis", "inetorgperson"]
        .iter()
        .map(|name| format!("include /etc/ldap/schema/{name}.schema\n"))
        .collect();
    let modules: String =
        ["back_mdb", "memberof", "refint", "ppolicy"].iter().map(|name| format!("moduleload {name}\n")).collect();
    format!(
        "{schemas}include {dir}/ad.schema
modulepath /usr/lib/ldap
{modules}pidfile {dir}/pid
argsfile {dir}/args
TLSCACertificateFile {dir}/ca.pem
TLSCertificateFile {dir}/server.pem
TLSCertificateKeyFile {dir}/server.key
TLSVerifyClient never
sizelimit 5000
{global}
database mdb
suffix \"{BASE}\"
rootdn \"{ROOT}\"
rootpw {ROOT_PASSWORD}
directory {dir}/data
maxsize 4294967296
dbnosync
index objectClass,uid,mail,entryUUID,objectGUID,sAMAccountName,userPrincipalName,member eq
access to attrs=userPassword by dn.exact=\"cn=service,{BASE}\" write by self write by anonymous auth by * none
access to attrs=note by * none
access to * by dn.exact=\"cn=service,{BASE}\" write by self write by * read
overlay memberof
memberof-group-oc groupOfNames
overlay refint
refint_attributes member memberOf
overlay ppolicy
ppolicy_default \"cn=default,ou=policies,{BASE}\"
ppolicy_use_lockout
{further}
"
    )
}
