//! Apache with mod_auth_mellon: a SAML service provider that we did not write.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::Server;
use crate::process::{Process, free_port, wait_for_port};
use crate::server::client;

/// A running Apache whose path `/protected/` demands a sign-in and shows what it learnt of the person.
pub struct Mellon {
    _process: Process,
    dir: TempDir,
    port: u16,
}

/// What its page shows, as elements with these ids.
const SHOWN: &[(&str, &str)] = &[("name-id", "MELLON_NAME_ID"), ("email", "MELLON_email"), ("given-name", "MELLON_given_name")];

impl Mellon {
    /// Starts one that is registered at the server as `mellon`. Its requests are signed, and its metadata says so.
    ///
    /// # Panics
    /// When Apache does not start.
    pub async fn start(server: &Server) -> Self {
        let port = free_port();
        let dir = tempfile::tempdir().expect("a temporary directory");
        // Apache's workers are another user.
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
        key_pair(dir.path());
        let here = format!("http://localhost:{port}");
        let metadata = dir.path().join("sp.xml");
        std::fs::write(&metadata, description(dir.path(), &here)).expect("metadata");
        server.cli_ok(&["sp", "add", "mellon", "--metadata", &metadata.display().to_string()], None);
        let ours = client().get(server.at("/saml/metadata")).send().await.expect("an answer").text().await.expect("metadata");
        std::fs::write(dir.path().join("idp.xml"), ours).expect("metadata");
        pages(dir.path());
        let conf = dir.path().join("httpd.conf");
        std::fs::write(&conf, configuration(&dir.path().display().to_string(), port)).expect("a configuration");
        let mut command = Command::new("/usr/sbin/apache2");
        command.arg("-f").arg(&conf).arg("-DFOREGROUND");
        let process = Process::start("apache2", "apache2 libapache2-mod-auth-mellon", &mut command, &dir.path().join("log"));
        wait_for_port(port, "Apache").await;
        Self { _process: process, dir, port }
    }

    /// The protected page.
    pub fn protected(&self) -> String {
        format!("http://localhost:{}/protected/index.html", self.port)
    }

    /// As [`Mellon::protected`], by a request that wants nothing to be shown.
    pub fn passive(&self) -> String {
        format!(
            "http://localhost:{port}/mellon/login?ReturnTo=http%3A%2F%2Flocalhost%3A{port}%2Fprotected%2Findex.html&IsPassive=true",
            port = self.port
        )
    }

    /// Apache's error log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("error.log")).unwrap_or_default()
    }
}

fn pages(dir: &Path) {
    let pages = dir.join("pages/protected");
    std::fs::create_dir_all(&pages).expect("a directory");
    let shown: String = SHOWN.iter().map(|(id, name)| format!("<p id=\"{id}\"><!--#echo var=\"{name}\" --></p>\n")).collect();
    std::fs::write(pages.join("index.html"), format!("<!doctype html><title>protected</title>{shown}")).expect("a page");
}

fn key_pair(dir: &Path) {
    let (key, certificate) = (dir.join("sp.key"), dir.join("sp.crt"));
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=mellon", "-keyout"]);
    let made = command.arg(&key).arg("-out").arg(&certificate).output().expect("openssl (Debian package: openssl)");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("permissions");
}

/// Metadata as the script that comes with the module writes it.
fn description(dir: &Path, here: &str) -> String {
    let pem = std::fs::read_to_string(dir.join("sp.crt")).expect("a certificate");
    let certificate: String = pem.lines().filter(|line| !line.starts_with("-----")).collect::<Vec<_>>().join("\n");
    let key = |usage: &str| {
        format!(
            "<KeyDescriptor use=\"{usage}\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
             <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>
<EntityDescriptor entityID=\"{here}/mellon/metadata\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">
  <SPSSODescriptor AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\" \
   protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">
    {}{}
    <SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{here}/mellon/logout\"/>
    <NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</NameIDFormat>
    <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{here}/mellon/postResponse\" \
     index=\"0\" isDefault=\"true\"/>
  </SPSSODescriptor>
</EntityDescriptor>
",
        key("signing"),
        key("encryption")
    )
}

fn configuration(dir: &str, port: u16) -> String {
    let modules: String =
        ["mpm_event", "authn_core", "authz_core", "authz_user", "mime", "dir", "include", "setenvif", "auth_mellon"]
            .iter()
            .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
            .collect();
    format!(
        "ServerRoot {dir}
ServerName http://localhost:{port}
UseCanonicalName On
PidFile {dir}/httpd.pid
DefaultRuntimeDir {dir}
Mutex file:{dir} default
Listen 127.0.0.1:{port}
{modules}
User www-data
Group www-data
ErrorLog {dir}/error.log
LogLevel warn auth_mellon:debug
TypesConfig /etc/mime.types
DocumentRoot {dir}/pages
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
<Directory {dir}/pages>
  Require all granted
  Options +Includes
  AddOutputFilter INCLUDES .html
</Directory>
# Browsers drop its cookies over plain http otherwise: they would be for other sites, and not Secure.
SetEnvIf Request_URI . MELLON_DISABLE_SAMESITE=1
<Location />
  MellonEnable info
  MellonEndpointPath /mellon
  MellonSPPrivateKeyFile {dir}/sp.key
  MellonSPCertFile {dir}/sp.crt
  MellonSPMetadataFile {dir}/sp.xml
  MellonIdPMetadataFile {dir}/idp.xml
  MellonSecureCookie Off
</Location>
<Location /protected>
  MellonEnable auth
  AuthType Mellon
  Require valid-user
</Location>
"
    )
}
